/** Edge nodes and hosts: what several routes of the hub say of each, put together by its name. */
import { askHub, isRecord, type Answer, type SendLike } from "./hub-request.ts";
import { listOf, textOf } from "./json-parts.ts";
import { parseStripEvent, type StripEvent } from "./node-life.ts";
import type { Understood } from "./poll.ts";

/** One statement of the standard that was broken. */
interface Broken {
  readonly id: string;
  /** Of the rule of the guard. */
  readonly code: string;
  readonly count: number;
  readonly because: string;
}

/** A birth that the hub keeps; `device`: `null` for the edge node's own. */
interface Birth {
  readonly device: string | null;
  readonly metrics: number;
}

/** What one client, or the hub, asked of an edge node. */
interface Asking {
  readonly by: string;
  readonly cause: string | null;
  readonly passed: number;
  readonly held: number;
}

export interface Node {
  readonly kind: "edge node" | "host";
  /** `group/edge node`, or the host id. */
  readonly name: string;
  /** `unborn`: it was heard, and the tree has no birth of it; of hosts the hub does not say it. */
  readonly state: "online" | "offline" | "last-known" | "unborn" | null;
  readonly fine: number;
  readonly notSeen: number;
  readonly broken: readonly Broken[];
  readonly unadvised: readonly Broken[];
  readonly births: readonly Birth[];
  readonly askings: readonly Asking[];
  /** Milliseconds since 1970 UTC; `null`: not since the hub started. */
  readonly lastAt: number | null;
  /** `null` of hosts, and of edge nodes that were never born. */
  readonly counted: Counted | null;
  /** What a host said of itself last, and when by its own clock; `null`: nothing that is retained. */
  readonly said: { readonly isOnline: boolean; readonly at: number } | null;
}

/** What the hub tells of an edge node that it heard. Times are milliseconds since 1970 UTC, spans milliseconds. */
export interface Counted {
  readonly state: NonNullable<Node["state"]>;
  /** When its state changed; 0: before the hub started. */
  readonly since: number;
  /** Messages since the hub started; what `recent` counts by. */
  readonly heard: number;
  /** Since `countedSince`, as all counters; 0: since the hub started. */
  readonly lost: number;
  readonly births: number;
  readonly deaths: number;
  readonly rebirths: number;
  readonly countedSince: number;
  readonly lastRebirth: {
    readonly at: number;
    readonly by: string | null;
    readonly cause: string | null;
  } | null;
  readonly perSecond: number;
  readonly bdSeq: number | null;
  readonly seq: number | null;
  /** What was no data in order among its last messages. */
  readonly recent: readonly StripEvent[];
  readonly devices: { readonly online: number; readonly all: number };
  /** By how much its clock is ahead of the hub's, and how much later than the quickest its messages come. */
  readonly clock: { readonly aheadMs: number; readonly delayMs: number } | null;
  readonly day: readonly DayCell[];
  readonly lastEnd: { readonly at: number; readonly because: string } | null;
}

/** A quarter of an hour, by the worst that was. */
export type DayCell = "unknown" | "online" | "both" | "offline" | "trouble";

export interface Nodes {
  /** The hub's time. */
  readonly now: number;
  readonly nodes: readonly Node[];
  /** Whether the hub has more edge nodes than it told of. */
  readonly isCut: boolean;
}

/** Asks all routes that know something of edge nodes and hosts. */
export async function askNodes(send: SendLike): Promise<Understood<Nodes>> {
  const routes = ["conformance", "rebirths", "hosts"].map((route) =>
    askHub(send, "GET", `/api/v1/${route}`),
  );
  const answers = await Promise.all([
    askPages(send, { route: "nodes", key: "nodes", lastOf: nameIn }),
    askPages(send, { route: "certificates", key: "certificates", lastOf: idIn }),
    ...routes,
  ]);
  const failed = answers.find(isNotDone);
  if (failed !== undefined) return failed;
  const [counted, births, grades, rebirths, hosts] = answers.map((answer) =>
    answer.kind === "done" ? answer.value : null,
  );
  return { kind: "done", value: parseNodes({ grades, births, rebirths, counted, hosts }) };
}

interface Paged {
  readonly route: string;
  readonly key: string;
  /** By what the page after an entry is asked for. */
  readonly lastOf: (entry: Fields) => string;
}

/** Pages of a thousand: so many edge nodes a page of the browser can hold. */
const MOST_PAGES = 10;

