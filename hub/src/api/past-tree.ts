/** Values of the history as rows of the tree: what each metric was worth then, and which differ between two instants. */
import { wireQuality, wireValue, type Sight } from "../feed/index.ts";
import type { HistoryReader, MetricThen, PastValue } from "../history/index.ts";
import { timeText, valueJson, type UnsTree } from "../tree/index.ts";
import { csvCells, isSamePast, pathOf } from "./history-json.ts";

type Entries = readonly unknown[];

/** Five entries a row, as in a `d` frame; what was not recorded yet has a row without a value. */
export async function pastEntries(
  reader: HistoryReader,
  tree: UnsTree,
  { ids, at }: { readonly ids: readonly number[]; readonly at: number },
): Promise<Entries> {
  const known = ids.flatMap((id) => {
    const info = tree.info(id);
    if (info === undefined) return []; // a row that is no metric
    const { groupId, edgeNodeId, deviceId = "", name } = info;
    return [{ id, name: { groupId, edgeNodeId, deviceId, name } }];
  });
  if (known.length === 0) return [];
  const found = await reader.ofMetrics(
    known.map(({ name }) => name),
    [at],
  );
  return known.flatMap(({ id }, place) => entriesAt(id, found[place]?.values[0], at));
}

function entriesAt(id: number, past: PastValue | undefined, t: number): Entries {
  if (past === undefined) return [id, null, wireQuality("none"), null, 0];
  const { value, datatype, quality, time } = past;
  return [id, wireValue(value, datatype), wireQuality(quality), time - t, 0];
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly fits: (id: number) => boolean;
  /** Rows that are told; the others are only counted. */
  readonly limit: number;
}

interface Pair {
  readonly id: number;
  readonly before: PastValue | undefined;
  readonly after: PastValue | undefined;
}

interface Differences {
  readonly hits: number;
  readonly ids: readonly number[];
  readonly pairs: readonly Pair[];
  readonly before: Entries;
  readonly after: Entries;
}

/** Metrics of one question to the history. */
const PAGE = 1000;

/** All metrics in the tree that differ between two instants, in the order in which they were first recorded. */
export async function differences(
  reader: HistoryReader,
  sight: Sight,
  { from, to, fits, limit }: Span,
): Promise<Differences> {
  const pairs: Pair[] = [];
  let hits = 0;
  let after: number | undefined = 0;
  while (after !== undefined) {
    const page = await reader.at("", [from, to], { after, limit: PAGE });
    for (const metric of page.metrics) {
      const pair = pairOf(sight, metric);
      if (pair === undefined || !fits(pair.id)) continue;
      hits += 1;
      if (pairs.length < limit) pairs.push(pair);
    }
    after = page.next;
  }
  return {
    hits,
    pairs,
    ids: pairs.map(({ id }) => id),
    before: pairs.flatMap((pair) => entriesAt(pair.id, pair.before, from)),
    after: pairs.flatMap((pair) => entriesAt(pair.id, pair.after, to)),
  };
}

/** `undefined`: it was worth the same, or it is not there for whoever asks. */
function pairOf(sight: Sight, metric: MetricThen): Pair | undefined {
  const [before, after] = metric.values;
  if (isSamePast(before, after)) return undefined;
  const id = sight.find(pathOf(metric));
  if (id === undefined || !sight.tree.rows.isMetric(id)) return undefined;
  return { id, before, after };
}

export const DIFFERENCE_HEAD =
  "path,before_value,before_quality,before_time,after_value,after_quality,after_time";

export function differenceLine(
  path: string,
  before: PastValue | undefined,
  after: PastValue | undefined,
): string {
  return csvCells([path, ...cellsOf(before), ...cellsOf(after)]);
}

function cellsOf(past: PastValue | undefined): readonly unknown[] {
  if (past === undefined) return ["", "", ""];
  const { value, datatype, quality, isGap, time } = past;
  return [valueJson(value, datatype), isGap ? "gap" : quality, timeText(time) ?? String(time)];
}
