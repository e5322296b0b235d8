/**
 * Rows that somebody writes into the past of a metric: each stands at its own time, once, in the place of what stood there,
 * marked as corrected. The live tree does not hear of it.
 */
import { valueFault, type MetricValue } from "@unshub/sparkplug";
import type { MetricInfo, TreeQuality, UnsTree } from "../tree/index.ts";
import { HistoryError } from "./log-thread.ts";
import type { HistoryReader, PastValue } from "./reader.ts";
import { isDate } from "./recorder.ts";
import { isSameValue } from "./value-bytes.ts";

/** A value as somebody says that it was. */
export interface CorrectedRow {
  /** Milliseconds since 1970 UTC. */
  readonly time: number;
  /** Of the datatype of the metric, or `null`. */
  readonly value: MetricValue;
  /** Default `good`. `last-known` stands for gaps. */
  readonly quality?: Exclude<TreeQuality, "last-known">;
}

export interface CorrectionOptions {
  readonly tree: UnsTree;
  readonly reader: Pick<HistoryReader, "values">;
  /** Takes a row on its way to the log; says whether values of the metric are recorded. */
  write(id: number, row: Required<CorrectedRow>): boolean;
  /** Why nothing can be written now. */
  trouble(): string | undefined;
}

export class Corrections {
  readonly #options: CorrectionOptions;

  constructor(options: CorrectionOptions) {
    this.#options = options;
  }

  /** See `History.insert`. */
  async insert(path: string, rows: readonly CorrectedRow[]): Promise<number> {
    const info = this.#infoAt(path);
    const wanted = new Map(rows.map((row) => [row.time, { quality: "good" as const, ...row }]));
    for (const row of wanted.values()) checkRow(path, info, row);
    const missing = await this.#missing(path, info, [...wanted.values()]);
    for (const row of missing) {
      if (this.#options.write(info.id, row)) continue;
      throw new HistoryError("NOT_RECORDED", `history.rules leave out "${path}"`);
    }
    const lost = await this.#missing(path, info, missing);
    if (lost.length === 0) return missing.length;
    const why = this.#options.trouble() ?? "the history could not take them";
    const sentence = `${lost.length} of ${rows.length} rows of "${path}" are not written: ${why}`;
    throw new HistoryError("NOT_WRITTEN", sentence);
  }

  #infoAt(path: string): MetricInfo {
    const { tree } = this.#options;
    const id = tree.find(path);
    const info = id === undefined ? undefined : tree.info(id);
    if (info !== undefined) return info;
    throw new HistoryError("UNKNOWN_METRIC", `there is no metric at "${path}"`);
  }

  /** The rows that do not stand in the log as they are. */
  async #missing(
    path: string,
    { datatypeCode }: MetricInfo,
    rows: readonly Required<CorrectedRow>[],
  ): Promise<readonly Required<CorrectedRow>[]> {
    const { reader } = this.#options;
    const stored = await Promise.all(
      rows.map(({ time }) => reader.values(path, { since: time, until: time, limit: 2 })),
    );
    return rows.filter((row, at) => {
      const before = stored[at]?.values.find(({ isGap }) => !isGap);
      return before === undefined || !isSameRow(before, row, datatypeCode);
    });
  }
}

function isSameRow(
  before: PastValue,
  { value, quality }: Required<CorrectedRow>,
  code: number,
): boolean {
  return before.quality === quality && isSameValue(before.value, value, code);
}

/** @throws {HistoryError} BAD_ROW */
function checkRow(path: string, { datatype }: MetricInfo, { time, value }: CorrectedRow): void {
  const where = `"${path}" at ${time}`;
  if (!isDate(time)) throw new HistoryError("BAD_ROW", `${where}: no time of the history`);
  if (datatype === undefined) {
    throw new HistoryError("BAD_ROW", `${where}: its datatype is none of Sparkplug's`);
  }
  const fault = valueFault(datatype, value);
  if (fault !== undefined) throw new HistoryError("BAD_ROW", `${where}: ${fault}`);
}
