/** Rows of one metric as they arrived, made ready for blocks: in order of time, each time once. */
import type { Columns } from "./columns.ts";
import { joined } from "./rows.ts";

/** The same rows when they are in order already. */
export function sorted(rows: Columns): Columns {
  if (isSorted(rows.times)) return rows;
  const piece = { rows, origin: 0, isSorted: false };
  return joined([piece], Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY).rows;
}

function isSorted(times: Float64Array): boolean {
  for (let at = 1; at < times.length; at += 1) {
    if ((times[at] ?? 0) <= (times[at - 1] ?? 0)) return false;
  }
  return true;
}
