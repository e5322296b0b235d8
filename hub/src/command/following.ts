/** Follows what was sent until the plant has answered: the value that comes back decides. */
import type { Datatype, MetricValue } from "@unshub/sparkplug";
import type { UnsTree } from "../tree/index.ts";
import type { SentOutcome } from "./outcome.ts";
import { shown } from "./rules/index.ts";
import { offline, type Wish } from "./wish.ts";

/** What an adapter says of a write. */
export interface Told {
  /** Whether the device took it. */
  readonly isDone: boolean;
  readonly because: string | undefined;
}

export interface FollowingOptions {
  readonly tree: UnsTree;
  readonly now: () => number;
}

/** A command under way. */
export interface Followed {
  readonly ended: Promise<SentOutcome>;
  /** The adapter says that the device did not take it. */
  fail(because: string | undefined): void;
}

/** Begins before the command is sent, so that no answer is missed. */
export function follow({ tree, now }: FollowingOptions, wish: Wish): Followed {
  const { id } = wish.info;
  const sentAt = now();
  const unchanged = has(tree, wish);
  const { promise: ended, resolve } = Promise.withResolvers<SentOutcome>();
  let hasOther = false;
  const value = (): MetricValue => tree.values.value(id);
  const confirmed = (): void =>
    resolve({ result: "confirmed", value: value(), afterMs: now() - sentAt, unchanged });
  const look = (): void => {
    if (has(tree, wish)) return confirmed();
    if (tree.values.quality(id) === "good") hasOther = true;
    return undefined;
  };
  const watch = tree.watch(look);
  watch.add(id);
  const stopObserving = tree.observe({
    rowChanged: (row) => {
      if (row !== wish.info.memberRow || tree.online(row) !== false) return;
      const because = `${offline(wish.info)}: it went while the value was awaited`;
      resolve({ result: "offline", value: value(), because });
    },
  });
  const timer = setTimeout(
    () => resolve(late(wish, { value: value(), hasOther })),
    wish.rule.confirmWithin,
  );
  void ended.finally(() => {
    clearTimeout(timer);
    watch.stop();
    stopObserving();
  });
  if (unchanged) confirmed();
  return {
    ended,
    fail: (because = "the adapter gives no reason") =>
      resolve({ result: "failed", value: value(), because }),
  };
}

function late(
  { rule: { confirmWithin }, value: asked }: Wish,
  { value, hasOther }: { readonly value: MetricValue; readonly hasOther: boolean },
): SentOutcome {
  const within = `within ${confirmWithin / 1000} s`;
  if (!hasOther) {
    const because = `the value did not come back ${within}; see the log of the adapter`;
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
