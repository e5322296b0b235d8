/**
 * What the hub says, in the language of the page. The hub has one language for programs and people, English, and its
 * sentences have names and measured values in them; the page knows each by its form, `seq is {}, expected {}`, and puts
 * what stands in the gaps into its own. What it does not know stays English, and is marked so.
 *
 * Gaps: `{}` is taken over as it is, `{#}` is one word of that kind, `{*}` is something that the hub says, too. In the
 * translation `{1}` is the first gap. `test/uns-browser/hub-words.test.ts` holds the forms against the sources of the hub.
 */
import { languageShown } from "./language.ts";

/** Translations by form. */
export type Forms = Readonly<Record<string, string>>;

type Gap = "{}" | "{#}" | "{*}";

interface Form {
  /** What stands before, between and behind the gaps: one more than those. */
  readonly literals: readonly string[];
  readonly gaps: readonly Gap[];
  readonly translation: string;
  /** It has so few words of its own that it is only meant where something in it is known. */
  readonly isWeak: boolean;
}

export type Translate = (said: string) => string;

/** Sentences that stand in sentences that stand in sentences. */
const DEEPEST = 5;
/** Letters that a form with sentences in it has of its own, or it is weak. */
const FEW_LETTERS = 8;
/** Longer ones are no sentences. */
const LONGEST = 5000;
/** Translations that are kept: pages ask for the same ones every few seconds. */
const MOST_KEPT = 10_000;
/** Pairs of first and last letters whose forms are kept. */
const MOST_ENDS = 1000;

/** `said` may have several lines, and a capital and a full stop that the form does not have. */
export function createTranslate(translations: Forms): Translate {
  const dictionary = read(translations);
  const kept = new Map<string, string>();
  return (said) => {
    if (said.length > LONGEST) return said;
    const before = kept.get(said);
    if (before !== undefined) return before;
    const reading = new Reading(dictionary);
    const lines = said.split("\n").map((line) => reading.line(line, 0));
    const translated = lines.join("\n");
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(said, translated);
    return translated;
  };
}

/** One text while it is translated. */
class Reading {
  readonly #dictionary: Dictionary;
  /** Each part is looked at once, in however many ways the whole may be taken apart. */
  readonly #lines = new Map<string, string>();

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /** @param depth how many sentences this one stands in */
  line(said: string, depth: number): string {
    const before = this.#lines.get(said);
    if (before !== undefined) return before;
    const line = this.#read(said, depth);
    this.#lines.set(said, line);
    return line;
  }

