"use client";
import { useEffect, useState } from "react";
import { texts } from "../lib/texts.ts";
import { copyText } from "./copy-text.ts";
import { Icon } from "./icons.tsx";

const SHOW_RESULT_MS = 1500;

/** Copies `text`; `what` names it for people who do not see the icon. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [result, setResult] = useState<"none" | "copied" | "refused">("none");
  useEffect(() => {
    if (result === "none") return;
    const timer = setTimeout(() => setResult("none"), SHOW_RESULT_MS);
    return () => clearTimeout(timer);
  }, [result]);
  const copy = async (): Promise<void> => setResult((await copyText(text)) ? "copied" : "refused");
  return (
    <button
      type="button"
      className="icon-button size-6! shrink-0"
      aria-label={texts.copy(what)}
      onClick={() => void copy()}
    >
      {result === "copied" ? <Icon name="check" className="size-3.5 text-good" /> : null}
      {result === "refused" ? <Icon name="cross" className="size-3.5 text-bad" /> : null}
      {result === "none" ? <Icon name="copy" className="size-3.5" /> : null}
      <output className="sr-only">
        {result === "copied" ? texts.copied : null}
        {result === "refused" ? texts.notCopied : null}
      </output>
    </button>
  );
}
