/** Commands in words: what came of one, and which of its steps nobody saw. */
import type { Outcome, Step, StepName } from "./commands.ts";
import { formatClock, formatFullValue, formatSpan } from "./format.ts";
import { asSentence } from "./hub-request.ts";
import { texts } from "./texts.ts";
import { visibleText } from "./visible.ts";

const { command: words } = texts;

/** Why it ended so, both values, how long it took. */
export function outcomeSentences(outcome: Outcome): readonly string[] {
  const { because, result, value, afterMs, isUnchanged, until } = outcome;
  const shown = value === undefined ? "" : formatFullValue(value).text;
  if (result === "confirmed") {
    if (isUnchanged) return [words.unchanged(shown)];
    return afterMs === null ? [] : [words.cameBack(shown, formatMs(afterMs))];
  }
  const why = because === null || because === "" ? [] : [asSentence(visibleText(because).text)];
  if (until !== null) return [...why, words.until(formatClock(until))];
  return value === undefined || result === "mismatch" ? why : [...why, words.says(shown)];
}

/** Of a command that was sent and is over: what the hub did not see, in words. A value that came back needs no other word. */
export function missingSteps(
  steps: readonly Step[],
  outcome: Pick<Outcome, "result"> | null,
): readonly string[] {
  const seen = new Set<StepName>(steps.map(({ name }) => name));
  if (!seen.has("sent") || outcome === null || outcome.result === "confirmed") return [];
  return [
    ...(seen.has("delivered") ? [] : [words.notDelivered]),
    ...(seen.has("accepted") ? [] : [words.notAccepted]),
  ];
}

/** `31 ms`, `1.4 s` */
export function formatMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : formatSpan(ms);
}