  #read(said: string, depth: number): string {
    const text = said.trim();
    if (text === "" || depth > DEEPEST) return said;
    const found = this.#known(text, depth);
    if (found !== undefined) return found;
    const open = text.endsWith(".") ? this.#known(text.slice(0, -1), depth) : undefined;
    if (open === undefined) return said;
    return /[。！？：]$/.test(open) ? open : `${open}。`;
  }

  /** A sentence at the start of a page has a capital that the same has not in the middle of another one. */
  #known(text: string, depth: number): string | undefined {
    const { whole } = this.#dictionary;
    const lower = `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
    return (
      whole.get(text) ??
      whole.get(lower) ??
      this.#filled(text, depth) ??
      (lower === text ? undefined : this.#filled(lower, depth))
    );
  }

  #filled(text: string, depth: number): string | undefined {
    for (const form of formsFor(text, this.#dictionary)) {
      const parts = partsOf(text, form);
      if (parts === undefined) continue;
      const texts = parts.map((part, at) =>
        form.gaps[at] === "{*}" ? this.line(part, depth + 1) : part,
      );
      if (form.isWeak && texts.every((one, at) => one === parts[at])) continue;
      return filledIn(form.translation, texts);
    }
    return undefined;
  }
}

/** Between Chinese and other letters stands a space. */
function filledIn(translation: string, texts: readonly string[]): string {
  return translation.replaceAll(/\{(\d)\}/g, (_gap, number: string, at: number) => {
    const text = texts[Number(number) - 1] ?? "";
    const left = touch(translation.charAt(at - 1), text.charAt(0)) ? " " : "";
    const right = touch(translation.charAt(at + 3), text.at(-1) ?? "") ? " " : "";
    return `${left}${text}${right}`;
  });
}

function touch(chinese: string, other: string): boolean {
  return /\p{Script=Han}/u.test(chinese) && /[\p{Script=Latin}\d]/u.test(other);
}

interface Dictionary {
  readonly whole: ReadonlyMap<string, string>;
  /** Those that name the most first: the more of a sentence a form names, the surer it is. */
  readonly withGaps: readonly Form[];
  /** Those of them that may fit a text by its first and its last letter. */
  readonly byEnds: Map<string, readonly Form[]>;
}

function formsFor(text: string, { withGaps, byEnds }: Dictionary): readonly Form[] {
  const [first, last] = [text.charAt(0), text.at(-1) ?? ""];
  const before = byEnds.get(first + last);
  if (before !== undefined) return before;
  const forms = withGaps.filter(({ literals: [start = "", ...others] }) => {
    const end = others.at(-1) ?? "";
    return (start === "" || start.startsWith(first)) && (end === "" || end.endsWith(last));
  });
  if (byEnds.size >= MOST_ENDS) byEnds.clear();
  byEnds.set(first + last, forms);
  return forms;
}

function read(translations: Forms): Dictionary {
  const whole = new Map<string, string>();
  const withGaps: (Form & { readonly length: number })[] = [];
  for (const [form, translation] of Object.entries(translations)) {
    const parts = form.split(/(\{[#*]?\})/);
    const literals = parts.filter((_part, at) => at % 2 === 0);
    const gaps = parts.filter((part): part is Gap => /^\{[#*]?\}$/.test(part));
    if (gaps.length === 0) whole.set(form, translation);
    else {
      const own = literals.join("");
      const isWeak = gaps.includes("{*}") && own.replaceAll(/\P{L}/gu, "").length < FEW_LETTERS;
      withGaps.push({ literals, gaps, translation, isWeak, length: own.length });
    }
  }
  return {
    whole,
    withGaps: withGaps.toSorted((a, b) => b.length - a.length),
    byEnds: new Map(),
  };
}

/**
 * What stands in the gaps; `undefined` when it is not of this form. Each part between gaps is looked for once, from the
 * left, so that no name that somebody has thought out makes it slow.
 */
function partsOf(said: string, { literals, gaps }: Form): readonly string[] | undefined {
  const [first = "", ...others] = literals;
  if (!said.startsWith(first) || !said.endsWith(others.at(-1) ?? "")) return undefined;
  const parts: string[] = [];
  let from = first.length;
  for (const [at, literal] of others.entries()) {
    const isLast = at === others.length - 1;
    const to = isLast ? said.length - literal.length : said.indexOf(literal, from);
    if (to < from) return undefined;
    const part = said.slice(from, to);
    if (gaps[at] === "{#}" && !/^\S+$/.test(part)) return undefined;
    parts.push(part);
    from = to + literal.length;
  }
  return parts;
}

const asItIs: Translate = (said) => said;
let translate = asItIs;
let loading: Promise<void> | undefined;

/** What the hub has said, in the language of the page. */
export function inOurLanguage(said: string): string {
  return translate(said);
}

/** Resolves when the hub can be understood, or when that must wait for the next time. English is understood at once. */
export async function learnHubWords(): Promise<void> {
  if (languageShown() === "en" || translate !== asItIs) return;
  loading ??= load();
  await loading;
}

async function load(): Promise<void> {
  try {
    const { HUB_WORDS } = await import("./hub-zh/index.ts");
    translate = createTranslate(HUB_WORDS);
  } catch {
    loading = undefined; // the hub was away; the next answer tries again
  }
}

/** Whether a text on this page is in another language than the page; a word alone is a name. */
export function isForeign(text: string): boolean {
  if (languageShown() === "en" || /\p{Script=Han}/u.test(text)) return false;
  return hasTwoWords(text);
}

const IN_A_WORD = /\p{Ll}{2}/u;

/** Each part is looked at once, however somebody has thought out the name in it. */
export function hasTwoWords(text: string): boolean {
  const first = text.search(IN_A_WORD);
  if (first < 0) return false;
  const rest = text.slice(first);
  const space = rest.search(/\s/);
  return space >= 0 && IN_A_WORD.test(rest.slice(space));
}
