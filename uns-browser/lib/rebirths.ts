/** Rebirths of many edge nodes: one after the other, and what came of each. */
import { askHub, isRecord, sentenceOf, type SendLike } from "./hub-request.ts";
import { nodeName, rebirthUrl } from "./node-life.ts";
import { texts } from "./texts.ts";

export type RebirthOutcome =
  /** `at`: milliseconds since 1970 UTC, by the hub's clock. */
  | { readonly kind: "asked"; readonly at: number }
  | { readonly kind: "held" | "offline" }
  | { readonly kind: "failed"; readonly because: string };

export async function askForBirths(send: SendLike, name: string): Promise<RebirthOutcome> {
  const answer = await askHub(send, "POST", rebirthUrl(nodeName(name)));
  if (answer.kind !== "done") return { kind: "failed", because: sentenceOf(answer) };
  const { outcome, at } = isRecord(answer.value) ? answer.value : {};
  if (outcome === "held" || outcome === "offline") return { kind: outcome };
  if (outcome === "asked" && typeof at === "number") return { kind: "asked", at };
  return { kind: "failed", because: texts.notUnderstood };
}

/** Most edge nodes of one request: their births go to everybody who subscribes. */
export const MOST_REBIRTHS = 200;

/** Asks each in turn, until `stop`; `told` after each. */
export async function askAllForBirths(
  send: SendLike,
  names: readonly string[],
  { stop, told }: { readonly stop: AbortSignal; readonly told: (done: RebirthResults) => void },
): Promise<void> {
  const results = new Map<string, RebirthOutcome>();
  for (const name of names) {
    if (stop.aborted) return;
    results.set(name, await askForBirths(send, name));
    told(new Map(results));
  }
}

export type RebirthResults = ReadonlyMap<string, RebirthOutcome>;
