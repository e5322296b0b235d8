/** Writes a batch so that one row that the target refuses does not keep the others from it. */
import type { SinkRecord } from "./record.ts";
import { Refused, type Target } from "./target.ts";

export interface RefusedRow {
  readonly record: SinkRecord;
  readonly error: string;
}

/** So many single rows refused and none taken: it is not the rows. */
const TOO_MANY = 20;

/**
 * The rows that the target refuses; all others are written. A batch is split until the rows at fault stand alone.
 * @throws whatever is to be tried again, and when the target refuses row after row and takes none.
 */
export async function writeOrRefuse(
  target: Pick<Target, "write">,
  records: readonly SinkRecord[],
  signal: AbortSignal,
): Promise<readonly RefusedRow[]> {
  const refused: RefusedRow[] = [];
  let taken = 0;
  const waiting: (readonly SinkRecord[])[] = [records];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    const error = await refusal(target, part, signal);
    const [record, ...others] = part;
    if (error === undefined) taken += part.length;
    else if (record !== undefined && others.length === 0) refused.push({ record, error });
    else {
      const half = Math.ceil(part.length / 2);
      waiting.push(part.slice(half), part.slice(0, half)); // the first half is written first
    }
    if (taken === 0 && refused.length >= TOO_MANY)
      throw new Error(`refuses everything: ${error ?? ""}`);
  }
  return refused;
}

/** Why the target does not take these rows; `undefined`: it has them. */
async function refusal(
  target: Pick<Target, "write">,
  records: readonly SinkRecord[],
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await target.write(records, signal);
    return undefined;
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}