/** The pages of a list as one answer; `more`: there are still others. */
async function askPages(send: SendLike, { route, key, lastOf }: Paged): Promise<Answer> {
  const entries: Fields[] = [];
  let more = true;
  for (let page = 0; more && page < MOST_PAGES; page += 1) {
    const last = entries.at(-1);
    const after = last === undefined ? "" : `?after=${encodeURIComponent(lastOf(last))}`;
    const answer = await askHub(send, "GET", `/api/v1/${route}${after}`);
    if (answer.kind !== "done") return answer;
    if (!isRecord(answer.value)) return answer;
    const found = listOf(answer.value[key]);
    entries.push(...found);
    more = answer.value["more"] === true && found.length > 0;
  }
  return { kind: "done", value: { [key]: entries, more } };
}

function nameIn(entry: Fields): string {
  return `${textOf(entry["group"]) ?? ""}/${textOf(entry["edgeNode"]) ?? ""}`;
}

function idIn(entry: Fields): string {
  return textOf(entry["id"]) ?? "";
}

function isNotDone(answer: Answer): answer is Exclude<Answer, { kind: "done" }> {
  return answer.kind !== "done";
}

/** Answers of the routes. */
interface Told {
  readonly grades: unknown;
  readonly births: unknown;
  readonly rebirths: unknown;
  readonly counted: unknown;
  readonly hosts: unknown;
}

/** `null` when it is something else. In the order of their names. */
export function parseNodes({ grades, births, rebirths, counted, hosts }: Told): Nodes | null {
  if (!isRecord(grades) || !isRecord(births) || !isRecord(rebirths) || !isRecord(counted))
    return null;
  const { now } = grades;
  if (typeof now !== "number") return null;
  const birthsOf = grouped(births["certificates"], parseBirth);
  const countedOf = new Map(listOf(counted["nodes"]).map(parseCounted));
  const askingsOf = grouped(rebirths["askings"], parseAsking);
  const saidOf = new Map(isRecord(hosts) ? listOf(hosts["hosts"]).map(parseSaid) : []);
  const known = new Map(listOf(grades["grades"]).flatMap(parseGrade));
  for (const name of [...countedOf.keys(), ...birthsOf.keys()]) learn(known, "edge node", name);
  for (const name of saidOf.keys()) learn(known, "host", name);
  const nodes = [...known.values()].map((node) => {
    const { kind, name } = node;
    if (kind === "host") return { ...node, said: saidOf.get(name) ?? null };
    const found = countedOf.get(name) ?? null;
    const [own, askings] = [birthsOf.get(name) ?? [], askingsOf.get(name) ?? []];
    return { ...node, state: found?.state ?? "unborn", births: own, askings, counted: found };
  });
  const isCut = counted["more"] === true;
  return { now, nodes: nodes.toSorted((a, b) => a.name.localeCompare(b.name)), isCut };
}

/** An edge node or host of which nothing is graded. */
function learn(known: Map<string, Node>, kind: Node["kind"], name: string): void {
  const key = `${kind} ${name}`;
  if (!known.has(key)) known.set(key, { ...UNGRADED, kind, name });
}

/** One sentence often breaks several statements: said once, with all of them. */
export function bySentence(list: readonly Broken[]): readonly {
  readonly because: string;
  readonly count: number;
  readonly ids: readonly string[];
}[] {
  const groups = new Map<string, readonly Broken[]>();
  for (const broken of list) {
    groups.set(broken.because, [...(groups.get(broken.because) ?? []), broken]);
  }
  return [...groups].map(([because, same]) => ({
    because,
    count: Math.max(...same.map(({ count }) => count)),
    ids: same.map(({ id }) => id),
  }));
}

const UNGRADED: Omit<Node, "kind" | "name"> = {
  state: null,
  fine: 0,
  notSeen: 0,
  broken: [],
  unadvised: [],
  births: [],
  askings: [],
  lastAt: null,
  counted: null,
  said: null,
};

/** Clients that are neither edge node nor host have no line here. */
function parseGrade(value: Fields): readonly (readonly [key: string, node: Node])[] {
  const { kind, name, lastAt } = value;
  if ((kind !== "edge node" && kind !== "host") || typeof name !== "string") return [];
  const node: Node = {
    ...UNGRADED,
    kind,
    name,
    fine: lengthOf(value["fine"]),
    notSeen: lengthOf(value["notSeen"]),
    broken: listOf(value["broken"]).map(parseBroken),
    unadvised: listOf(value["unadvised"]).map(parseBroken),
    lastAt: typeof lastAt === "number" ? lastAt : null,
  };
  return [[`${kind} ${name}`, node]];
}

type Fields = Readonly<Record<string, unknown>>;

