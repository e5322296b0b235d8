"use client";
import { useSyncExternalStore } from "react";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { writer } from "./writer.ts";

/** Behind the value that a metric has: what was asked for and has not come back. */
export function Pending({ id }: { readonly id: number }) {
  const read = (): string | null => {
    const pending = writer.pending.get();
    return pending?.id === id ? pending.text : null;
  };
  const asked = useSyncExternalStore(writer.pending.subscribe, read, read);
  if (asked === null) return null;
  const { text } = visibleText(asked);
  return (
    <span className="ml-1.5 text-accent" data-cell="pending">
      <span aria-hidden="true">{texts.write.pending(text)}</span>
      <span className="sr-only">{texts.write.pendingHelp(text)}</span>
    </span>
  );
}
