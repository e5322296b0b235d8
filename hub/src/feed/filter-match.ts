/** Whether a metric fits a filter. What is cheap is looked at first: this runs for a million metrics. */
import type { MetricValue } from "@unshub/sparkplug";
import type { UnsTree } from "../tree/index.ts";
import type { Compare, Term, Test, WordKey } from "./filter-text.ts";

export type MetricTest = (id: number) => boolean;

/** Whether all terms hold for a metric. `now`: milliseconds since 1970 UTC. */
export function groupTest(tree: UnsTree, terms: readonly Term[], now: number): MetricTest {
  const tests = terms.map(({ not, test }) => {
    const holds = testOf(tree, test, now);
    return { cost: COSTS[test.kind], holds: not ? (id: number) => !holds(id) : holds };
  });
  const ordered = tests.toSorted((a, b) => a.cost - b.cost).map(({ holds }) => holds);
  return (id) => ordered.every((holds) => holds(id));
}

const COSTS: Readonly<Record<Test["kind"], number>> = {
  age: 1,
  value: 2,
  regex: 3,
  is: 4,
  wildcard: 5,
  exact: 6,
  word: 7,
};

function testOf(tree: UnsTree, test: Test, now: number): MetricTest {
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
      return isTest(tree, test.key, test.values);
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

function isTest(tree: UnsTree, key: WordKey, wanted: readonly string[]): MetricTest {
  const { definitions, values } = tree;
  if (key === "q") {
    const qualities = new Set(wanted);
    return (id) => qualities.has(values.quality(id));
  }
  const patterns = wanted.map(globOf);
  const fits = (text: string | undefined): boolean =>
    text !== undefined && patterns.some((pattern) => pattern.test(text));
  switch (key) {
    case "type":
      return (id) => fits(definitions.datatype(id));
    case "alias":
      return (id) => fits(String(definitions.alias(id) ?? ""));
    case "writable":
      return (id) => fits(definitions.isWritable(id) ? "yes" : "no");
    case "unit":
      return (id) => fits(tree.info(id)?.unit);
    case "group":
      return (id) => fits(tree.segments(id)[0]);
    case "node":
      return (id) => fits(tree.segments(id)[1]);
    case "device":
      return (id) => fits(tree.info(id)?.deviceId);
  }
}

/** `gw-*`: any case, `*` is anything. */
function globOf(text: string): RegExp {
  const parts = text.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\/-]/g, "\\$&"));
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
