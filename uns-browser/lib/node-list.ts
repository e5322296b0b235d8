/** Which edge nodes are listed, and in which order. The order is settled when somebody asks for it: rows never move by themselves. */
import { inOurLanguage } from "./hub-words.ts";
import { compareNames } from "./natural.ts";
import { isClockOff, twoClients, type Node } from "./nodes.ts";
import { texts } from "./texts.ts";

/** Columns that a list can be sorted by. */
export const SORTS = [
  "state",
  "name",
  "devices",
  "births",
  "deaths",
  "rebirths",
  "latency",
  "clock",
  "perSecond",
] as const;
export type NodeSort = (typeof SORTS)[number];

export const SHOWN_NODES = ["all", "trouble", "online", "offline", "unborn"] as const;
export type ShownNodes = (typeof SHOWN_NODES)[number];

/** What is wrong, the worst first; `null`: nothing. */
type NodeTrouble = "two clients" | "no birth" | "offline" | "not all devices" | "lost" | "clock";

const WORST_FIRST: readonly (NodeTrouble | null)[] = [
  "two clients",
  "no birth",
  "offline",
  "not all devices",
  "lost",
  "clock",
  null,
];

export function troubleOf(node: Node): NodeTrouble | null {
  const { state, counted } = node;
  if (twoClients(node) !== null) return "two clients";
  if (state === "unborn") return "no birth";
  if (state !== "online") return "offline";
  if (counted === null) return null;
  if (counted.devices.online < counted.devices.all) return "not all devices";
  if (counted.lost > 0) return "lost";
  return counted.clock !== null && isClockOff(counted.clock) ? "clock" : null;
}

/** Larger comes first, but for the name. */
const WEIGHTS: Readonly<Record<Exclude<NodeSort, "name">, (node: Node) => number>> = {
  state: (node) => -WORST_FIRST.indexOf(troubleOf(node)),
  devices: ({ counted }) => (counted === null ? -1 : counted.devices.all - counted.devices.online),
  births: ({ counted }) => counted?.births ?? -1,
  deaths: ({ counted }) => counted?.deaths ?? -1,
  rebirths: ({ counted }) => counted?.rebirths ?? -1,
  latency: ({ counted }) => counted?.clock?.delayMs ?? -1,
  clock: ({ counted }) => (counted?.clock ? Math.abs(counted.clock.aheadMs) : -1),
  perSecond: ({ counted }) => counted?.perSecond ?? -1,
};

/** Names in order: of the column what is most worth looking at first, and names where that is the same. */
export function sortedNames(nodes: readonly Node[], sort: NodeSort): readonly string[] {
  const byName = nodes.toSorted((a, b) => compareNames(a.name, b.name));
  const weigh = sort === "name" ? null : WEIGHTS[sort];
  const sorted =
    weigh === null
      ? byName
      : byName
          .map((node) => [node, weigh(node)] as const)
          .toSorted(([, a], [, b]) => b - a)
          .map(([node]) => node);
  return sorted.map(({ name }) => name);
}

/** In an order of names; those that came later stand at the end. */
export function inOrder(nodes: readonly Node[], names: readonly string[]): readonly Node[] {
  const places = new Map(names.map((name, at) => [name, at]));
  const placeOf = ({ name }: Node): number => places.get(name) ?? names.length;
  return nodes.toSorted((a, b) => placeOf(a) - placeOf(b) || compareNames(a.name, b.name));
}

/** Words that all have to be somewhere in what a line says, in the language of the page or as the hub says it. */
export function fitsNode(node: Node, text: string, which: ShownNodes): boolean {
  if (!isAmong(node, which)) return false;
  const { name, state, counted } = node;
  const told = [state, counted?.lastRebirth?.cause, counted?.lastEnd?.because].filter(
    (part) => typeof part === "string",
  );
  const shown = state === null ? "" : texts.nodes.states[state];
  const said = [name, shown, ...told, ...told.map(inOurLanguage)].join(" ").toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}

function isAmong(node: Node, which: ShownNodes): boolean {
  if (which === "all") return true;
  if (which === "trouble") return troubleOf(node) !== null;
  if (which === "offline") return node.state === "offline" || node.state === "last-known";
  return node.state === which;
}

/** What the address says of the list: `?state=trouble&f=gw&sort=rebirths`. */
export interface NodeListAddress {
  readonly which: ShownNodes;
  readonly text: string;
  readonly sort: NodeSort;
}

export function readNodeList(search: string): NodeListAddress {
  const given = new URLSearchParams(search);
  return {
    which: SHOWN_NODES.find((one) => one === given.get("state")) ?? "all",
    text: given.get("f") ?? "",
    sort: SORTS.find((one) => one === given.get("sort")) ?? "state",
  };
}

/** Other parameters stay. */
export function writeNodeList(search: string, { which, text, sort }: NodeListAddress): string {
  const given = new URLSearchParams(search);
  const put = (key: string, value: string, usual: string): void => {
    if (value === usual) given.delete(key);
    else given.set(key, value);
  };
  put("state", which, "all");
  put("f", text, "");
  put("sort", sort, "state");
  const written = given.toString().replaceAll("%2F", "/");
  return written === "" ? "" : `?${written}`;
}
