/** What a changed configuration would do to a running hub: to adapters, births, metrics, plain topics and those who read. */
import { isDeepStrictEqual } from "node:util";
import type { PlannedBirth } from "@unshub/adapter";
import { matchesFilter, type ClientSession } from "../broker/index.ts";
import type { AdapterEntry, HubConfig } from "../config/index.ts";
import { plannedBirths } from "../supervisor/index.ts";

interface AdapterChange {
  readonly adapter: string;
  /** Group and edge node. */
  readonly edgeNode: string;
  readonly change: "starts" | "stops" | "changes";
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
  readonly adapters: readonly AdapterChange[];
  readonly births: readonly BirthChange[];
  readonly metrics: readonly MetricChange[];
  /** Plain topics that will be cleared. */
  readonly topics: readonly string[];
  readonly clients: readonly ReadingClient[];
}

/** What runs, as far as a plan looks at it. */
export interface RunningView {
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
    (key) => !isDeepStrictEqual(before.get(key), after.get(key)),
  );
}

function withoutAdapters(config: HubConfig): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(config).filter(([key]) => key !== "adapters"));
}

/** `started`: as the hub was started; `running`: the adapters as they are now. */
export async function planOf(
  { started, running }: { readonly started: HubConfig; readonly running: readonly AdapterEntry[] },
  next: HubConfig,
  view: RunningView,
): Promise<ConfigurationPlan> {
  const found = [
    ...(await Promise.all(next.adapters.map((entry) => changeOf(same(running, entry), entry)))),
    ...(await Promise.all(
      running
        .filter((entry) => same(next.adapters, entry) === undefined)
        .map((entry) => changeOf(entry, undefined)),
    )),
  ];
  const births = found.flatMap((change) => change.births);
  const metrics = found.flatMap((change) => change.metrics);
  const topics = clearedTopics(births, metrics, view);
  return {
    sections: waitingSections(started, next),
    adapters: found.flatMap(({ adapter }) => adapter ?? []),
    births,
    metrics,
    topics,
    clients: readersOf(births, topics, view),
  };
}

/** The entry that goes on as this one: as the supervisor sees it. */
function same(entries: readonly AdapterEntry[], entry: AdapterEntry): AdapterEntry | undefined {
  return entries.find(
    ({ name, groupId, edgeNodeId }) =>
      name === entry.name && groupId === entry.groupId && edgeNodeId === entry.edgeNodeId,
  );
}

interface EntryChange {
  readonly adapter: AdapterChange | undefined;
  readonly births: readonly BirthChange[];
  readonly metrics: readonly MetricChange[];
}

const NO_CHANGE: EntryChange = { adapter: undefined, births: [], metrics: [] };

async function changeOf(
  before: AdapterEntry | undefined,
  after: AdapterEntry | undefined,
): Promise<EntryChange> {
  const entry = after ?? before;
  if (entry === undefined || isDeepStrictEqual(before, after)) return NO_CHANGE;
  const edgeNode = `${entry.groupId}/${entry.edgeNodeId}`;
  const change = before === undefined ? "starts" : after === undefined ? "stops" : "changes";
  const [old, young] = await Promise.all([birthsOf(before), birthsOf(after)]);
  const isNewThread = change === "changes" && !isSameThread(before, after);
  const devices = [...new Set([...old.keys(), ...young.keys()])];
  return {
    adapter: { adapter: entry.name, edgeNode, change },
    births: devices.flatMap((device) => {
      const kind = birthChange(old.get(device), young.get(device), isNewThread);
      return kind === undefined ? [] : [{ edgeNode, device, change: kind }];
    }),
    metrics: devices.flatMap((device) =>
      metricChanges(`${edgeNode}/${device}`, old.get(device), young.get(device)),
    ),
  };
}

async function birthsOf(
  entry: AdapterEntry | undefined,
): Promise<ReadonlyMap<string, PlannedBirth>> {
  const births = entry === undefined ? [] : await plannedBirths(entry);
  return new Map(births.map((birth) => [birth.deviceId, birth]));
}

/** A thread that is started anew has all its devices die and be born. */
function isSameThread(before: AdapterEntry | undefined, after: AdapterEntry | undefined): boolean {
  return (
    before?.protocol === after?.protocol && before?.memoryLimitBytes === after?.memoryLimitBytes
  );
}

function birthChange(
  before: PlannedBirth | undefined,
  after: PlannedBirth | undefined,
  isNewThread: boolean,
): BirthChange["change"] | undefined {
  if (before === undefined) return "born";
  if (after === undefined) return "dies";
  return isNewThread || !isDeepStrictEqual(before.basis, after.basis) ? "born anew" : undefined;
}

function metricChanges(
  device: string,
  before: PlannedBirth | undefined,
  after: PlannedBirth | undefined,
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

function datatypes(birth: PlannedBirth | undefined): ReadonlyMap<string, string | undefined> {
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
