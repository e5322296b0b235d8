"use client";
import Link from "next/link";
import { areAllDone, askFirstSteps, FIRST_STEPS, type FirstStep } from "../lib/first-steps.ts";
import { texts } from "../lib/texts.ts";
import { Icon } from "./icons.tsx";
import { PolledState } from "./page-shell.tsx";
import { pagePoll, usePoll } from "./use-poll.ts";

const { welcome: words } = texts;
const STEPS = pagePoll({ everyMs: 2000, ask: askFirstSteps, isLast: areAllDone });
const PLACES: Readonly<Record<FirstStep, string>> = {
  broker: "/settings/",
  client: "/clients/",
  birth: "/nodes/",
  value: "/adapters/",
};

/** What works already, ticked by the hub itself as it happens. */
export function CheckList() {
  const polled = usePoll(STEPS);
  const done = polled.kind === "ready" ? polled.value : null;
  const count = done === null ? 0 : FIRST_STEPS.filter((step) => done[step]).length;
  return (
    <>
      <p className="mt-1.5 text-mute">{words.stepsIntro}</p>
      <div className="mt-3">
        <PolledState polled={polled} onRetry={() => void STEPS.running.get()?.refresh()} />
      </div>
      {done === null ? null : (
        <>
          <ol className="mt-3 grid gap-3">
            {FIRST_STEPS.map((step) => (
              <Step key={step} step={step} isDone={done[step]} />
            ))}
          </ol>
          <output className="mt-4 block text-mute">
            {count === FIRST_STEPS.length ? words.allDone : words.doneOf(count, FIRST_STEPS.length)}
          </output>
        </>
      )}
      <Link className="main-button mt-4 inline-block" href="/ns/" prefetch={false}>
        {words.toNamespace}
      </Link>
    </>
  );
}

function Step({ step, isDone }: { readonly step: FirstStep; readonly isDone: boolean }) {
  const { title, help } = words.steps[step];
  return (
    <li className="flex items-start gap-2.5" data-step={step} data-done={isDone}>
      <Icon
        name={isDone ? "check" : "hourglass"}
        className={`mt-0.5 size-4 shrink-0 ${isDone ? "text-good" : "text-mute"}`}
      />
      <div className="min-w-0">
        <Link className="font-medium underline" href={PLACES[step]} prefetch={false}>
          {title}
        </Link>{" "}
        <span className="sr-only">{isDone ? words.stepDone : words.stepOpen}</span>
        {isDone ? null : <p className="text-mute">{help}</p>}
      </div>
    </li>
  );
}
