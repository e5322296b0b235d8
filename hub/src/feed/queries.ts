/** What the page asks over HTTP: children of a row, the way to a path, search, one value. Bounded answers only; `run`: of the hub. */
import { ROOT } from "../tree/index.ts";
import {
  groupTest,
  NO_FACTS,
  type Looked,
  type MetricFacts,
  type MetricTest,
} from "./filter-match.ts";
import {
  factKeys,
  parseFilter,
  wordsToMark,
  type FactKey,
  type ParsedFilter,
  type Term,
} from "./filter-text.ts";
import type { ChildrenAnswer, FindAnswer, PathAnswer, TreeRow } from "./protocol.ts";
import type { Sight } from "./sight.ts";
import { foldersAlone, sortedChildren, treeRow, valueEntries } from "./tree-view.ts";

/** Most rows in one answer. */
export const MAX_LIMIT = 5000;

export interface ChildrenQuestion {
  /** The parent; the groups when left out. */
  readonly id: number | undefined;
  /** The last row of the page before. */
  readonly after: number | undefined;
  readonly limit: number;
  /** Milliseconds since 1970 UTC when values are wanted too. */
  readonly valuesAt: number | undefined;
}

/** `undefined` when there is no such row. */
export function children(
  sight: Sight,
  run: string,
  ask: ChildrenQuestion,
): ChildrenAnswer | undefined {
  const { tree } = sight;
  const parent = ask.id ?? ROOT;
  if (parent !== ROOT && !(tree.rows.has(parent) && sight.sees(parent))) return undefined;
  const all = sortedChildren(sight, parent);
  const from = ask.after === undefined ? 0 : all.indexOf(ask.after) + 1;
  const ids = all.slice(from, from + ask.limit);
  const { valuesAt } = ask;
  const only = ids.flatMap((id) => foldersAlone(tree, id));
  const answer = {
    epoch: sight.epochOf(run),
    rows: ids.map((id) => treeRow(sight, id)),
    ...(only.length > 0 && { only: only.map((id) => treeRow(sight, id)) }),
    more: from + ids.length < all.length,
  };
  if (valuesAt === undefined) return answer;
  return { ...answer, t: valuesAt, u: ids.flatMap((id) => valueEntries(tree, id, valuesAt, 0)) };
}

/** The rows from the group down to `path`; `undefined` when there is none. */
export function pathRows(sight: Sight, run: string, path: string): PathAnswer | undefined {
  const id = sight.find(path);
  if (id === undefined) return undefined;
  const rows = sight.tree.rows.lineage(id).map((row) => treeRow(sight, row));
  return { epoch: sight.epochOf(run), rows };
}

/** Gathers what other rooms know, as far as it is asked for; `undefined`: whoever asks may not know it. */
export type GatherFacts = (keys: ReadonlySet<FactKey>) => Promise<MetricFacts | undefined>;

export interface FilterQuestion {
  /** In the language of the filter. */
  readonly filter: string;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  readonly gather: GatherFacts;
}

export interface FindQuestion extends FilterQuestion {
  readonly limit: number;
}

/** Metrics that fit a filter, with their ancestors, parents before children. */
export async function find(sight: Sight, run: string, ask: FindQuestion): Promise<FindAnswer> {
  const { filter, looked, faults } = await understood(sight, ask);
  const { hits, ids } = await findAny(sight, filter.groups, { ...looked, limit: ask.limit });
  return {
    epoch: sight.epochOf(run),
    hits,
    rows: rowsDownTo(sight, ids),
    marks: wordsToMark(filter),
    faults,
  };
}

interface Understood {
  readonly filter: ParsedFilter;
  readonly looked: Looked;
  readonly faults: ParsedFilter["faults"];
}

const FORBIDDEN = "src:, addr:, client: and violations are for those who may read diagnostics";

/** A filter with what its tests look at. */
async function understood(
  { tree }: Sight,
  { filter: text, now, gather }: FilterQuestion,
): Promise<Understood> {
  const filter = parseFilter(text);
  const keys = factKeys(filter);
  const facts = keys.size === 0 ? NO_FACTS : await gather(keys);
  const looked = { tree, now, facts: facts ?? NO_FACTS };
  if (facts !== undefined) return { filter, looked, faults: filter.faults };
  const fault = { at: 0, length: text.length, says: FORBIDDEN };
  return { filter, looked, faults: [...filter.faults, fault] };
}

/** These rows with everything above them, parents before children, each once. */
export function rowsDownTo(sight: Sight, ids: readonly number[]): readonly TreeRow[] {
  const rows = new Map<number, TreeRow>();
  for (const row of ids.flatMap((id) => sight.tree.rows.lineage(id))) {
    if (!rows.has(row)) rows.set(row, treeRow(sight, row));
  }
  return [...rows.values()];
}

/** Which metrics a filter lets through, as far as it was understood. */
export async function filtered(sight: Sight, ask: FilterQuestion): Promise<Filtered> {
  const { filter, looked, faults } = await understood(sight, ask);
  const tests = filter.groups.map((terms) => groupTest(looked, terms));
  return {
    fits: (id) => tests.some((test) => test(id)),
    marks: wordsToMark(filter),
    faults,
  };
}

interface Filtered extends Pick<FindAnswer, "marks" | "faults"> {
  readonly fits: MetricTest;
}

/** One search for each group; what fits an earlier one is not counted again. */
async function findAny(
  sight: Sight,
  groups: readonly (readonly Term[])[],
  { limit, ...looked }: Looked & { readonly limit: number },
): Promise<{ readonly hits: number; readonly ids: readonly number[] }> {
  const { tree } = sight;
  const before: MetricTest[] = [];
  const ids: number[] = [];
  let hits = 0;
  for (const group of groups) {
    const words = group.flatMap(({ not, test }) =>
      !not && test.kind === "word" ? [test.text] : [],
    );
    const others = group.filter(({ not, test }) => not || test.kind !== "word");
    const fits = groupTest(looked, others);
    const earlier = [...before];
    const isSeen = (id: number): boolean =>
      sight.sees(id) && fits(id) && !earlier.some((test) => test(id));
    const isPlain = sight.seesAll && others.length === 0 && earlier.length === 0;
    const found = await tree.search(words.join(" "), limit, isPlain ? undefined : isSeen);
    hits += found.hits;
    ids.push(...found.ids.slice(0, limit - ids.length));
    before.push(groupTest(looked, group));
  }
  return { hits, ids };
}