function parseBroken(value: Fields): Broken {
  return {
    id: textOf(value["id"]) ?? "",
    code: textOf(value["code"]) ?? "",
    count: numberOf(value["count"]),
    because: textOf(value["because"]) ?? "",
  };
}

function parseBirth(value: Fields): readonly [node: string, birth: Birth] {
  const node = `${textOf(value["group"]) ?? ""}/${textOf(value["edgeNode"]) ?? ""}`;
  return [node, { device: textOf(value["device"]), metrics: numberOf(value["metrics"]) }];
}

function parseCounted(value: Fields): readonly [node: string, counted: Counted] {
  const node = `${textOf(value["group"]) ?? ""}/${textOf(value["edgeNode"]) ?? ""}`;
  const { clock, day, lastEnd, lastRebirth } = value;
  const [own, devices] = [fieldsOf(value["own"]), fieldsOf(value["devices"])];
  return [
    node,
    {
      state: STATES.find((one) => one === value["state"]) ?? "last-known",
      since: numberOf(value["since"]),
      heard: numberOf(value["heard"]),
      lost: numberOf(value["lost"]),
      births: numberOf(own["births"]),
      deaths: numberOf(own["deaths"]),
      rebirths: numberOf(value["rebirths"]),
      countedSince: numberOf(value["countedSince"]),
      lastRebirth: isRecord(lastRebirth) ? parseRebirth(lastRebirth) : null,
      perSecond: numberOf(value["perSecond"]),
      bdSeq: knownNumber(value["bdSeq"]),
      seq: knownNumber(value["seq"]),
      recent: listOf(value["recent"]).flatMap((json) => parseStripEvent(json) ?? []),
      devices: { online: numberOf(devices["online"]), all: numberOf(devices["all"]) },
      clock: isRecord(clock)
        ? { aheadMs: numberOf(clock["aheadMs"]), delayMs: numberOf(clock["delayMs"]) }
        : null,
      day: Array.isArray(day) ? day.map(dayCell) : [],
      lastEnd: isRecord(lastEnd)
        ? { at: numberOf(lastEnd["at"]), because: textOf(lastEnd["because"]) ?? "" }
        : null,
    },
  ];
}

const STATES = ["online", "offline", "last-known"] as const;

function parseRebirth(value: Fields): NonNullable<Counted["lastRebirth"]> {
  return { at: numberOf(value["at"]), by: textOf(value["by"]), cause: textOf(value["cause"]) };
}

function parseSaid(value: Fields): readonly [host: string, said: NonNullable<Node["said"]>] {
  const said = { isOnline: value["online"] === true, at: numberOf(value["timestamp"]) };
  return [textOf(value["hostId"]) ?? "", said];
}

/** The rule that two clients speak for one edge node. */
const TWO_CLIENTS = "S08";

/** The sentence that two clients speak for one edge node, if they do: the most common cause of rebirth storms. */
export function twoClients({ broken }: Pick<Node, "broken">): string | null {
  return broken.find(({ code }) => code === TWO_CLIENTS)?.because ?? null;
}

/** 1 online, 2 offline, 4 trouble, or their sum. */
function dayCell(marks: unknown): DayCell {
  const mark = numberOf(marks);
  if ((mark & 4) !== 0) return "trouble";
  return (["unknown", "online", "offline", "both"] as const)[mark & 3] ?? "unknown";
}

/** By how much a clock may differ before it is worth a colour. */
const CLOCK_IS_OFF_FROM_MS = 2000;

export function isClockOff({ aheadMs }: { readonly aheadMs: number }): boolean {
  return Math.abs(aheadMs) >= CLOCK_IS_OFF_FROM_MS;
}

function parseAsking(value: Fields): readonly [node: string, asking: Asking] {
  return [
    textOf(value["edgeNode"]) ?? "",
    {
      by: textOf(value["clientId"]) ?? textOf(value["hostId"]) ?? "",
      cause: textOf(value["cause"]),
      passed: numberOf(value["passed"]),
      held: numberOf(value["held"]),
    },
  ];
}

function grouped<T>(
  values: unknown,
  parse: (value: Fields) => readonly [node: string, one: T],
): ReadonlyMap<string, readonly T[]> {
  const byNode = new Map<string, readonly T[]>();
  for (const value of listOf(values)) {
    const [node, one] = parse(value);
    byNode.set(node, [...(byNode.get(node) ?? []), one]);
  }
  return byNode;
}

function lengthOf(values: unknown): number {
  return Array.isArray(values) ? values.length : 0;
}

function numberOf(value: unknown): number {
  return knownNumber(value) ?? 0;
}

function knownNumber(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}
