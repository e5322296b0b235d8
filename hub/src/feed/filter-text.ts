/**
 * The language of the filter: words, exact parts, patterns of names and paths, and what a metric is, all of which must
 * hold; `-` in front turns one round, `|` between two groups means either. What cannot be understood is a fault with its
 * place, and the rest holds all the same.
 */

/** One thing that must hold, or must not. */
export interface Term {
  readonly not: boolean;
  readonly test: Test;
}

export type Test =
  /** Part of the path, any case. */
  | { readonly kind: "word"; readonly text: string }
  /** Whole parts of the path, as they are. */
  | { readonly kind: "exact"; readonly text: string }
  /** The name of the metric. */
  | { readonly kind: "regex"; readonly regex: RegExp }
  /** MQTT wildcards over the whole path. */
  | { readonly kind: "wildcard"; readonly levels: readonly string[] }
  /** One of several words for a property. */
  | { readonly kind: "is"; readonly key: WordKey; readonly values: readonly string[] }
  | { readonly kind: "value"; readonly compare: Compare; readonly text: string }
  /** Milliseconds since the source said it. */
  | { readonly kind: "age"; readonly compare: ">" | "<"; readonly ms: number }
  /** Values a second; rules broken by its edge node. */
  | {
      readonly kind: "count";
      readonly key: CountKey;
      readonly compare: ">" | "<" | "=";
      readonly count: number;
    }
  /** It usually speaks every so often, and has not for long. */
  | { readonly kind: "silent" };

type CountKey = "rate" | "violations";

export type Compare = ">" | "<" | "=" | "~";

export type WordKey = keyof typeof WORD_KEYS;

/** What may stand before a colon; `q` and `type` with the words that they take, others take any pattern with `*`. */
const WORD_KEYS = {
  q: ["good", "bad", "stale", "offline", "uncertain", "none", "last-known"],
  type: undefined,
  unit: undefined,
  group: undefined,
  node: undefined,
  device: undefined,
  alias: undefined,
  /** The adapter that brings it, by its name or its protocol. */
  src: undefined,
  /** Where its adapter reads it. */
  addr: undefined,
  /** Who publishes it. */
  client: undefined,
  writable: ["yes", "no"],
  /** Whether a message of its plain topic is kept for who subscribes. */
  retained: ["yes", "no"],
} as const satisfies Record<string, readonly string[] | undefined>;

interface FilterFault {
  /** Where it stands in the text, in UTF-16 units. */
  readonly at: number;
  readonly length: number;
  readonly says: string;
}

export interface ParsedFilter {
  /** Any of these; in each of them all must hold. */
  readonly groups: readonly (readonly Term[])[];
  readonly faults: readonly FilterFault[];
}

const UNITS = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);
/** Regular expressions run over every name: longer ones are nobody's by hand. */
const MOST_REGEX = 200;
const MOST_TERMS = 30;

export function parseFilter(text: string): ParsedFilter {
  const groups: Term[][] = [[]];
  const faults: FilterFault[] = [];
  for (const { text: token, at } of tokensOf(text).slice(0, MOST_TERMS)) {
    if (token === "|") {
      groups.push([]);
      continue;
    }
    const term = readTerm(token);
    if ("fault" in term) faults.push({ at, length: token.length, says: term.fault });
    else groups.at(-1)?.push(term);
  }
  const filled = groups.filter((group) => group.length > 0);
  return { groups: filled.length === 0 ? [[]] : filled, faults };
}

interface Token {
  readonly text: string;
  readonly at: number;
}

/** Parted by white space, but not inside quotes. */
function tokensOf(text: string): readonly Token[] {
  return Array.from(text.matchAll(/-?"[^"]*"?|[^\s"]+(?:"[^"]*"?)?/g), (found) => ({
    text: found[0],
    at: found.index,
  }));
}

type Read = Term | { readonly fault: string };

function readTerm(token: string): Read {
  const not = token.length > 1 && token.startsWith("-");
  const test = readTest(not ? token.slice(1) : token);
  return "fault" in test ? test : { not, test };
}

type ReadTest = Test | { readonly fault: string };

function readTest(text: string): ReadTest {
  if (text.startsWith('"')) return readExact(text);
  if (text.length > 2 && /^\/.*\/$/.test(text)) return readRegex(text.slice(1, -1));
  const levels = text.split("/");
  if (levels.length > 1 && levels.some((level) => level === "+" || level === "#"))
    return readWildcard(levels);
  return text === "silent" ? { kind: "silent" } : (readKeyed(text) ?? { kind: "word", text });
}

