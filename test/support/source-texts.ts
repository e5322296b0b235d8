/** The texts that stand in a source of TypeScript, as they would be looked up: `seq is {}, expected {}`. */

export interface SourceText {
  /** What is put in is `{}`; parts that are joined by `+` are one text. */
  readonly text: string;
  /** The source before it. */
  readonly before: string;
}

interface Read {
  readonly end: number;
  readonly found: readonly SourceText[];
}

/** All string and template literals, those inside of templates too; none of comments. */
export function textsIn(source: string): readonly SourceText[] {
  return readCode(source, 0, false).found;
}

/** A regular expression may begin where a value may. */
const BEFORE_VALUE = /(?:^|[(,=:[!&|?{};]|\breturn)\s*$/;

/** `isInTemplate`: up to the brace that closes a gap. */
function readCode(source: string, start: number, isInTemplate: boolean): Read {
  const found: SourceText[] = [];
  let depth = 0;
  let at = start;
  while (at < source.length) {
    const sign = source.charAt(at);
    if (/["'`]/.test(sign)) {
      const read = readJoined(source, at);
      found.push(...read.found);
      at = read.end;
      continue;
    }
    if (sign === "}" && isInTemplate && depth === 0) return { end: at + 1, found };
    if (sign === "{") depth += 1;
    if (sign === "}") depth -= 1;
    at = sign === "/" ? afterSlash(source, at) : at + 1;
  }
  return { end: at, found };
}

/** A comment, a regular expression, or a division. */
function afterSlash(source: string, at: number): number {
  const isPattern = BEFORE_VALUE.test(source.slice(Math.max(0, at - 20), at));
  switch (source.charAt(at + 1)) {
    case "/":
      return orEnd(source, source.indexOf("\n", at));
    case "*":
      return source.indexOf("*/", at) + 2;
    default:
      return isPattern ? afterPattern(source, at) : at + 1;
  }
}

function orEnd(source: string, at: number): number {
  return at < 0 ? source.length : at;
}

/** `"one " + "two"` */
function readJoined(source: string, start: number): Read {
  const first = readLiteral(source, start);
  const inside = [...first.inside];
  let { text, end } = first;
  for (;;) {
    const next = /^\s*\+\s*(?=["'`])/.exec(source.slice(end, end + 200));
    if (next === null) break;
    const read = readLiteral(source, end + next[0].length);
    text += read.text;
    inside.push(...read.inside);
    ({ end } = read);
  }
  const before = source.slice(Math.max(0, start - 80), start);
  return { end, found: [...inside, { text, before }] };
}

interface Literal {
  readonly text: string;
  readonly end: number;
  readonly inside: readonly SourceText[];
}

function readLiteral(source: string, start: number): Literal {
  const quote = source.charAt(start);
  const inside: SourceText[] = [];
  let text = "";
  let at = start + 1;
  while (at < source.length && source.charAt(at) !== quote) {
    if (quote === "`" && source.startsWith("${", at)) {
      const gap = readCode(source, at + 2, true);
      inside.push(...gap.found);
      text += "{}";
      at = gap.end;
      continue;
    }
    const isEscaped = source.charAt(at) === "\\";
    const sign = source.charAt(isEscaped ? at + 1 : at);
    text += isEscaped && sign === "n" ? "\n" : sign;
    at += isEscaped ? 2 : 1;
  }
  return { text, end: at + 1, inside };
}

/** Behind `/…/`; a class may hold a slash. */
function afterPattern(source: string, start: number): number {
  let isClass = false;
  let at = start + 1;
  while (at < source.length && (isClass || source.charAt(at) !== "/")) {
    const sign = source.charAt(at);
    if (sign === "[") isClass = true;
    if (sign === "]") isClass = false;
    at += sign === "\\" ? 2 : 1;
  }
  return at + 1;
}
