/** Follows what was sent until the plant has answered: the value that comes back decides. */
import type { Datatype, MetricValue } from "@unshub/sparkplug";
import type { MetricInfo, UnsTree } from "../tree/index.ts";
import type { SentOutcome } from "./outcome.ts";
import { shown } from "./rules/index.ts";
import { offline, type Wish } from "./wish.ts";

/** What an adapter says of a write. */
export interface Told {
  /** `unknown`: the device gave no answer, and may have done it: only what comes back can tell. */
  readonly outcome: "done" | "mismatch" | "refused" | "unknown";
  readonly because: string | undefined;
  /** The timestamp of the command that it is about; `undefined`: of whichever there is. */
  readonly askedAt: number | undefined;
}

export interface FollowingOptions {
  readonly tree: UnsTree;
  readonly now: () => number;
  /** Whether an adapter will say what the device made of it. */
  readonly isAnswered?: ((info: MetricInfo) => boolean) | undefined;
}

/** A command under way. */
export interface Followed {
  readonly ended: Promise<SentOutcome>;
  /** The adapter has said what the device made of it, or of another command to the same metric. */
  tell(told: Told): void;
}

/**
 * Begins before the command is sent, so that no answer is missed. The value must come back; where an adapter answers, it
 * must not say no either: a server may echo what it does not keep. `askedAt`: the timestamp of the command; answers to
 * another one, which may come late, are not for this one.
 */
export function follow(
  options: FollowingOptions,
  wish: Wish,
  askedAt: number | undefined,
): Followed {
  const { tree, now, isAnswered } = options;
  const { info, rule } = wish;
  const sentAt = now();
  const unchanged = has(tree, wish);
  const before = tree.values.value(info.id);
  const { promise: ended, resolve } = Promise.withResolvers<SentOutcome>();
  const seen: Seen = { other: false, isTaken: isAnswered?.(info) !== true, silence: undefined };
  const value = (): MetricValue => tree.values.value(info.id);
  const confirm = (): void => {
    if (!seen.isTaken || !has(tree, wish)) return;
    resolve({ result: "confirmed", value: value(), afterMs: now() - sentAt, unchanged });
  };
  const changed = (): void => {
    const isOther = !has(tree, wish) && tree.values.quality(info.id) === "good";
    // a device that was away tells what it had, while its adapter still holds the command
    if (isOther && (seen.isTaken || !isSame(wish.datatype, value(), before))) seen.other = true;
    confirm();
  };
  const end = (result: "offline" | "failed" | "mismatch", because: string): void =>
    resolve({ result, value: value(), because });
  const watch = tree.watch(changed);
  watch.add(info.id);
  const stopObserving = tree.observe({
    rowChanged: (row) => {
      if (row !== info.memberRow || tree.online(row) !== false) return;
      end("offline", `${offline(info)}: it went while the value was awaited`);
    },
  });
  const timer = setTimeout(() => {
    const outcome = late(wish, value(), seen);
    seen.isTaken = true; // no adapter has said otherwise
    confirm();
    resolve(outcome); // the first counts
  }, rule.confirmWithin);
  void ended.finally(() => {
    clearTimeout(timer);
    watch.stop();
    stopObserving();
  });
  confirm();
  return {
    ended,
    tell: ({ outcome, because = "the adapter gives no reason", askedAt: of }) => {
      if (askedAt !== undefined && of !== undefined && of !== askedAt) return;
      if (outcome === "refused") return end("failed", because);
      if (outcome === "mismatch") return end("mismatch", because);
      if (outcome === "unknown") seen.silence = because;
      seen.isTaken = true;
      confirm();
    },
  };
}

const HELD = "the adapter has not answered yet: it may still be written";

/** What was seen while the answer was awaited. */
interface Seen {
  /** Another value came. */
  other: boolean;
  /** No adapter can say no any more. */
  isTaken: boolean;
  /** That the device gave no answer, in the words of the adapter. */
  silence: string | undefined;
}

function late(
  { rule: { confirmWithin }, value: asked }: Wish,
  value: MetricValue,
  { other, isTaken, silence }: Seen,
): SentOutcome {
  const within = `within ${confirmWithin / 1000} s`;
  if (!other) {
    const why = silence ?? (isTaken ? "see the log of the adapter" : HELD);
    const because = `the value did not come back ${within}; ${why}`;
    return { result: "timeout", value, because };
  }
  const because = `${shown(value)} came back ${within}, not ${shown(asked)}`;
  return { result: "mismatch", value, because };
}

/** Whether the metric has the wished value now. */
function has(tree: UnsTree, { info, datatype, value, rule: { tolerance } }: Wish): boolean {
  if (tree.values.quality(info.id) !== "good") return false;
  const now = tree.values.value(info.id);
  if (isSame(datatype, now, value)) return true;
  if (tolerance === undefined || typeof now !== "number" || typeof value !== "number") return false;
  return Math.abs(now - value) <= tolerance;
}

/** A PLC keeps a scaled value in steps of its register, so a Double may come back as its neighbour of 15 digits. */
const DOUBLE_DIGITS = 15;

/** Whether `read` is what was asked for, as exactly as the datatype can hold it. */
function isSame(datatype: Datatype, read: MetricValue, asked: MetricValue): boolean {
  if (typeof read !== "number" || typeof asked !== "number") return read === asked;
  if (datatype === "Float") return Math.fround(read) === Math.fround(asked);
  if (datatype !== "Double") return read === asked;
  return Number(read.toPrecision(DOUBLE_DIGITS)) === Number(asked.toPrecision(DOUBLE_DIGITS));
}
