/** Edge nodes and hosts: what several routes of the hub say of each, put together by its name. */
import { askHub, isRecord, type Answer, type SendLike } from "./hub-request.ts";
import { parseChildren } from "./messages.ts";
import type { Understood } from "./poll.ts";

/** One statement of the standard that was broken. */
interface Broken {
  readonly id: string;
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
  /** What was counted of an edge node since the hub started; `null` of hosts and of those that were not heard. */
  readonly counted: Counted | null;
}

/** Milliseconds. */
export interface Counted {
  readonly lost: number;
  readonly bdSeq: number | null;
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
}

const CHILDREN = "/api/ns/children?limit=500";

/** Asks all routes that know something of edge nodes. */
export async function askNodes(send: SendLike): Promise<Understood<Nodes>> {
  const routes = [
    "/api/v1/conformance",
    "/api/v1/certificates",
    "/api/v1/rebirths",
    "/api/v1/nodes",
    CHILDREN,
  ];
  const answers = await Promise.all(routes.map((url) => askHub(send, "GET", url)));
  const failed = answers.find(isNotDone);
  if (failed !== undefined) return failed;
  const [grades, births, rebirths, counted, groups] = answers.map((answer) =>
    answer.kind === "done" ? answer.value : null,
  );
  const states = new Map<string, Node["state"]>();
  const rows = parseChildren(groups)?.rows ?? [];
  await Promise.all(
    rows.map(async ({ id, name }) => {
      const answer = await askHub(send, "GET", `${CHILDREN}&id=${id}`);
      const nodes = answer.kind === "done" ? parseChildren(answer.value)?.rows : undefined;
      for (const node of nodes ?? []) states.set(`${name}/${node.name}`, node.state ?? null);
    }),
  );
  return { kind: "done", value: parseNodes({ grades, births, rebirths, counted, states }) };
}

function isNotDone(answer: Answer): answer is Exclude<Answer, { kind: "done" }> {
  return answer.kind !== "done";
}

interface Told {
  readonly grades: unknown;
  readonly births: unknown;
  readonly rebirths: unknown;
  readonly counted: unknown;
  /** Of edge nodes in the tree, by `group/edge node`. */
  readonly states: ReadonlyMap<string, Node["state"]>;
}

/** `null` when it is something else. In the order of their names. */
export function parseNodes({ grades, births, rebirths, counted, states }: Told): Nodes | null {
  if (!isRecord(grades) || !isRecord(births) || !isRecord(rebirths)) return null;
  const { now } = grades;
  if (typeof now !== "number") return null;
  const birthsOf = grouped(births["certificates"], parseBirth);
  const countedOf = new Map(isRecord(counted) ? listOf(counted["nodes"]).map(parseCounted) : []);
  const askingsOf = grouped(rebirths["askings"], parseAsking);
  const graded = new Map(listOf(grades["grades"]).flatMap(parseGrade));
  for (const name of [...states.keys(), ...birthsOf.keys()]) {
    if (!graded.has(`edge node ${name}`)) graded.set(`edge node ${name}`, ungraded(name));
  }
  const nodes = [...graded.values()].map((node) =>
    node.kind === "host"
      ? node
      : {
          ...node,
          state: states.get(node.name) ?? "unborn",
          births: birthsOf.get(node.name) ?? [],
          askings: askingsOf.get(node.name) ?? [],
          counted: countedOf.get(node.name) ?? null,
        },
  );
  return { now, nodes: nodes.toSorted((a, b) => a.name.localeCompare(b.name)) };
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

function ungraded(name: string): Node {
  const none = { fine: 0, notSeen: 0, broken: [], unadvised: [], births: [], askings: [] };
  const [state, lastAt, counted] = [null, null, null];
  return { kind: "edge node", name, state, lastAt, counted, ...none };
}

/** Clients that are neither edge node nor host have no line here. */
function parseGrade(value: Fields): readonly (readonly [key: string, node: Node])[] {
  const { kind, name, lastAt } = value;
  if ((kind !== "edge node" && kind !== "host") || typeof name !== "string") return [];
  const node: Node = {
    kind,
    name,
    state: null,
    fine: lengthOf(value["fine"]),
    notSeen: lengthOf(value["notSeen"]),
    broken: listOf(value["broken"]).map(parseBroken),
    unadvised: listOf(value["unadvised"]).map(parseBroken),
    births: [],
    askings: [],
    lastAt: typeof lastAt === "number" ? lastAt : null,
    counted: null,
  };
  return [[`${kind} ${name}`, node]];
}

type Fields = Readonly<Record<string, unknown>>;

function parseBroken(value: Fields): Broken {
  return {
    id: textOf(value["id"]) ?? "",
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
  const { devices, clock, day, lastEnd, bdSeq } = value;
  return [
    node,
    {
      lost: numberOf(value["lost"]),
      bdSeq: typeof bdSeq === "number" ? bdSeq : null,
      devices: isRecord(devices)
        ? { online: numberOf(devices["online"]), all: numberOf(devices["all"]) }
        : { online: 0, all: 0 },
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

function listOf(values: unknown): readonly Fields[] {
  return Array.isArray(values) ? values.filter(isRecord) : [];
}

function lengthOf(values: unknown): number {
  return Array.isArray(values) ? values.length : 0;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
