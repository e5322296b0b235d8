"use client";
import { useEffect, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { formatTime } from "../lib/format.ts";
import { askHub, isRecord, sentenceOf } from "../lib/hub-request.ts";
import { textOf } from "../lib/json-parts.ts";
import { parseGenerations, type Generation } from "../lib/settings.ts";
import { parseConsequences, type Consequences } from "../lib/tag-review.ts";
import { texts } from "../lib/texts.ts";
import { readFromHub, sendToHub } from "./browser-world.ts";
import { Icon } from "./icons.tsx";
import { PlanSentences } from "./review-meaning.tsx";
import { Problem, Sheet } from "./sheet.tsx";
import { useChange } from "./use-change.ts";

const { rollBack: said, review } = words;

type Looked =
  | { readonly kind: "asking" | "none" }
  | { readonly kind: "failed"; readonly because: string }
  | {
      readonly kind: "ready";
      readonly before: Generation;
      readonly plan: Consequences;
      /** Of the file that this was worked out for. */
      readonly basis: string | undefined;
    };

interface RollBackSheetProps {
  readonly onApplied: () => void;
  readonly onClose: () => void;
}

/** The configuration before the one that runs: which it is, what going back would do, and going back. */
export function RollBackSheet({ onApplied, onClose }: RollBackSheetProps) {
  const [looked, setLooked] = useState<Looked>({ kind: "asking" });
  const [isDone, setIsDone] = useState(false);
  const change = useChange();
  const isAsking = looked.kind === "asking";
  useEffect(() => {
    if (!isAsking) return undefined;
    let isOpen = true;
    void lookBack().then((found) => (isOpen ? setLooked(found) : undefined));
    return () => {
      isOpen = false;
    };
  }, [isAsking]);
  const goBack = async (): Promise<void> => {
    if (looked.kind !== "ready") return;
    // The hub refuses when that is no longer the one before, or its file another: then it is looked at as it is now.
    const body = { generation: looked.before.number, basis: looked.basis };
    if ((await change.run("POST", "/api/v1/configuration/rollback", body)) === null)
      return setLooked({ kind: "asking" });
    setIsDone(true);
    onApplied();
  };
  return (
    <Sheet isWide title={said.title} onClose={onClose}>
      <div className="grid gap-3">
        {isDone && looked.kind === "ready" ? (
          <output className="flex items-center gap-1.5 font-medium">
            <Icon name="check" className="size-4 text-good" />
            {said.done(looked.before.number)}
          </output>
        ) : (
          <Before looked={looked} />
        )}
        <Problem change={change} />
        <div className="flex flex-wrap justify-end gap-2">
          <button type="button" className="push-button" onClick={onClose}>
            {review.close}
          </button>
          {looked.kind === "ready" && !isDone ? (
            <button
              type="button"
              className="main-button"
              aria-disabled={change.isBusy}
              onClick={() => void goBack()}
            >
              {change.isBusy ? review.applying : said.act}
            </button>
          ) : null}
        </div>
      </div>
    </Sheet>
  );
}

function Before({ looked }: { readonly looked: Looked }) {
  switch (looked.kind) {
    case "asking":
      return <output className="text-mute">{review.asking}</output>;
    case "none":
      return <p>{said.none}</p>;
    case "failed":
      return <p className="notice notice-bad">{looked.because}</p>;
    case "ready": {
      const { number, by, at } = looked.before;
      return (
        <>
          <p>{said.which(number, by, formatTime(at))}</p>
          <PlanSentences plan={looked.plan} />
        </>
      );
    }
  }
}

async function lookBack(): Promise<Looked> {
  const list = await askHub(sendToHub, "GET", "/api/v1/configuration");
  if (list.kind !== "done") return { kind: "failed", because: sentenceOf(list) };
  const all = parseGenerations(list.value);
  if (all === null) return { kind: "failed", because: texts.notUnderstood };
  const running = all.find(({ isRunning }) => isRunning);
  const before = all
    .filter(({ number }) => running !== undefined && number < running.number)
    .toSorted((a, b) => b.number - a.number)[0];
  if (before === undefined) return { kind: "none" };
  const text = await readFromHub(`/api/v1/configuration/text?generation=${before.number}`);
  if (text.kind !== "done") return { kind: "failed", because: sentenceOf(text) };
  const plan = await askHub(sendToHub, "POST", "/api/v1/configuration/plan", { text: text.value });
  if (plan.kind !== "done") return { kind: "failed", because: sentenceOf(plan) };
  const consequences = parseConsequences(plan.value);
  if (consequences === null) return { kind: "failed", because: texts.notUnderstood };
  const basis = isRecord(plan.value) ? (textOf(plan.value["basis"]) ?? undefined) : undefined;
  return { kind: "ready", before, plan: consequences, basis };
}