function readExact(text: string): ReadTest {
  const inner = text.replace(/^"/, "").replace(/"$/, "");
  return inner === ""
    ? { fault: "nothing stands between the quotes" }
    : { kind: "exact", text: inner };
}

function readRegex(source: string): ReadTest {
  if (source.length > MOST_REGEX)
    return { fault: `a pattern has at most ${MOST_REGEX} characters` };
  if (isSlow(source)) return { fault: "repetition inside a repetition takes too long" };
  try {
    return { kind: "regex", regex: new RegExp(source, "u") };
  } catch {
    return { fault: "this is no regular expression" };
  }
}

/** `(a+)+` and its like may take for ever on one name. */
function isSlow(source: string): boolean {
  return /\([^)]*[+*{][^)]*\)\s*[+*{]/.test(source) || /\\[1-9]/.test(source);
}

function readWildcard(levels: readonly string[]): ReadTest {
  const hash = levels.indexOf("#");
  if (hash >= 0 && hash < levels.length - 1) return { fault: "# may only stand at the end" };
  return { kind: "wildcard", levels };
}

/** `undefined`: it has no key, it is a word. */
function readKeyed(text: string): ReadTest | undefined {
  const compared = /^(?<key>[a-z]+)(?<compare>[><=~])(?<value>.*)$/s.exec(text)?.groups;
  if (compared !== undefined) return readCompared(compared);
  const [, key, value] = /^([a-z]+):(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) return undefined;
  if (!isWordKey(key)) return { fault: unknownKey(key) };
  const values = value.split(",").filter((one) => one !== "");
  if (values.length === 0) return { fault: `${key}: needs a word behind the colon` };
  const known: readonly string[] | undefined = WORD_KEYS[key];
  const wrong = known === undefined ? undefined : values.find((one) => !known.includes(one));
  if (wrong !== undefined)
    return { fault: `${key}: is one of ${known?.join(", ")}, not "${wrong}"` };
  return { kind: "is", key, values };
}

function isWordKey(key: string): key is WordKey {
  return Object.hasOwn(WORD_KEYS, key);
}

function unknownKey(key: string): string {
  return `"${key}:" is not known; known are ${Object.keys(WORD_KEYS).join(", ")}, value, age, changed, rate, violations and silent`;
}

function readCompared(parts: Readonly<Record<string, string>>): ReadTest | undefined {
  const { key, compare, value = "" } = parts;
  if (!isCompare(compare)) return undefined;
  if (key === "value") return readValue(compare, value);
  if (key === "rate" || key === "violations") return readCount(key, compare, value);
  return key === "age" || key === "changed" ? readAge(key, compare, value) : undefined;
}

function isCompare(text: string | undefined): text is Compare {
  return text === ">" || text === "<" || text === "=" || text === "~";
}

function readAge(key: string, compare: Compare, text: string): ReadTest {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS.get(unit ?? "") ?? Number.NaN);
  if (compare === "=" || compare === "~" || Number.isNaN(ms))
    return { fault: `write ${key}>5m or ${key}<10s` };
  return { kind: "age", compare, ms };
}

function readCount(key: CountKey, compare: Compare, text: string): ReadTest {
  const count = text === "" ? Number.NaN : Number(text);
  return compare === "~" || !(count >= 0)
    ? { fault: `write ${key}>5 or ${key}<1` }
    : { kind: "count", key, compare, count };
}

function readValue(compare: Compare, text: string): ReadTest {
  if (text === "") return { fault: `value${compare} needs something to compare with` };
  if ((compare === ">" || compare === "<") && Number.isNaN(Number(text)))
    return { fault: `value${compare} needs a number` };
  return { kind: "value", compare, text };
}

/** What is asked of other rooms than the tree. */
export type FactKey = "src" | "addr" | "client" | "retained" | "violations";

const FACT_KEYS: ReadonlySet<string> = new Set<FactKey>([
  "src",
  "addr",
  "client",
  "retained",
  "violations",
]);

function isFactKey(key: string): key is FactKey {
  return FACT_KEYS.has(key);
}

/** Which of these a filter needs. */
export function factKeys({ groups }: ParsedFilter): ReadonlySet<FactKey> {
  const keys = groups.flat().flatMap(({ test }) => ("key" in test ? [test.key] : []));
  return new Set(keys.filter(isFactKey));
}

/** What of the filter may be marked where it stands in a name. */
export function wordsToMark({ groups }: ParsedFilter): readonly string[] {
  const words = groups.flat().flatMap(({ not, test }) => {
    if (not) return [];
    return test.kind === "word" || test.kind === "exact" ? [test.text] : [];
  });
  return [...new Set(words)];
}
