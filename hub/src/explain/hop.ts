/** The answer to "why is this value stale?": the hops between a PLC and its readers, each with its state. */

/** `unknown`: not ours to see. `suspect`: it may be the reason. */
export type HopStatus = "ok" | "broken" | "suspect" | "unknown";

type HopName = "PLC" | "adapter" | "edge session" | "seq/alias" | "guard" | "broker" | "reader";

export interface Hop {
  readonly hop: HopName;
  readonly status: HopStatus;
  /** When it came to be as it is, in milliseconds since 1970 UTC; left out: not known. */
  readonly since?: number | undefined;
  /** How it is, in one sentence. */
  readonly says: string;
  /** Figures, each with its name. Times in them are ISO 8601. */
  readonly evidence: readonly Evidence[];
  /** The next step to take; only where something may be wrong. */
  readonly todo?: string;
}

export type Evidence = readonly [name: string, value: string];

/** The first broken hop, or the first one that may be the reason. */
export interface Verdict {
  readonly status: "ok" | "broken" | "suspect";
  readonly hop: HopName | undefined;
  readonly says: string;
  readonly todo: string | undefined;
}

export type SubjectKind = "metric" | "folder" | "device" | "edgeNode";

export interface Explanation {
  readonly path: string;
  readonly kind: SubjectKind;
  /** Of a metric. */
  readonly quality: string | undefined;
  /** Of a metric: when its value was received, in milliseconds since 1970 UTC. */
  readonly receivedAt: number | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  /** When the hub started: figures count from there. */
  readonly startedAt: number;
  readonly verdict: Verdict;
  /** From the PLC to the readers. */
  readonly hops: readonly Hop[];
}

/** Evidence that is there; what is `undefined` is left out. */
export function evidenceOf(
  facts: Readonly<Record<string, string | number | undefined>>,
): readonly Evidence[] {
  return Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
}

/** ISO 8601; `undefined` when there was no such time. */
export function timeOf(ms: number | undefined): string | undefined {
  return ms === undefined || ms === 0 ? undefined : new Date(ms).toISOString();
}

/** `ok`: what to say when nothing is wrong. */
export function verdictOf(hops: readonly Hop[], ok: string): Verdict {
  const first =
    hops.find(({ status }) => status === "broken") ??
    hops.find(({ status }) => status === "suspect");
  if (first !== undefined) {
    const { hop, says, todo } = first;
    return { status: first.status === "broken" ? "broken" : "suspect", hop, says, todo };
  }
  return { status: "ok", hop: undefined, says: ok, todo: undefined };
}
