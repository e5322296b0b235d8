/** Commands as the hub tells them: what a write would be held to, each step that was seen, and what came of it. */
import type { WireValue } from "@unshub/hub/feed";
import { isRecord } from "./hub-request.ts";
import { isWireValue } from "./messages.ts";

/** What may be written to a metric; `refusal`: why nothing may be now, in the hub's words. Times in milliseconds. */
export interface WritePlan {
  readonly topic: string;
  readonly refusal: string | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly step: number | null;
  /** The only values that it takes; `null`: no such list. */
  readonly values: readonly (string | number | boolean)[] | null;
  readonly maxChange: number | null;
  readonly isGuarded: boolean;
  readonly needsSecond: boolean;
  readonly confirmWithinMs: number;
}

export type Result =
  | "confirmed"
  | "mismatch"
  | "timeout"
  | "offline"
  | "failed"
  | "waiting"
  | "refused"
  /** The hub ended before it was known. */
  | "unknown";

export interface Outcome {
  readonly result: Result;
  readonly because: string | null;
  /** What the metric says; only when something was sent. */
  readonly value: WireValue | undefined;
  readonly afterMs: number | null;
  /** It had the value before. */
  readonly isUnchanged: boolean;
  /** Until when a second person may say yes, milliseconds since 1970 UTC. */
  readonly until: number | null;
}

export type StepName =
  | "asked"
  | "waiting"
  | "approved"
  | "sent"
  | "delivered"
  | "accepted"
  | "ended";

export interface Step {
  readonly name: StepName;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly note: string | null;
}

export interface Command {
  readonly id: number;
  readonly path: string;
  readonly actor: string;
  readonly via: string;
  readonly reason: string | null;
  readonly asked: WireValue;
  readonly before: WireValue;
  readonly steps: readonly Step[];
  /** `null` while it is under way. */
  readonly outcome: Outcome | null;
}

/** `null` when it is something else. */
export function parsePlan(value: unknown): WritePlan | null {
  if (!isRecord(value)) return null;
  const { topic, refusal, low, high, step, values, maxChange, guarded, secondPerson } = value;
  if (typeof topic !== "string") return null;
  return {
    topic,
    refusal: isRecord(refusal) ? (textOr(refusal["because"]) ?? "") : null,
    low: numberOr(low),
    high: numberOr(high),
    step: numberOr(step),
    values: Array.isArray(values) ? values.filter(isChoice) : null,
    maxChange: numberOr(maxChange),
    isGuarded: guarded === true,
    needsSecond: secondPerson === true,
    confirmWithinMs: numberOr(value["confirmWithin"]) ?? 0,
  };
}

/** Left out is what this page does not understand: a newer hub may say more. */
export function parseCommands(value: unknown): readonly Command[] | null {
  if (!isRecord(value) || !Array.isArray(value["commands"])) return null;
  return value["commands"].map(parseCommand).filter((command) => command !== null);
}

function parseCommand(value: unknown): Command | null {
  if (!isRecord(value)) return null;
  const { id, path, by, reason, asked, before, steps, outcome } = value;
  if (typeof id !== "number" || typeof path !== "string" || !Array.isArray(steps)) return null;
  if (!isRecord(by)) return null;
  return {
    id,
    path,
    actor: textOr(by["actor"]) ?? "",
    via: textOr(by["via"]) ?? "",
    reason: textOr(reason),
    asked: isWireValue(asked) ? asked : null,
    before: isWireValue(before) ? before : null,
    steps: steps.map(parseStep).filter((step) => step !== null),
    outcome: parseOutcome(outcome),
  };
}

const STEPS: ReadonlySet<unknown> = new Set<StepName>([
  "asked",
  "waiting",
  "approved",
  "sent",
  "delivered",
  "accepted",
  "ended",
]);

function parseStep(value: unknown): Step | null {
  if (!isRecord(value) || !isStepName(value["step"])) return null;
  const at = numberOr(value["at"]);
  return at === null ? null : { name: value["step"], at, note: textOr(value["note"]) };
}

function isStepName(value: unknown): value is StepName {
  return STEPS.has(value);
}

const RESULTS: ReadonlySet<unknown> = new Set<Result>([
  "confirmed",
  "mismatch",
  "timeout",
  "offline",
  "failed",
  "waiting",
  "refused",
  "unknown",
]);

export function parseOutcome(value: unknown): Outcome | null {
  if (!isRecord(value) || !isResult(value["result"])) return null;
  return {
    result: value["result"],
    because: textOr(value["because"]),
    value: isWireValue(value["value"]) ? value["value"] : undefined,
    afterMs: numberOr(value["afterMs"]),
    isUnchanged: value["unchanged"] === true,
    until: numberOr(value["until"]),
  };
}

function isResult(value: unknown): value is Result {
  return RESULTS.has(value);
}

function isChoice(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

function numberOr(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function textOr(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Whether something may still come of it. */
export function isOpen({ outcome }: Pick<Command, "outcome">): boolean {
  return outcome === null || outcome.result === "waiting";
}

/** `user:ann` is ann; others are called as the hub calls them. */
export function actorName(actor: string): string {
  return actor.replace(/^user:/, "");
}
