"use client";
import { toastText } from "./toast-text.ts";
import { useSignal } from "./use-signal.ts";

/** One sentence at the foot of the page, gone after a moment. */
export function Toast() {
  const sentence = useSignal(toastText);
  return (
    <output className="pointer-events-none fixed inset-x-0 bottom-4 flex justify-center px-4">
      {sentence === null ? null : (
        <span className="figures max-w-full truncate rounded-md border border-edge bg-panel px-3 py-1.5 text-xs shadow-lg">
          {sentence}
        </span>
      )}
    </output>
  );
}
