/**
 * Grants: what a principal may do in the plant, in the words of the field. They compile to rights over topics, which are
 * asked for each topic once and then kept by the broker.
 */
import { matches, covers, filterFault } from "./filter.ts";

/** A part of the plant: a group, an edge node, a device; `+` stands for any. */
export interface Part {
  readonly group: string;
  readonly edgeNode?: string | undefined;
  readonly device?: string | undefined;
}

/** One grant. */
export type Grant =
  /** To be this edge node; with `devices`, these devices of it and no others. */
  | {
      readonly kind: "node";
      readonly group: string;
      readonly edgeNode: string;
      readonly devices?: readonly string[] | undefined;
    }
  /** To be this host application. */
  | { readonly kind: "host"; readonly hostId: string }
  /** To see births, data and deaths of a part, and its certificates. */
  | { readonly kind: "read"; readonly part: Part }
  /** To command a part; `metrics` are patterns of names in which `*` stands for anything. */
  | {
      readonly kind: "command";
      readonly part: Part;
      readonly metrics?: readonly string[] | undefined;
    }
  /** To ask for births of a part and nothing else. */
  | { readonly kind: "rebirth"; readonly part: Part }
  /** Plain topics, as MQTT filters; `%u` and `%c` stand for the name of the principal and the client identifier. */
  | { readonly kind: "publish" | "subscribe"; readonly filter: string }
  /** `$SYS/#` and what the hub says of itself. */
  | { readonly kind: "system" };

/** A message on its way in. */
export interface PublishAttempt {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly isWill: boolean;
}

/** Whose rights they are, for `%u` and `%c`. */
export interface Bearer {
  readonly name: string;
  readonly clientId: string;
}

interface PublishRight {
  readonly filter: string;
  /** Why a message that fits the filter is refused all the same; `undefined` when it is not. */
  readonly fault?: (attempt: PublishAttempt) => string | undefined;
}

/** What commands may name. `undefined`: any metric. */
interface CommandRight {
  readonly filter: string;
  readonly metrics: readonly RegExp[] | undefined;
}

/** Rights over topics, compiled for one client. */
export interface Rights {
  /** Why this may not be published; `undefined` when it may. */
  publishFault(attempt: PublishAttempt): string | undefined;
  /** Whether everything that the filter matches may be seen. `$share/{name}/` is cut off before. */
  maySubscribe(filter: string): boolean;
  /** Whether messages on this topic may be seen: also those that were queued before a right was taken away. */
  mayReceive(topic: string): boolean;
  /** Whether a command on this topic may name this metric; `undefined`: whatever it is. */
  mayCommand(topic: string, metric: string | undefined): boolean;
}

/** Of the hub itself, and of anybody where `identity.anonymous` is `full`. */
export const EVERYTHING: Rights = {
  publishFault: () => undefined,
  maySubscribe: () => true,
  mayReceive: () => true,
  mayCommand: () => true,
};

/** Of anybody where `identity.anonymous` is `read`. */
export const READING: Rights = {
  ...EVERYTHING,
  publishFault: () => "identity.anonymous is read: nobody may write",
  mayCommand: () => false,
};

/** Of somebody whom nobody let in. */
export const NOTHING: Rights = {
  publishFault: () => "nobody knows who this is",
  maySubscribe: () => false,
  mayReceive: () => false,
  mayCommand: () => false,
};

const SPARKPLUG = "spBv1.0";
const NODE_TYPES = ["NBIRTH", "NDATA"] as const;
const DEVICE_TYPES = ["DBIRTH", "DDATA", "DDEATH"] as const;
const REBIRTH = [/^Node Control\/Rebirth$/];

/** The rights that `grants` give to `bearer`. Nothing else is allowed. */
export function compileGrants(grants: readonly Grant[], bearer: Bearer): Rights {
  const publish = grants.flatMap((grant) => publishRights(grant, bearer));
  const subscribe = grants.flatMap((grant) => subscribeFilters(grant, bearer));
  const commands = grants.flatMap(commandRights);
  return {
    publishFault: (attempt) => {
      const fitting = publish.filter(({ filter }) => matches(filter, attempt.topic));
      if (fitting.length === 0) return "no grant allows to publish there";
      const faults = fitting.map(({ fault }) => fault?.(attempt));
      return faults.includes(undefined) ? undefined : faults[0];
    },
    maySubscribe: (filter) => subscribe.some((allowed) => covers(allowed, filter)),
    mayReceive: (topic) => subscribe.some((allowed) => matches(allowed, topic)),
    mayCommand: (topic, metric) =>
      commands.some(
        ({ filter, metrics }) =>
          matches(filter, topic) &&
          (metrics === undefined ||
            (metric !== undefined && metrics.some((pattern) => pattern.test(metric)))),
      ),
  };
}

