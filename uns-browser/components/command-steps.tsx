import { formatMs, missingSteps, outcomeSentences } from "../lib/command-words.ts";
import type { Outcome, Result, Step } from "../lib/commands.ts";
import { formatDateTime } from "../lib/format.ts";
import { texts } from "../lib/texts.ts";
import { HubText } from "./hub-text.tsx";
import { Icon, type IconName } from "./icons.tsx";

const { command: words } = texts;

const SIGNS: Readonly<Record<Result, readonly [icon: IconName, colour: string]>> = {
  confirmed: ["check", "text-good"],
  mismatch: ["triangle", "text-bad"],
  timeout: ["clock", "text-stale"],
  offline: ["power", "text-bad"],
  failed: ["cross", "text-bad"],
  waiting: ["user", "text-stale"],
  refused: ["cross", "text-bad"],
  unknown: ["clock", "text-stale"],
};

/** What came of a command, in a few words with a shape. */
export function ResultSign({ outcome }: { readonly outcome: Outcome | null }) {
  const [icon, colour] =
    outcome === null ? (["half", "text-mute"] as const) : SIGNS[outcome.result];
  return (
    <span className={`flex min-w-0 items-center gap-1.5 font-medium ${colour}`}>
      <Icon name={icon} className="size-3.5" />
      {outcome === null ? words.underWay : words.results[outcome.result]}
    </span>
  );
}

/** The rest of it, as sentences. */
export function OutcomeFacts({ outcome }: { readonly outcome: Outcome }) {
  return outcomeSentences(outcome).map((sentence) => (
    <p key={sentence} className="wrap-anywhere">
      {sentence}
    </p>
  ));
}

/** Each step with the time that passed since the one before; a step that was not seen says so. */
export function CommandSteps({
  steps,
  outcome,
}: {
  readonly steps: readonly Step[];
  readonly outcome: Outcome | null;
}) {
  return (
    <ol className="grid gap-1" aria-label={words.stepsLabel}>
      {steps
        .filter(({ name }) => name !== "ended")
        .map(({ name, at, note }, place, shown) => (
          <li
            key={name}
            className="grid grid-cols-[16px_minmax(0,1fr)_auto] items-baseline gap-x-2"
          >
            <Icon name="check" className="size-3.5 self-center text-mute" />
            <span className="wrap-anywhere">
              {words.steps[name]}
              {note === null || name === "waiting" ? null : (
                <span className="text-mute">
                  {" "}
                  · <HubText text={note} />
                </span>
              )}
            </span>
            <span className="figures text-xs text-mute">
              {place === 0 ? formatDateTime(at) : `+${formatMs(at - (shown[place - 1]?.at ?? at))}`}
            </span>
          </li>
        ))}
      {missingSteps(steps, outcome).map((missing) => (
        <li key={missing} className="grid grid-cols-[16px_minmax(0,1fr)] items-baseline gap-x-2">
          <Icon name="dashes" className="size-3.5 self-center text-mute" />
          <span className="text-mute">{missing}</span>
        </li>
      ))}
    </ol>
  );
}
