"use client";
import dynamic from "next/dynamic";
import { useEffect } from "react";
import { clearer } from "./clearer.ts";
import { loaded } from "./loaded.tsx";
import { say } from "./toast-text.ts";
import { useSignal } from "./use-signal.ts";

/** Loaded when somebody deletes for the first time. */
const ClearDialog = dynamic(
  () => loaded(() => import("./clear-dialog.tsx").then((file) => file.ClearDialog)),
  { ssr: false },
);

/** What ended behind a closed dialog is a sentence that nobody waits for. */
const LATE_NEWS_MS = 8000;

/** Deleting retained messages; `onEnded` looks again at what was there, and who has closed the dialog is told. */
export function RetainedClearing({ onEnded }: { readonly onEnded: () => void }) {
  const state = useSignal(clearer.state);
  useEffect(
    () =>
      clearer.ended.subscribe(() => {
        onEnded();
        const ended = clearer.ended.get();
        if (ended?.isLate === true) say(ended.sentence, LATE_NEWS_MS);
      }),
    [onEnded],
  );
  useEffect(() => () => clearer.close(), []); // another page has another dialog
  if (state === null) return null;
  const close = (): void => {
    clearer.close();
    onEnded();
  };
  return <ClearDialog state={state} onClose={close} />;
}
