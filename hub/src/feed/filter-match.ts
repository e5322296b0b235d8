/** Whether a metric fits a filter. What is cheap is looked at first: this runs for a million metrics. */
import type { MetricValue } from "@unshub/sparkplug";
import type { UnsTree } from "../tree/index.ts";
import type { Compare, Term, Test, WordKey } from "./filter-text.ts";

export type MetricTest = (id: number) => boolean;

/** What other rooms than the tree know of a metric. */
export interface MetricFacts {
  /** Name and protocol of the adapter that brings it; empty: none of ours. */
  sources(id: number): readonly string[];
  /** Where its adapter reads it. */
  address(id: number): string | undefined;
  /** The client that publishes it. */
  client(id: number): string | undefined;
  isRetained(id: number): boolean;
  /** How often its edge node broke a rule. */
  violations(id: number): number;
}

/** Where nobody says more. */
export const NO_FACTS: MetricFacts = {
  sources: () => [],
  address: () => undefined,
  client: () => undefined,
  isRetained: () => false,
  violations: () => 0,
};

/** What tests look at. */
export interface Looked {
  readonly tree: UnsTree;
  readonly facts: MetricFacts;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

/** Whether all terms hold for a metric. */
export function groupTest(looked: Looked, terms: readonly Term[]): MetricTest {
  const tests = terms.map(({ not, test }) => {
    const holds = testOf(looked, test);
    return { cost: COSTS[test.kind], holds: not ? (id: number) => !holds(id) : holds };
  });
  const ordered = tests.toSorted((a, b) => a.cost - b.cost).map(({ holds }) => holds);
  return (id) => ordered.every((holds) => holds(id));
}

const COSTS: Readonly<Record<Test["kind"], number>> = {
  age: 1,
  silent: 1,
  value: 2,
  regex: 3,
  is: 4,
  count: 4,
  wildcard: 5,
  exact: 6,
  word: 7,
};

function testOf(looked: Looked, test: Test): MetricTest {
  const { tree, now } = looked;
  const { rows, values } = tree;
  switch (test.kind) {
    case "word": {
      const text = test.text.toLowerCase();
      return (id) => tree.segments(id).join("/").toLowerCase().includes(text);
    }
    case "exact": {
      const text = `/${test.text}/`;
      return (id) => `/${tree.segments(id).join("/")}/`.includes(text);
    }
    case "regex":
      return (id) => test.regex.test(rows.name(id));
    case "wildcard":
      return (id) => fitsLevels(tree.segments(id), test.levels);
    case "is":
      return isTest(looked, test.key, test.values);
    case "silent":
      return (id) => tree.isSilent(id, now);
    case "count":
      return countTest(looked, test);
    case "value":
      return (id) => compares(values.value(id), test.compare, test.text);
    case "age":
      return (id) => {
        const at = values.timestamp(id);
        if (at === 0) return false;
        return test.compare === ">" ? now - at > test.ms : now - at < test.ms;
      };
  }
}

/** `+` is one level, `#` the rest. */
function fitsLevels(segments: readonly string[], levels: readonly string[]): boolean {
  for (const [at, level] of levels.entries()) {
    if (level === "#") return true;
    const segment = segments[at];
    if (segment === undefined || (level !== "+" && level !== segment)) return false;
  }
  return segments.length === levels.length;
}

function countTest(
  { tree, facts, now }: Looked,
  { key, compare, count }: Extract<Test, { kind: "count" }>,
): MetricTest {
  const of =
    key === "rate" ? (id: number) => tree.rate(id, now) : (id: number) => facts.violations(id);
  switch (compare) {
    case ">":
      return (id) => of(id) > count;
    case "<":
      return (id) => of(id) < count;
    case "=":
      return (id) => of(id) === count;
  }
}

function isTest(looked: Looked, key: WordKey, wanted: readonly string[]): MetricTest {
  const { values } = looked.tree;
  if (key === "q") {
    const qualities = new Set(wanted);
    return (id) => qualities.has(values.quality(id));
  }
  const patterns = wanted.map(globOf);
  const wordsOf = WORDS[key];
  return (id) => wordsOf(looked, id).some((word) => patterns.some((pattern) => pattern.test(word)));
}

/** What a metric is called by each key; empty: it has no such thing. */
const WORDS: Readonly<
  Record<Exclude<WordKey, "q">, (looked: Looked, id: number) => readonly string[]>
> = {
  type: ({ tree }, id) => known(tree.definitions.datatype(id)),
  alias: ({ tree }, id) => [String(tree.definitions.alias(id) ?? "")],
  writable: ({ tree }, id) => [yesOrNo(tree.definitions.isWritable(id))],
  unit: ({ tree }, id) => known(tree.info(id)?.unit),
  group: ({ tree }, id) => known(tree.segments(id)[0]),
  node: ({ tree }, id) => known(tree.segments(id)[1]),
  device: ({ tree }, id) => known(tree.info(id)?.deviceId),
  src: ({ facts }, id) => facts.sources(id),
  addr: ({ facts }, id) => known(facts.address(id)),
  client: ({ facts }, id) => known(facts.client(id)),
  retained: ({ facts }, id) => [yesOrNo(facts.isRetained(id))],
};

function known(word: string | undefined): readonly string[] {
  return word === undefined ? [] : [word];
}

function yesOrNo(holds: boolean): string {
  return holds ? "yes" : "no";
}

/** `gw-*`: any case, `*` is anything. */
function globOf(text: string): RegExp {
  const parts = text.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\/]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "iu");
}

function compares(value: MetricValue, compare: Compare, text: string): boolean {
  if (value === null) return compare === "=" && text === "null";
  if (typeof value === "object") return false; // bytes, tables and templates
  const number =
    typeof value === "boolean" || typeof value === "string" ? Number.NaN : Number(value);
  switch (compare) {
    case ">":
      return number > Number(text);
    case "<":
      return number < Number(text);
    case "=":
      return String(value) === text || number === Number(text);
    case "~":
      return String(value).toLowerCase().includes(text.toLowerCase());
  }
}
