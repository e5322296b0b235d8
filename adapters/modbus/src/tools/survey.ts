/**
 * Finds which registers of a table answer: asks for long blocks, halves what is refused until the border is found. Never
 * asks more often than it may.
 */
import { isBitTable, type Table } from "../address.ts";
import type { Asker } from "./asker.ts";

/** Who asks: a connection of its own, or one that polls. */
type Asking = Pick<Asker, "ask">;

/** Neighbours to which the device answers alike. */
interface Stretch {
  readonly first: number;
  readonly last: number;
  /** Registers as they came, two bytes each; bits packed for each read and so left out. */
  readonly data?: Uint8Array;
  /** The exception, or nothing at all; left out: they can be read. */
  readonly refusal?: number | "silent";
}

/** What shall be looked at. */
export interface SurveyWish {
  readonly unit: number;
  readonly table: Table;
  readonly first: number;
  readonly last: number;
  /** Most registers or bits in one request. */
  readonly maxBlock: number;
  /** Most requests of this survey. */
  readonly maxRequests: number;
  /** Ends it between two requests. */
  readonly signal?: AbortSignal;
}

/** What came of it. */
export interface Surveyed {
  readonly stretches: readonly Stretch[];
  /** The unit said something, be it no; what a gateway says of a unit that it does not reach is not the unit's. */
  readonly isThere: boolean;
  /** It was not cut short. */
  readonly isWhole: boolean;
  /** The unit does not know this kind of register, wherever they begin. */
  readonly isUnknownTable: boolean;
}

const ILLEGAL_FUNCTION = 1;
const GATEWAY_PATH = 10;
const GATEWAY_SILENT = 11;
/** So many unanswered requests in a row: the unit is not there, or has had enough. */
const MOST_SILENT = 2;

/** Whether a gateway says that it does not reach the unit. */
function isFromGateway(refusal: Stretch["refusal"]): boolean {
  return refusal === GATEWAY_PATH || refusal === GATEWAY_SILENT;
}

function isOver(left: number, silent: number, { signal }: SurveyWish): boolean {
  return left === 0 || silent === MOST_SILENT || signal?.aborted === true;
}

/** Looks at one table of one unit. */
export async function survey(asker: Asking, wish: SurveyWish): Promise<Surveyed> {
  const found: Stretch[] = [];
  const waiting: (readonly [first: number, last: number])[] = blocks(wish);
  let silent = 0;
  let isWhole = true;
  let isThere = false;
  let left = wish.maxRequests;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (isOver(left, silent, wish)) {
      isWhole = false;
      break;
    }
    left -= 1;
    const [first, last] = next;
    const stretch = await look(asker, wish, next);
    silent = stretch.refusal === "silent" ? silent + 1 : 0;
    isThere ||= stretch.refusal !== "silent" && !isFromGateway(stretch.refusal);
    // Of the whole table or unit: smaller requests would get the same.
    if (stretch.refusal === ILLEGAL_FUNCTION || isFromGateway(stretch.refusal)) {
      found.push({ ...stretch, last: wish.last });
      break;
    }
    const isDone = stretch.refusal === undefined || stretch.refusal === "silent" || first === last;
    if (isDone) found.push(stretch);
    else waiting.unshift(...halves(first, last));
  }
  const isUnknownTable = found.at(-1)?.refusal === ILLEGAL_FUNCTION;
  return { stretches: joined(found, wish.table), isThere, isWhole, isUnknownTable };
}

function blocks({ first, last, maxBlock }: SurveyWish): (readonly [number, number])[] {
  const count = Math.ceil((last - first + 1) / maxBlock);
  return Array.from({ length: count }, (_, index) => [
    first + index * maxBlock,
    Math.min(last, first + (index + 1) * maxBlock - 1),
  ]);
}

/** At an even distance from the beginning: some devices refuse one half of a value of two registers. */
function halves(first: number, last: number): readonly (readonly [number, number])[] {
  const count = last - first + 1;
  const half = count <= 2 ? 1 : 2 * Math.ceil(count / 4);
  return [
    [first, first + half - 1],
    [first + half, last],
  ];
}

async function look(
  asker: Asking,
  { unit, table }: SurveyWish,
  [first, last]: readonly [number, number],
): Promise<Stretch> {
  const answer = await asker.ask({ unit, table, start: first, count: last - first + 1 });
  switch (answer.kind) {
    case "data":
      return { first, last, data: answer.data };
    case "exception":
      return { first, last, refusal: answer.code };
    case "silent":
      return { first, last, refusal: "silent" };
  }
}

/** Neighbours with the same answer become one. */
function joined(found: readonly Stretch[], table: Table): readonly Stretch[] {
  const all: Stretch[] = [];
  for (const stretch of found.toSorted((a, b) => a.first - b.first)) {
    const before = all.at(-1);
    const isNext = before?.last === stretch.first - 1 && before.refusal === stretch.refusal;
    const { data, ...rest } = stretch;
    const plain = isBitTable(table) || data === undefined ? rest : stretch;
    if (before === undefined || !isNext) all.push(plain);
    else all.splice(-1, 1, joinedPair(before, plain));
  }
  return all;
}

function joinedPair(a: Stretch, b: Stretch): Stretch {
  const { data: dataA, ...rest } = a;
  if (dataA === undefined || b.data === undefined) return { ...rest, last: b.last };
  const data = new Uint8Array(dataA.length + b.data.length);
  data.set(dataA);
  data.set(b.data, dataA.length);
  return { ...rest, last: b.last, data };
}