/** Why a grant cannot be given; `undefined` when it can. */
export function grantFault(grant: Grant): string | undefined {
  switch (grant.kind) {
    case "publish":
    case "subscribe":
      return plainFault(grant.filter);
    case "node":
      return [grant.group, grant.edgeNode, ...(grant.devices ?? [])].map(idFault).find(isText);
    case "host":
      return idFault(grant.hostId);
    case "read":
    case "command":
    case "rebirth":
      return partFault(grant.part);
    case "system":
      return undefined;
  }
}

/** Plain filters are for plain topics: Sparkplug's have grants of their own, and the hub's own are nobody's. */
function plainFault(filter: string): string | undefined {
  const fault = filterFault(filter);
  if (fault !== undefined) return `"${filter}" ${fault}`;
  const [first = ""] = filter.split("/");
  if (first === SPARKPLUG) {
    return `"${filter}": topics of Sparkplug are granted by node, host, read, command and rebirth`;
  }
  if (first === "#" || first === "+") {
    return `"${filter}" begins with a wildcard and would reach Sparkplug's topics; name the first level`;
  }
  if (first.startsWith("$")) return `"${filter}": topics that begin with $ are the hub's own`;
  return undefined;
}

function partFault({ group, edgeNode, device }: Part): string | undefined {
  if (device !== undefined && edgeNode === undefined) return "a device needs its edge node";
  return [group, edgeNode, device]
    .filter(isText)
    .filter((id) => id !== "+")
    .map(idFault)
    .find(isText);
}

