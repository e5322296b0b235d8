/**
 * Edge nodes and hosts that live through a bad network, from one seed: connections break, messages come late, twice or
 * not at all, acknowledgements are slow, clocks jump, servers lose power, programs are killed and started again.
 * Afterwards it tells where a host shows what is not so.
 */
import assert from "node:assert/strict";
import {
  EdgeNodeSession,
  HostSession,
  MemoryReadingStore,
  type BornMetric,
  type Clock,
  type Connector,
  type HostMemberView,
  type WriteCommand,
} from "@unshub/sparkplug";
import { FAIR, SimulatedNetwork, type Weather } from "./sparkplug-network.ts";
import { seeded } from "./seeded.ts";
import { SimulatedTime } from "./sparkplug-time.ts";

const SERVERS = ["a", "b"] as const;
const DEVICES = ["press", "oven", "Zange"];
const METRICS = ["n", "count", "level"];
const HOSTS = ["h0", "h1"];

type Values = Map<string, number>;

/** A program that runs until it is killed: nothing it planned happens after that, and it hears nothing more. */
interface Life {
  isOver: boolean;
}

/** An edge node with what its devices really say. */
interface Edge {
  readonly id: string;
  readonly own: Values;
  readonly devices: Map<string, Values>;
  readonly skew: { ms: number };
  life: Life;
  session: EdgeNodeSession;
  lastBdSeq: number | undefined;
}

interface Host {
  readonly id: string;
  readonly skew: { ms: number };
  readonly stateTimes: Map<string, number>;
  life: Life;
  session: HostSession;
}

/** A host of another kind that lives in the same plant. */
export interface Witness {
  /** What it shows as live of an edge node: by member, by metric. `undefined`: of its own metrics. */
  shown(edgeId: string): readonly (readonly [string | undefined, ReadonlyMap<string, unknown>])[];
}

/** Puts a witness at server `a`. */
export type OpenWitness = (connector: Connector, clock: Clock, random: () => number) => Witness;

export class Simulation {
  /** Sparkplug sessions of edge nodes, from NBIRTH to whatever ended them. */
  sessions = 0;
  /** Writes that reached an edge node. */
  writes = 0;
  readonly #time = new SimulatedTime();
  readonly #random: () => number;
  readonly #network: SimulatedNetwork;
  readonly #edges: readonly Edge[];
  readonly #hosts: readonly Host[];
  readonly #witness: Witness | undefined;
  #counter = 0;

  constructor(seed: number, openWitness?: OpenWitness) {
    this.#random = seeded(seed);
    this.#network = new SimulatedNetwork(this.#time, this.#random);
    this.#network.keepPassed = false;
    this.#edges = Array.from({ length: 3 }, (_, index) => this.#openEdge(`e${index}`));
    this.#hosts = HOSTS.map((id) => this.#openHost(id));
    this.#witness = openWitness?.(this.#network.connector, this.#time.clock(), this.#random);
  }

