"use client";
import { useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { formatCount } from "../lib/format.ts";
import { texts } from "../lib/texts.ts";
import { parseTrial, type Trial, type TrialStep } from "../lib/trial.ts";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";
import { Problem } from "./sheet.tsx";
import { useChange } from "./use-change.ts";

const { trial: said } = words.entries;

/** Tries a connection before it is saved: what works, step by step, and what to do about what does not. */
export function EntryTrial({
  entry,
  because,
}: {
  /** As it would stand in the file. */
  readonly entry: () => object;
  /** Why it cannot be tried; `null`: it can. */
  readonly because: string | null;
}) {
  const change = useChange();
  /** `of`: the settings that were tried; of others it says nothing. */
  const [tried, setTried] = useState<{ readonly of: string; readonly trial: Trial } | null>(null);
  const isSame = tried !== null && tried.of === JSON.stringify(entry());
  const trial = isSame ? tried.trial : null;
  const run = async (): Promise<void> => {
    setTried(null);
    const mine = entry();
    const answer = await change.run("POST", "/api/v1/adapter-trials", { entry: mine });
    if (answer === null) return;
    const found = parseTrial(answer.value);
    if (found === null) change.fail(texts.notUnderstood);
    else setTried({ of: JSON.stringify(mine), trial: found });
  };
  return (
    <section className="grid gap-2" aria-label={said.title} data-trial={stateOf(trial)}>
      <div className="flex flex-wrap items-center gap-3">
        <button
          type="button"
          className="push-button"
          aria-disabled={because !== null || change.isBusy}
          onClick={() => (because === null ? void run() : undefined)}
        >
          {change.isBusy ? said.running : said.act}
        </button>
        <span className="text-xs text-mute">{because ?? said.help}</span>
      </div>
      <Problem change={change} />
      <output>{trial === null ? null : <Found trial={trial} />}</output>
    </section>
  );
}

/** It stands below what somebody sees who has just pressed the button. */
function showWhole(found: HTMLElement | null): void {
  found?.scrollIntoView({ block: "nearest" });
}

function stateOf(trial: Trial | null): string {
  if (trial === null) return "none";
  return trial.works ? "works" : "fails";
}

function Found({ trial: { works, steps, broken } }: { readonly trial: Trial }) {
  return (
    <div ref={showWhole} className={`notice scroll-mb-28 ${works ? "" : "notice-bad"}`}>
      <div className="grid flex-1 gap-1.5">
        <p className="font-medium">{works ? said.works : said.fails}</p>
        <ol className="grid gap-1">
          {steps.map((step) => (
            <li key={step.step}>
              <TrialLine step={step} />
            </li>
          ))}
        </ol>
        {broken === null ? null : (
          <p className="text-bad wrap-anywhere">
            <HubText text={broken} isSentence />
          </p>
        )}
      </div>
    </div>
  );
}

/** One step: what it was, how it went, how long it took, and what to do. */
export function TrialLine({
  step: { step, isDone, says, todo, ms },
}: {
  readonly step: TrialStep;
}) {
  return (
    <div className="grid grid-cols-[16px_minmax(0,1fr)_auto] gap-x-2" data-trial-step={step}>
      <Icon
        name={isDone ? "check" : "cross"}
        className={`mt-0.5 size-4 ${isDone ? "text-good" : "text-bad"}`}
      />
      <span className="wrap-anywhere">
        <span className="font-medium">{said.steps[step]}</span>{" "}
        <span className="sr-only">{isDone ? said.done : said.failed}</span>
        <HubText text={says} />
      </span>
      <span className="figures text-xs text-mute">{said.ms(formatCount(ms))}</span>
      {todo === null ? null : (
        <p className="col-start-2 col-end-4 wrap-anywhere">
          <HubText text={todo} />
        </p>
      )}
    </div>
  );
}
