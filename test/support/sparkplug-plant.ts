/** One edge node, one host and one or two servers in simulated time, with everything that passed, decoded. */
import assert from "node:assert/strict";
import {
  decodePayload,
  deviceTopic,
  EdgeNodeSession,
  encodePayload,
  HostSession,
  nodeTopic,
  readTopic,
  stateMessage,
  type BornMetric,
  type DeviceMessageType,
  type EdgeNodeSessionOptions,
  type HostListener,
  type HostSessionOptions,
  type MetricReading,
  type MetricToSend,
  type NodeMessageType,
  type Payload,
  type SparkplugMessage,
} from "@unshub/sparkplug";
import { SimulatedNetwork, type Passed } from "./sparkplug-network.ts";
import { SimulatedTime } from "./sparkplug-time.ts";

export const START_MS = 1_700_000_000_000;
export const NODE = { groupId: "Plant1", edgeNodeId: "gw" };
export const HOST = "scada";

/** A message of an edge node or a command, decoded. */
export interface Seen extends Omit<Passed, "payload"> {
  readonly type: string;
  readonly deviceId: string | undefined;
  readonly decoded: Payload;
}

export class Plant {
  readonly time = new SimulatedTime();
  readonly network = new SimulatedNetwork(this.time, () => 0.5);
  readonly skew = { ms: 0 };
  readonly told: { readonly event: string; readonly args: readonly unknown[] }[] = [];

  edge(options: Partial<EdgeNodeSessionOptions> = {}): EdgeNodeSession {
    const session = new EdgeNodeSession({
      ...NODE,
      clientId: "edge",
      connector: this.network.connector,
      clock: this.time.clock(this.skew),
      random: () => 0.5,
      servers: ["a"],
      lastBdSeq: undefined,
      saveBdSeq: () => undefined,
      onWrite: (command) => this.told.push({ event: "write", args: [command] }),
      onNodeWrite: (write) => this.told.push({ event: "nodeWrite", args: [write] }),
      onRefused: (_topic, because) => this.told.push({ event: "refused", args: [because] }),
      onEvent: (event) => this.told.push({ event: event.kind, args: [event] }),
      ...options,
    });
    session.start();
    this.time.run(100);
    return session;
  }

  host(options: Partial<HostSessionOptions> = {}): HostSession {
    const session = new HostSession({
      hostId: HOST,
      clientId: "host",
      connector: this.network.connector,
      clock: this.time.clock(),
      random: () => 0.5,
      servers: ["a"],
      listener: this.listener(),
      onMisused: (server, because) => this.told.push({ event: "misused", args: [server, because] }),
      ...options,
    });
    session.start();
    this.time.run(100);
    return session;
  }

  /** A listener that keeps all it hears. */
  listener(): HostListener {
    const keep =
      (event: string) =>
      (...args: readonly unknown[]): void => {
        this.told.push({ event, args });
      };
    return {
      nodeBorn: keep("nodeBorn"),
      deviceBorn: keep("deviceBorn"),
      lastKnown: keep("lastKnown"),
      valuesChanged: keep("valuesChanged"),
      historical: keep("historical"),
      deviceDied: keep("deviceDied"),
      nodeDied: keep("nodeDied"),
      stale: keep("stale"),
      rebirthRequested: keep("rebirthRequested"),
      hostState: keep("hostState"),
      faulty: keep("faulty"),
    };
  }

  /** What was told under this name, the arguments only. */
  heard(event: string): readonly (readonly unknown[])[] {
    return this.told.filter((each) => each.event === event).map(({ args }) => args);
  }

  /** Somebody else publishes. */
  say(message: SparkplugMessage, server = "a"): void {
    this.network.server(server).publish("somebody", message);
    this.time.run(100);
  }

  hostSays(online: boolean, timestamp: number, server = "a"): void {
    this.say(stateMessage(HOST, { online, timestamp }), server);
  }

  /** Everything of edge nodes and all commands that passed, Wills too. */
  get seen(): readonly Seen[] {
    return this.network.passed.flatMap((passed) => {
      const found = readTopic(passed.topic);
      if (found.kind !== "sparkplug" || found.topic.kind === "state") return [];
      const { type } = found.topic;
      const deviceId = found.topic.kind === "device" ? found.topic.deviceId : undefined;
      const decoded = decodePayload(passed.payload);
      return [{ ...passed, type, deviceId, decoded }];
    });
  }