  /** Where the witness shows something as live that is not so. */
  witnessLies(): readonly string[] {
    return this.#edges.flatMap((edge) =>
      (this.#witness?.shown(edge.id) ?? []).flatMap(([deviceId, shown]) => {
        const truth = deviceId === undefined ? edge.own : edge.devices.get(deviceId);
        return wrongOf(`${edge.id}/${deviceId ?? "(own)"}`, shown, truth);
      }),
    );
  }

  /** Devices of edge nodes at server `a` that the witness does not show as live. */
  witnessGaps(): readonly string[] {
    return this.#edges.flatMap((edge) => {
      const { state } = edge.session;
      if (this.#witness === undefined || state.kind !== "born" || state.server !== "a") return [];
      const shown = new Set(this.#witness.shown(edge.id).map(([deviceId]) => deviceId));
      const members = [undefined, ...edge.devices.keys()];
      return members.filter((id) => !shown.has(id)).map((id) => `${edge.id}/${id} is not shown`);
    });
  }

  /** Everything that may go wrong goes wrong for a while. */
  storm(ms: number): void {
    this.#network.weather = {
      delayMs: 50 + 150 * this.#random(),
      reorderMs: 1500 * this.#random(),
      reorderChance: 0.05 * this.#random(),
      duplicateChance: 0.05 * this.#random(),
      dropChance: 0.03 * this.#random(),
      ackMs: 1000 * this.#random(),
      noticeMs: 3000 * this.#random(),
      connectFails: 0.3 * this.#random(),
      roomFor: 1 + Math.floor(20 * this.#random()),
    } satisfies Weather;
    for (let passed = 0; passed < ms; passed += 100) {
      for (const edge of this.#edges) this.#act(edge);
      this.#breakSomething();
      this.#time.run(100);
    }
  }

  /**
   * What is on its way arrives; connections that are down may stay down. Each edge node says one thing more: that a last
   * message was dropped at QoS 0 shows only by the next.
   */
  quiet(ms: number): void {
    this.#network.weather = { ...this.#network.weather, dropChance: 0 };
    for (const edge of this.#edges) this.#change(edge, undefined, 1);
    this.#time.run(ms);
  }

  heal(): void {
    this.#network.weather = FAIR;
    for (const name of SERVERS) this.#network.server(name).isDown = false;
  }

  /** Where a host shows something as live that is not so. */
  lies(): readonly string[] {
    return this.#hosts.flatMap((host) =>
      this.#edges.flatMap((edge) => {
        const node = host.session.application.node({ groupId: "g", edgeNodeId: edge.id });
        if (node === undefined) return [];
        const members: (readonly [HostMemberView, Values | undefined])[] = [
          [node.own, edge.own],
          ...[...node.devices].map(([id, member]) => [member, edge.devices.get(id)] as const),
        ];
        return members.flatMap(([member, truth]) => liesOf(edge.id, member, truth));
      }),
    );
  }

  /** Where a host does not show what lives. */
  gaps(): readonly string[] {
    return this.#hosts.flatMap((host) =>
      this.#edges.flatMap((edge) => {
        const node = host.session.application.node({ groupId: "g", edgeNodeId: edge.id });
        const where = `${host.id}: ${edge.id}`;
        if (node === undefined) return []; // silent since before this host came: nothing to be known
        if (node.session.kind !== "online") {
          const said = JSON.stringify([node.session, edge.session.state]);
          return [`${where} is not online: ${said}`];
        }
        return [...edge.devices.keys()]
          .filter((id) => node.devices.get(id)?.state.kind !== "online")
          .map((id) => `${where}/${id} is not online`);
      }),
    );
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #one<Each>(list: readonly Each[]): Each {
    const found = list[Math.floor(this.#random() * list.length)];
    assert.ok(found !== undefined);
    return found;
  }

  #openEdge(id: string): Edge {
    const skew = { ms: Math.floor(this.#random() * 2000) - 1000 };
    const own: Values = new Map([["uptime", 0]]);
    const common = { id, own, devices: new Map<string, Values>(), skew };
    const first = { lastBdSeq: undefined, life: { isOver: false } };
    const edge: Omit<Edge, "session"> & { session?: EdgeNodeSession } = { ...common, ...first };
    return Object.assign(edge, { session: this.#edgeSession(edge) });
  }

  #edgeSession(edge: Omit<Edge, "session">): EdgeNodeSession {
    const { id, life } = edge;
    const session = new EdgeNodeSession({
      groupId: "g",
      edgeNodeId: id,
      clientId: id,
      connector: this.#connector(life),
      clock: this.#clock(edge.skew, life),
      random: this.#random,
      servers: SERVERS,
      primaryHostId: id === "e0" ? undefined : "h0",
      hostTimeoutMs: 5000,
      mqttVersion: id === "e1" ? "3.1.1" : "5",
      lastBdSeq: edge.lastBdSeq,
      saveBdSeq: (bdSeq) => {
        edge.lastBdSeq = bdSeq;
      },
      onWrite: (command) => this.#written(command),
      onRefused: (topic, because) => assert.match(because, /is not online|is no metric/, topic),
      onState: ({ kind }) => {
        if (kind === "born") this.sessions += 1;
      },
      metrics: [...edge.own].map(([name, value]) => born(name, value, 0)),
      queueLimit: 5,
      ...(id === "e2" ? {} : { store: new MemoryReadingStore(50) }),
    });
    session.start();
    return session;
  }

  #openHost(id: string): Host {
    const common = { id, skew: { ms: 0 }, stateTimes: new Map<string, number>() };
    const host: Omit<Host, "session"> & { session?: HostSession } = {
      ...common,
      life: { isOver: false },
    };
    return Object.assign(host, { session: this.#hostSession(host) });
  }

  #hostSession({ id, skew, life, stateTimes }: Omit<Host, "session">): HostSession {
    const session = new HostSession({
      hostId: id,
      clientId: id,
      connector: this.#connector(life),
      clock: this.#clock(skew, life),
      random: this.#random,
      servers: SERVERS,
      listener: { faulty: (topic, because) => assert.match(because, /never born/, topic) },
      reorderTimeoutMs: 2000,
      stateTimes: {
        last: (server) => stateTimes.get(server),
        save: (server, timestamp) => void stateTimes.set(server, timestamp),
      },
    });
    session.start();
    return session;
  }

  #clock(skew: { ms: number }, life: Life): Clock {
    const clock = this.#time.clock(skew);
    return {
      now: () => clock.now(),
      after: (ms, action) => clock.after(ms, () => life.isOver || action()),
    };
  }

  #connector(life: Life): Connector {
    return (server, request, listener) =>
      this.#network.connector(server, request, {
        opened: () => life.isOver || listener.opened(),
        subscribed: () => life.isOver || listener.subscribed(),
        received: (topic, payload) => life.isOver || listener.received(topic, payload),
        drained: () => life.isOver || listener.drained(),
        closed: (because) => life.isOver || listener.closed(because),
      });
  }

  #act(edge: Edge): void {
    const deviceId = this.#one(DEVICES);
    const device = edge.devices.get(deviceId);
    if (this.#chance(0.03)) {
      const names = METRICS.filter(() => this.#chance(0.8));
      edge.devices.set(deviceId, new Map(names.map((name) => [name, 0])));
      this.#bear(edge, deviceId);
    } else if (device !== undefined && this.#chance(0.02)) {
      edge.devices.delete(deviceId);
      edge.session.node.died(deviceId);
    } else if (this.#chance(0.5)) this.#change(edge, this.#chance(0.1) ? undefined : deviceId);
    if (this.#chance(0.05)) this.#write(edge, deviceId);
  }

  #bear(edge: Edge, deviceId: string): void {
    const values = edge.devices.get(deviceId) ?? new Map<string, number>();
    const metrics = [...values].map(([name, value]) => born(name, value, this.#now(edge)));
    edge.session.node.born(deviceId, metrics);
  }

  #change(edge: Edge, deviceId: string | undefined, newsChance = 0.8): void {
    const values = deviceId === undefined ? edge.own : edge.devices.get(deviceId);
    if (values === undefined || values.size === 0) return;
    const name = this.#one([...values.keys()]);
    const value = this.#chance(newsChance) ? (this.#counter += 1) : (values.get(name) ?? 0);
    values.set(name, value);
    const timestamp = this.#now(edge);
    edge.session.node.changed(deviceId, [{ name, value, quality: "good", timestamp }]);
  }

  /** The value says which metric is meant: a command that comes late must not write another. */
  #write(edge: Edge, deviceId: string): void {
    const metric = this.#one(METRICS);
    const { application } = this.#one(this.#hosts).session;
    const id = { groupId: "g", edgeNodeId: edge.id, deviceId };
    application.write({ ...id, metric, value: codeOf(deviceId, metric) });
  }

  #written({ deviceId, metric, value }: WriteCommand): void {
    assert.equal(value, codeOf(deviceId, metric), `a write reached ${deviceId}/${metric}`);
    this.writes += 1;
  }

  #now({ skew }: Edge): number {
    return this.#time.clock(skew).now();
  }

  #breakSomething(): void {
    const server = this.#network.server(this.#one(SERVERS));
    const connections = [...server.connections];
    if (connections.length > 0 && this.#chance(0.02)) this.#one(connections).drop("broken");
    if (this.#chance(0.004)) server.stop();
    if (this.#chance(0.02)) server.isDown = false;
    if (this.#chance(0.01)) {
      const whose = this.#one([...this.#edges, ...this.#hosts]);
      whose.skew.ms += Math.floor((this.#random() - 0.5) * 20_000);
    }
    if (this.#chance(0.003)) this.#restart(this.#one([...this.#edges, ...this.#hosts]));
  }

  /** Killed, and started again at once. What an edge node keeps is its `bdSeq`, a host the times of its STATE. */
  #restart(program: Edge | Host): void {
    program.life.isOver = true;
    program.life = { isOver: false };
    for (const name of SERVERS) {
      for (const connection of this.#network.server(name).connections)
        if (connection.request.clientId === program.id) connection.drop("killed");
    }
    if ("stateTimes" in program) program.session = this.#hostSession(program);
    else {
      program.session = this.#edgeSession(program);
      for (const deviceId of program.devices.keys()) this.#bear(program, deviceId);
    }
  }
}

/** A number that stands for one metric of one device. */
function codeOf(deviceId: string, metric: string): number {
  return -1 - DEVICES.indexOf(deviceId) * METRICS.length - METRICS.indexOf(metric);
}

function born(name: string, value: number, timestamp: number): BornMetric {
  return { name, value, quality: "good", timestamp, datatype: "Int32", writable: true };
}

function liesOf(
  edgeId: string,
  member: HostMemberView,
  truth: Values | undefined,
): readonly string[] {
  if (member.state.kind !== "online") return [];
  const where = `${edgeId}/${member.deviceId ?? "(own)"}`;
  const shown = new Map([...member.metrics].map(([name, { value }]) => [name, value]));
  return wrongOf(where, shown, truth);
}

function wrongOf(
  where: string,
  all: ReadonlyMap<string, unknown>,
  truth: Values | undefined,
): readonly string[] {
  if (truth === undefined) return [`${where} is shown online and is dead`];
  const shown = [...all].filter(([name]) => name !== "bdSeq" && !name.startsWith("Node "));
  const wrong = shown.filter(([name, value]) => truth.get(name) !== value);
  const missing = [...truth.keys()].filter((name) => !all.has(name));
  return [
    ...wrong.map(
      ([name, value]) => `${where} ${name}: shown ${JSON.stringify(value)}, is ${truth.get(name)}`,
    ),
    ...missing.map((name) => `${where} ${name} is not shown`),
  ];
}
