/** What a changed configuration would do to a running hub: to adapters, births, metrics, plain topics and those who read. */
import { isDeepStrictEqual } from "node:util";
import { matchesFilter, type ClientSession } from "../broker/index.ts";
import type { AdapterEntry, HubConfig } from "../config/index.ts";
import {
  comparedBirths,
  plannedBirths,
  type DeviceBirth,
  type ReloadPlan,
} from "../supervisor/index.ts";
import { namesSame, type SecretChange, type SecretPrints } from "./secrets.ts";

interface AdapterChange {
  readonly adapter: string;
  /** Group and edge node. */
  readonly edgeNode: string;
  /** `renamed`: it stops under the name it `was`, and starts under the new one. `held`, `released`: somebody stops or starts it. */
  readonly change: "starts" | "stops" | "changes" | "renamed" | "held" | "released";
  readonly was?: string;
}

/** Devices that stay, whose connection is closed and opened. */
interface ConnectionChange {
  readonly edgeNode: string;
  readonly devices: readonly string[];
}

interface BirthChange {
  readonly edgeNode: string;
  readonly device: string;
  readonly change: "born" | "born anew" | "dies";
}

interface MetricChange {
  /** Group, edge node, device and name. */
  readonly path: string;
  readonly change: "added" | "removed" | "retyped";
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** A client that reads what changes. */
interface ReadingClient {
  readonly clientId: string;
  readonly address: string;
  readonly isConnected: boolean;
  /** The filters that match. */
  readonly filters: readonly string[];
}

export interface ConfigurationPlan {
  /** Sections that take effect only when the hub starts. */
  readonly sections: readonly string[];
  /** Secrets that are others than when the hub started. */
  readonly secrets: readonly SecretChange[];
  readonly adapters: readonly AdapterChange[];
  readonly connections: readonly ConnectionChange[];
  readonly births: readonly BirthChange[];
  readonly metrics: readonly MetricChange[];
  /** Plain topics that will be cleared. */
  readonly topics: readonly string[];
  readonly clients: readonly ReadingClient[];
}

/** What runs, as far as a plan looks at it. */
export interface RunningView {
  /** What an adapter that runs would do with a changed entry, and with the files that it names as they are now. */
  reloadPlan(entry: AdapterEntry): Promise<ReloadPlan | undefined>;
  /** The plain topic of a metric by its path in the tree. */
  topicAt(path: string): string | undefined;
  sessions(): readonly Pick<
    ClientSession,
    "clientId" | "address" | "isConnected" | "subscriptions"
  >[];
}

/** Sections that differ and take effect only at the next start. */
export function waitingSections(running: HubConfig, next: HubConfig): readonly string[] {
  const [before, after] = [withoutAdapters(running), withoutAdapters(next)];
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) =>
      !isDeepStrictEqual(before.get(key), after.get(key)) ||
      !namesSame(before.get(key), after.get(key)),
  );
}

function withoutAdapters(config: HubConfig): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(config).filter(([key]) => key !== "adapters"));
}

/** A running hub: as it was started, and the adapters as they are now. */
interface Running {
  readonly started: HubConfig;
  readonly secrets: SecretPrints;
  readonly running: readonly AdapterEntry[];
}

export async function planOf(
  { started, secrets, running }: Running,
  next: HubConfig,
  view: RunningView,
): Promise<ConfigurationPlan> {
  const found = [
    ...(await Promise.all(
      next.adapters.map((entry) => changeOf(same(running, entry), entry, view)),
    )),
    ...(await Promise.all(
      running
        .filter((entry) => same(next.adapters, entry) === undefined)
        .map((entry) => changeOf(entry, undefined, view)),
    )),
  ];
  const births = found.flatMap((change) => change.births);
  const metrics = found.flatMap((change) => change.metrics);
  const topics = clearedTopics(births, metrics, view);
  return {
    sections: waitingSections(started, next),
    secrets: secrets.changedIn(next),
    adapters: found.flatMap(({ adapter }) => adapter ?? []),
    connections: found.flatMap(({ connection }) => connection ?? []),
    births,
    metrics,
    topics,
    clients: readersOf(births, topics, view),
  };
}

/** The entry that goes on as this one, under another name perhaps: an edge node is there once. */
function same(entries: readonly AdapterEntry[], entry: AdapterEntry): AdapterEntry | undefined {
  return entries.find(
    ({ groupId, edgeNodeId }) => groupId === entry.groupId && edgeNodeId === entry.edgeNodeId,
  );
}

interface EntryChange {
  readonly adapter: AdapterChange | undefined;
  readonly births: readonly BirthChange[];
  readonly metrics: readonly MetricChange[];
  readonly connection: ConnectionChange | undefined;
}

const NO_CHANGE: EntryChange = {
  adapter: undefined,
  births: [],
  metrics: [],
  connection: undefined,
};

async function changeOf(
  before: AdapterEntry | undefined,
  after: AdapterEntry | undefined,
  view: RunningView,
): Promise<EntryChange> {
  const entry = after ?? before;
  if (entry === undefined) return NO_CHANGE;
  const edgeNode = `${entry.groupId}/${entry.edgeNodeId}`;
  const plan = await reloadPlan(before, after, view);
  const births = birthChanges(edgeNode, plan);
  const metrics = isHeld(before, after) ? [] : metricsOf(edgeNode, plan);
  if (births.length === 0 && metrics.length === 0 && isDeepStrictEqual(before, after))
    return NO_CHANGE;
  const devices = plan.reconnected;
  return {
    adapter: { adapter: entry.name, edgeNode, ...kindOf(before, after) },
    births,
    metrics,
    connection: devices.length === 0 ? undefined : { edgeNode, devices },
  };
}