function idFault(id: string): string | undefined {
  return id === "" || /[+#/]/.test(id) || /\p{Cc}/u.test(id)
    ? `"${id}" cannot be part of a topic`
    : undefined;
}

function isText(value: string | undefined): value is string {
  return value !== undefined;
}

function publishRights(grant: Grant, bearer: Bearer): readonly PublishRight[] {
  switch (grant.kind) {
    case "node":
      return nodeRights(grant);
    case "host":
      return [{ filter: `${SPARKPLUG}/STATE/${grant.hostId}`, fault: stateFault }];
    case "command":
      return commandFilters(grant.part).map((filter) => ({ filter, fault: commandFault }));
    case "rebirth":
      return nodeCommandFilters(grant.part).map((filter) => ({ filter, fault: commandFault }));
    case "publish":
      return plain(grant.filter, bearer).map((filter) => ({ filter }));
    case "read":
    case "subscribe":
    case "system":
      return [];
  }
}

function nodeRights({
  group,
  edgeNode,
  devices,
}: Extract<Grant, { kind: "node" }>): readonly PublishRight[] {
  const ofDevices = devices ?? ["+"];
  return [
    ...NODE_TYPES.map((type) => ({
      filter: `${SPARKPLUG}/${group}/${type}/${edgeNode}`,
      fault: dataFault,
    })),
    { filter: `${SPARKPLUG}/${group}/NDEATH/${edgeNode}`, fault: deathFault },
    ...DEVICE_TYPES.flatMap((type) =>
      ofDevices.map((device) => ({
        filter: `${SPARKPLUG}/${group}/${type}/${edgeNode}/${device}`,
        fault: dataFault,
      })),
    ),
  ];
}

/** [tck-id-topics-nbirth-mqtt] and its like: nothing of an edge node is retained, and only its death is a Will. */
function dataFault({ retain, isWill }: PublishAttempt): string | undefined {
  if (isWill) return "the Will of an edge node is its NDEATH and nothing else";
  return retain ? "nothing of an edge node is retained" : undefined;
}

function deathFault({ retain, isWill, qos }: PublishAttempt): string | undefined {
  if (retain) return "an NDEATH is not retained";
  return isWill && qos !== 1 ? "the Will of an edge node has QoS 1" : undefined;
}

function stateFault({ retain, qos }: PublishAttempt): string | undefined {
  return retain && qos === 1 ? undefined : "STATE is retained and has QoS 1";
}

function commandFault({ retain, isWill }: PublishAttempt): string | undefined {
  if (isWill) return "a Will commands nothing";
  return retain ? "commands are not retained" : undefined;
}

function subscribeFilters(grant: Grant, bearer: Bearer): readonly string[] {
  switch (grant.kind) {
    case "node": {
      const { group, edgeNode } = grant;
      return [
        `${SPARKPLUG}/${group}/NCMD/${edgeNode}/#`,
        `${SPARKPLUG}/${group}/NCMD/${edgeNode}`,
        `${SPARKPLUG}/${group}/DCMD/${edgeNode}/#`,
        `${SPARKPLUG}/${group}/NDEATH/${edgeNode}`,
        `${SPARKPLUG}/STATE/+`,
      ];
    }
    case "host":
      return [`${SPARKPLUG}/STATE/#`];
    case "read":
      return readFilters(grant.part);
    case "subscribe":
      return plain(grant.filter, bearer);
    case "system":
      return ["$SYS/#", "$UNS/findings/#"];
    case "command":
    case "rebirth":
    case "publish":
      return [];
  }
}

/** Everything below a group stands behind the type of its messages, so a part is several filters. */
function readFilters({ group, edgeNode, device }: Part): readonly string[] {
  const prefixes = [SPARKPLUG, `$sparkplug/certificates/${SPARKPLUG}`];
  const live = ["$UNS/certificates/sparkplug", "$UNS/certificates/json"];
  const events = `$UNS/events/${group}/${edgeNode ?? "+"}/${device ?? "+"}`;
  if (edgeNode === undefined && device === undefined) {
    return [...prefixes, ...live, "$UNS/events"].map((prefix) => `${prefix}/${group}/#`);
  }
  const node = edgeNode ?? "+";
  const ofNode = ["NBIRTH", "NDATA", "NDEATH"].map((type) => `${group}/${type}/${node}`);
  const ofDevice = DEVICE_TYPES.map((type) => `${group}/${type}/${node}/${device ?? "+"}`);
  const topics = device === undefined ? [...ofNode, ...ofDevice] : ofDevice;
  const bySparkplug = [...prefixes, ...live].flatMap((prefix) =>
    topics.map((topic) => `${prefix}/${topic}`),
  );
  return [...bySparkplug, events];
}

function commandRights(grant: Grant): readonly CommandRight[] {
  if (grant.kind === "rebirth") {
    return nodeCommandFilters(grant.part).map((filter) => ({ filter, metrics: REBIRTH }));
  }
  if (grant.kind !== "command") return [];
  const metrics = grant.metrics?.map(patternOf);
  return commandFilters(grant.part).map((filter) => ({ filter, metrics }));
}

function commandFilters(part: Part): readonly string[] {
  const { group, edgeNode = "+", device } = part;
  const ofDevice = `${SPARKPLUG}/${group}/DCMD/${edgeNode}/${device ?? "+"}`;
  return device === undefined ? [...nodeCommandFilters(part), ofDevice] : [ofDevice];
}

function nodeCommandFilters({ group, edgeNode = "+" }: Part): readonly string[] {
  return [`${SPARKPLUG}/${group}/NCMD/${edgeNode}`];
}

/** `*` stands for anything; everything else for itself. */
function patternOf(pattern: string): RegExp {
  const escaped = pattern.split("*").map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`, "su");
}

/**
 * `%u` and `%c` filled in; nothing when what stands there could change the filter, or is a client identifier that somebody
 * else could have: those who choose theirs freely have no `%c`.
 */
function plain(filter: string, { name, clientId }: Bearer): readonly string[] {
  if (filter.includes("%u") && !isPlainLevel(name)) return [];
  const isOwn = clientId === name || clientId.startsWith(`${name}-`);
  if (filter.includes("%c") && !(isOwn && isPlainLevel(clientId))) return [];
  return [filter.replaceAll(/%[uc]/g, (word) => (word === "%u" ? name : clientId))];
}

function isPlainLevel(text: string): boolean {
  return text !== "" && !/[+#/\0]/.test(text);
}
