/** Conditions on other metrics. One whose metric is not good now is not met: nobody can know. */
import type { MetricValue } from "@unshub/sparkplug";
import type { UnsTree } from "../../tree/index.ts";
import { shown } from "./limits.ts";
import type { Interlock } from "./schema.ts";

/** Why an interlock forbids a command; `undefined`: all are met. */
export function interlockFault(
  tree: Pick<UnsTree, "find" | "metric">,
  interlocks: readonly Interlock[],
): string | undefined {
  for (const interlock of interlocks) {
    const fault = faultOf(tree, interlock);
    if (fault !== undefined) {
      return interlock.because === undefined ? fault : `${interlock.because} (${fault})`;
    }
  }
  return undefined;
}

function faultOf(
  tree: Pick<UnsTree, "find" | "metric">,
  { metric: path, ...wanted }: Interlock,
): string | undefined {
  const id = tree.find(path);
  const now = id === undefined ? undefined : tree.metric(id);
  if (now === undefined) return `interlock: there is no metric "${path}"`;
  if (now.quality !== "good") return `interlock: ${path} is ${now.quality}, so nobody knows`;
  const unmet = unmetPart(wanted, now.value);
  return unmet === undefined ? undefined : `interlock: ${path} is ${shown(now.value)}, ${unmet}`;
}

function unmetPart(
  { is, not, above, below }: Omit<Interlock, "metric">,
  value: MetricValue,
): string | undefined {
  const number = typeof value === "bigint" ? Number(value) : value;
  if (is !== undefined && number !== is) return `not ${is}`;
  if (not !== undefined && number === not) return `and must not be ${not}`;
  if (above !== undefined && !(typeof number === "number" && number > above)) {
    return `not above ${above}`;
  }
  if (below !== undefined && !(typeof number === "number" && number < below)) {
    return `not below ${below}`;
  }
  return undefined;
}