/** Who is stopped keeps its metrics in the tree, with their last values. */
function isHeld(before: AdapterEntry | undefined, after: AdapterEntry | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  return before.stopped !== undefined || after.stopped !== undefined;
}

function kindOf(
  before: AdapterEntry | undefined,
  after: AdapterEntry | undefined,
): Pick<AdapterChange, "change" | "was"> {
  if (before === undefined) return { change: "starts" };
  if (after === undefined) return { change: "stops" };
  if (before.name !== after.name) return { change: "renamed", was: before.name };
  if ((before.stopped === undefined) === (after.stopped === undefined))
    return { change: "changes" };
  return { change: after.stopped === undefined ? "released" : "held" };
}

const NOTHING: ReloadPlan = { before: [], after: [], reborn: [], reconnected: [] };

/** The adapter that runs knows what it was made from; files that it names may be others by now. */
async function reloadPlan(
  before: AdapterEntry | undefined,
  after: AdapterEntry | undefined,
  view: RunningView,
): Promise<ReloadPlan> {
  const told = before && after && (await view.reloadPlan(after));
  if (told !== undefined) return told;
  if (isDeepStrictEqual(before, after)) return NOTHING;
  const [old, young] = await Promise.all([birthsOf(before), birthsOf(after)]);
  return comparedBirths(old, young, !isSameThread(before, after));
}

/** None of one that is stopped. */
async function birthsOf(entry: AdapterEntry | undefined): ReturnType<typeof plannedBirths> {
  return entry === undefined || entry.stopped !== undefined ? [] : await plannedBirths(entry);
}

/** A thread that is started anew has all its devices die and be born. */
function isSameThread(before: AdapterEntry | undefined, after: AdapterEntry | undefined): boolean {
  return (
    before?.name === after?.name &&
    before?.protocol === after?.protocol &&
    before?.memoryLimitBytes === after?.memoryLimitBytes
  );
}

function birthChanges(
  edgeNode: string,
  { before, after, reborn }: ReloadPlan,
): readonly BirthChange[] {
  const [old, young, anew] = [devicesOf(before), devicesOf(after), new Set(reborn)];
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((device): BirthChange[] => {
    if (!old.has(device)) return [{ edgeNode, device, change: "born" }];
    if (!young.has(device)) return [{ edgeNode, device, change: "dies" }];
    return anew.has(device) ? [{ edgeNode, device, change: "born anew" }] : [];
  });
}

function metricsOf(edgeNode: string, { before, after }: ReloadPlan): readonly MetricChange[] {
  const [old, young] = [devicesOf(before), devicesOf(after)];
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((device) =>
    metricChanges(`${edgeNode}/${device}`, old.get(device), young.get(device)),
  );
}

function devicesOf(births: readonly DeviceBirth[]): ReadonlyMap<string, DeviceBirth> {
  return new Map(births.map((birth) => [birth.deviceId, birth]));
}

function metricChanges(
  device: string,
  before: DeviceBirth | undefined,
  after: DeviceBirth | undefined,
): readonly MetricChange[] {
  const [old, young] = [datatypes(before), datatypes(after)];
  const names = new Set([...old.keys(), ...young.keys()]);
  return [...names].flatMap((name): readonly MetricChange[] => {
    const types = { before: old.get(name), after: young.get(name) };
    const path = `${device}/${name}`;
    if (!old.has(name)) return [{ path, change: "added", after: types.after }];
    if (!young.has(name)) return [{ path, change: "removed", before: types.before }];
    const isKnown = types.before !== undefined && types.after !== undefined;
    return isKnown && types.before !== types.after ? [{ path, change: "retyped", ...types }] : [];
  });
}

function datatypes(birth: DeviceBirth | undefined): ReadonlyMap<string, string | undefined> {
  return new Map(birth?.metrics.map(({ name, datatype }) => [name, datatype]) ?? []);
}

/** Those of metrics that a new birth no longer names; a device that dies keeps its topics, with its last values. */
function clearedTopics(
  births: readonly BirthChange[],
  metrics: readonly MetricChange[],
  view: RunningView,
): readonly string[] {
  const reborn = births.filter(({ change }) => change === "born anew");
  const below = reborn.map(({ edgeNode, device }) => `${edgeNode}/${device}/`);
  return metrics.flatMap(({ path, change }) => {
    if (change !== "removed" || !below.some((start) => path.startsWith(start))) return [];
    return view.topicAt(path) ?? [];
  });
}

function readersOf(
  births: readonly BirthChange[],
  topics: readonly string[],
  view: RunningView,
): readonly ReadingClient[] {
  const read = [...births.flatMap(birthTopics), ...topics];
  return view.sessions().flatMap(({ clientId, address, isConnected, subscriptions }) => {
    const filters = subscriptions
      .map(({ filter }) => filter)
      .filter((filter) => read.some((topic) => matchesFilter(withoutShare(filter), topic)));
    return filters.length === 0 ? [] : [{ clientId, address, isConnected, filters }];
  });
}

function birthTopics({ edgeNode, device }: BirthChange): readonly string[] {
  const [group = "", node = ""] = edgeNode.split("/");
  return ["DBIRTH", "DDATA"].map((type) => `spBv1.0/${group}/${type}/${node}/${device}`);
}

function withoutShare(filter: string): string {
  return filter.replace(/^\$share\/[^/]+\//, "");
}
