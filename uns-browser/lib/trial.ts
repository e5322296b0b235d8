/** What the hub says of a connection that it has tried. */
import { isRecord } from "./hub-request.ts";
import { listOf, numberOf, oneOf, textOf, type Json } from "./json-parts.ts";

const STEPS = ["connect", "endpoints", "certificate", "session", "read"] as const;

export interface TrialStep {
  readonly step: (typeof STEPS)[number];
  readonly isDone: boolean;
  /** In the hub's words. */
  readonly says: string;
  /** What to do; `null`: nothing. */
  readonly todo: string | null;
  readonly ms: number;
}

export interface Trial {
  readonly works: boolean;
  readonly steps: readonly TrialStep[];
  /** Why it did not come to its end. */
  readonly broken: string | null;
}

export function parseTrial(value: unknown): Trial | null {
  if (!isRecord(value) || !Array.isArray(value["steps"])) return null;
  return {
    works: value["works"] === true,
    broken: textOf(value["broken"]),
    steps: listOf(value["steps"]).flatMap((json) => stepIn(json) ?? []),
  };
}

/** One read of a running adapter. */
export function parseReading(value: unknown): TrialStep | null {
  return isRecord(value) && isRecord(value["step"]) ? stepIn(value["step"]) : null;
}

function stepIn(json: Json): TrialStep | null {
  const step = oneOf(STEPS, json["step"]);
  if (step === null) return null;
  return {
    step,
    isDone: json["outcome"] === "done",
    says: textOf(json["says"]) ?? "",
    todo: textOf(json["todo"]),
    ms: numberOf(json["ms"]) ?? 0,
  };
}
