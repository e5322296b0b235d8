/** Which registers of a running device answer, as tags that could be written: for whoever makes them. */
import { AdapterError, type BrowseNode, type BrowseRequest } from "@unshub/adapter";
import { addressText, isBitTable, LAST_ADDRESS, type Table } from "./address.ts";
import { askOnce, type LookPlace } from "./look.ts";
import { exceptionText } from "./tools/exception-text.ts";
import { survey, type Surveyed } from "./tools/survey.ts";

/** What is looked at when nobody says. */
const USUAL = { table: "hr", first: 0, last: 199 } as const;
/** Registers, or bits, in one request: what most devices take. */
const BLOCK = 100;
/** Of one block: halving it down to its last address takes as many. */
const MOST_REQUESTS = 250;
/** Blocks in a row to which the device says nothing: it is not there, or has had enough. */
const MOST_UNANSWERED = 2;

interface Stretch {
  readonly table: Table;
  readonly first: number;
  readonly last: number;
}

/** `group`: in which the tags would be read. @throws {AdapterError} when the root is no range of registers. */
export async function* browseRegisters(
  place: LookPlace & { readonly group: string | undefined },
  { root, include, maxNodes }: BrowseRequest,
  signal: AbortSignal,
): AsyncGenerator<BrowseNode> {
  const wanted = stretchOf(root);
  if (include !== undefined) {
    throw new AdapterError("BAD_VALUE", "registers have no names; leave include out");
  }
  const { unit, group } = place;
  let left = maxNodes;
  let unanswered = 0;
  for (let first = wanted.first; first <= wanted.last; first += BLOCK) {
    const block = { ...wanted, first, last: Math.min(wanted.last, first + BLOCK - 1) };
    if (signal.aborted) return yield problem(block, wanted, "was not looked at: it took too long");
    const limits = { maxBlock: BLOCK, maxRequests: MOST_REQUESTS };
    const surveyed = await survey(
      { ask: (question) => askOnce(place, question) },
      { unit, ...block, ...limits, signal },
    );
    for (const node of nodesOf(surveyed, block, group)) {
      if (node.kind === "tag" && (left -= 1) < 0) {
        const because = `there are more than ${maxNodes} registers; the rest is left out`;
        return yield { kind: "problem", because };
      }
      yield node;
    }
    if (!surveyed.isWhole) return yield problem(block, wanted, "was not looked at any further");
    unanswered = surveyed.isThere ? 0 : unanswered + 1;
    const isHopeless = surveyed.isUnknownTable || unanswered === MOST_UNANSWERED;
    if (!isHopeless || block.last === wanted.last) continue;
    const rest = { ...block, first: block.last + 1 };
    return yield problem(rest, wanted, "was not looked at any further");
  }
}

/** From the beginning of `block` to the end of what is wanted. */
function problem({ first }: Stretch, { table, last }: Stretch, what: string): BrowseNode {
  return { kind: "problem", because: `${textOf({ table, first, last })} ${what}` };
}

const RANGE = /^(?<table>hr|ir|co|di)(?::(?<first>\d+)(?:(?:\.\.|-)(?<last>\d+))?)?$/i;
const TABLES: ReadonlyMap<string, Table> = new Map<string, Table>([
  ["hr", "hr"],
  ["ir", "ir"],
  ["co", "co"],
  ["di", "di"],
]);

function stretchOf(root: string | undefined): Stretch {
  if (root === undefined) return USUAL;
  const { table: name = "", first: from, last: to = from } = RANGE.exec(root.trim())?.groups ?? {};
  const table = TABLES.get(name.toLowerCase());
  const first = from === undefined ? USUAL.first : Number(from);
  const last = to === undefined ? USUAL.last : Number(to);
  if (table !== undefined && first <= last && last <= LAST_ADDRESS) return { table, first, last };
  const message = `root "${root}" is no range of registers; write e.g. hr:0..199, ir:100..120, co, addresses as in the PDU`;
  throw new AdapterError("BAD_VALUE", message);
}

function* nodesOf(
  { stretches }: Surveyed,
  { table }: Stretch,
  group: string | undefined,
): Generator<BrowseNode> {
  for (const { first, last, refusal } of stretches) {
    if (refusal === undefined) {
      for (let start = first; start <= last; start += 1) yield tagAt(table, start, group);
      continue;
    }
    const what = refusal === "silent" ? "no answer" : exceptionText(refusal);
    yield { kind: "problem", because: `${textOf({ table, first, last })}: ${what}` };
  }
}

function tagAt(table: Table, start: number, group: string | undefined): BrowseNode {
  const type = isBitTable(table) ? "bool" : "uint16";
  const at = addressText({ table, start });
  const fields = { name: `${table}${start}`, at, type, ...(group !== undefined && { group }) };
  return { kind: "tag", fields };
}

function textOf({ table, first, last }: Stretch): string {
  return first === last ? `${table}:${first}` : `${table}:${first}..${last}`;
}
