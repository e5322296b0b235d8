/** How routes ask the history: the instants that they take, and what is answered when there is nothing to ask. */
import { z } from "zod";
import { HistoryError, type HistoryReader } from "../history/index.ts";
import { problem, type Problem } from "./problem.ts";

/** Milliseconds since 1970 UTC, or RFC 3339. */
export const instant = z.union([
  z.coerce.number().min(-8.64e15).max(8.64e15),
  z.iso.datetime({ offset: true, local: true }).transform((text) => Date.parse(text)),
]);

export interface AskedHistory {
  /** `undefined`: nothing is recorded. */
  readonly history: { readonly reader: HistoryReader } | undefined;
}

const OFF = "nothing is recorded: history.record is false, and no rule says otherwise";

/** Asks the history, if there is one and it can answer. */
export async function askHistory<Answer>(
  { history }: AskedHistory,
  of: (reader: HistoryReader) => Promise<Answer>,
): Promise<Answer | Problem> {
  if (history === undefined) return problem(404, OFF);
  try {
    return await of(history.reader);
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    return problem(503, error.message);
  }
}