  of(type: string): readonly Seen[] {
    return this.seen.filter((each) => each.type === type);
  }

  /** STATE messages as text, with how they were sent. */
  get states(): readonly (Passed & { readonly text: string })[] {
    return this.network.passed
      .filter(({ topic }) => topic.includes("STATE/"))
      .map((passed) => ({ ...passed, text: Buffer.from(passed.payload).toString() }));
  }

  /** The only connection of a client at a server. */
  connection(clientId: string, server = "a") {
    const found = [...this.network.server(server).connections].find(
      (each) => each.request.clientId === clientId,
    );
    if (found === undefined) throw new Error(`${clientId} is not connected to ${server}`);
    return found;
  }
}

export function metric(name: string, value: number, more: Partial<BornMetric> = {}): BornMetric {
  const timestamp = START_MS - 100;
  return { name, value, quality: "good", timestamp, datatype: "Int32", writable: false, ...more };
}

export function reading(name: string, value: number, timestamp: number = START_MS): MetricReading {
  return { name, value, quality: "good", timestamp };
}

export const EDGE_TOPICS: Readonly<Record<string, string>> = {
  NBIRTH: "spBv1.0/Plant1/NBIRTH/gw",
  NDATA: "spBv1.0/Plant1/NDATA/gw",
  NDEATH: "spBv1.0/Plant1/NDEATH/gw",
  DBIRTH: "spBv1.0/Plant1/DBIRTH/gw/press",
  DDATA: "spBv1.0/Plant1/DDATA/gw/press",
  DDEATH: "spBv1.0/Plant1/DDEATH/gw/press",
};

/** A plant in which an edge node has said one of everything, and left. */
export async function fullLife(): Promise<Plant> {
  const plant = new Plant();
  const edge = plant.edge({ metrics: [metric("load", 1)] });
  edge.node.born("press", [metric("n", 1), metric("m", 2)]);
  plant.time.run(10);
  edge.node.changed(undefined, [reading("load", 2)]);
  plant.time.run(10);
  edge.node.changed("press", [reading("n", 2)]);
  plant.time.run(10);
  edge.node.died("press");
  const stopped = edge.stop();
  plant.time.run(1000);
  await stopped;
  return plant;
}

/** The only one of a list. */
export function only(list: readonly Seen[]): Seen {
  assert.equal(list.length, 1);
  const [found] = list;
  assert.ok(found);
  return found;
}

export function namesOf(message: Seen): readonly (string | undefined)[] {
  return message.decoded.metrics.map(({ name }) => name);
}
export const STATE_TOPIC = "spBv1.0/STATE/scada";

/** A plant with an edge node with one device, both born, and a host that saw it. */
export function livePlant() {
  const plant = new Plant();
  const host = plant.host({ commandDatatypes: "leftOut" });
  const edge = plant.edge({ metrics: [metric("load", 1, { writable: true })] });
  edge.node.born("press", [metric("n", 1, { writable: true }), metric("ro", 1)]);
  plant.time.run(100);
  plant.told.length = 0;
  plant.network.passed.length = 0;
  return { plant, host, edge };
}

/** A message as some edge node sends it, written by hand. */
export function sayByHand(
  plant: Plant,
  what: { type: NodeMessageType | DeviceMessageType; seq?: number; at?: number },
  metrics: readonly MetricToSend[] = [],
): void {
  const { type, seq, at = START_MS } = what;
  const topic =
    type === "NBIRTH" || type === "NDEATH" || type === "NDATA" || type === "NCMD"
      ? nodeTopic(type, "Plant1", "hand")
      : deviceTopic(type, { groupId: "Plant1", edgeNodeId: "hand" }, "press");
  const payload = encodePayload({ timestamp: at, seq, metrics });
  plant.say({ topic, payload, qos: 0, retain: false });
}

/** The metric that ties a hand-made NBIRTH or NDEATH to its session. */
export const bdSeqMetric = (value: number): MetricToSend => ({
  name: "bdSeq",
  datatype: "Int64",
  tellDatatype: true,
  value,
});
/** A hand-made metric "n". */
export const nMetric = (value: number): MetricToSend => ({
  name: "n",
  datatype: "Int32",
  tellDatatype: true,
  value,
});

/** What a host shows of the hand-made node. */
export function shown(host: HostSession, edgeNodeId = "hand") {
  const node = host.application.node({ groupId: "Plant1", edgeNodeId });
  assert.ok(node);
  return { node, n: node.own.metrics.get("n")?.value };
}
