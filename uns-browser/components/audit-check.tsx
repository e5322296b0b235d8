"use client";
import { useState } from "react";
import { askHub, isRecord, sentenceOf } from "../lib/hub-request.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { texts } from "../lib/texts.ts";
import { sendToHub } from "./browser-world.ts";
import { Icon } from "./icons.tsx";

const { audit: words } = texts;

type Check =
  | { readonly kind: "none" | "asking" }
  | { readonly kind: "failed"; readonly because: string }
  | { readonly kind: "checked"; readonly faults: readonly string[] };

/** Whether nothing was taken out of the trail or changed in it, asked when somebody wants to know. */
export function AuditCheck() {
  const [check, setCheck] = useState<Check>({ kind: "none" });
  const ask = async (): Promise<void> => {
    setCheck({ kind: "asking" });
    setCheck(await checked());
  };
  return (
    <div className="flex flex-wrap items-center gap-3">
      <button
        type="button"
        className="push-button"
        aria-disabled={check.kind === "asking"}
        onClick={() => void ask()}
      >
        {words.verify}
      </button>
      {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- <output> is for a line of text, not for a list */}
      <div role="status">
        <Said check={check} />
      </div>
    </div>
  );
}

function Said({ check }: { readonly check: Check }) {
  switch (check.kind) {
    case "none":
      return null;
    case "asking":
      return <p className="text-mute">{words.verifying}</p>;
    case "failed":
      return <p>{check.because}</p>;
    case "checked":
      if (check.faults.length === 0)
        return (
          <p className="flex items-center gap-1.5">
            <Icon name="check" className="size-3.5 text-good" />
            {words.whole}
          </p>
        );
      return (
        <ul className="text-bad">
          {check.faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      );
  }
}

async function checked(): Promise<Check> {
  const answer = await askHub(sendToHub, "GET", "/api/v1/audit/verify");
  if (answer.kind !== "done") return { kind: "failed", because: sentenceOf(answer) };
  const { value } = answer;
  if (!isRecord(value) || !Array.isArray(value["faults"]))
    return { kind: "failed", because: texts.notUnderstood };
  const faults = value["faults"].filter(isRecord);
  return {
    kind: "checked",
    faults: faults.map(({ line, because }) =>
      words.fault(Number(line), inOurLanguage(String(because))),
    ),
  };
}
