/**
 * A simulated MQTT network: servers with retained messages and Wills, connections that are slow, lose what is on its way
 * when they break, and deliver late, twice and out of order as a cluster may. It implements `Connector`.
 */
import type {
  Connection,
  ConnectionListener,
  Connector,
  ConnectRequest,
  SparkplugMessage,
} from "@unshub/sparkplug";
import type { SimulatedTime } from "./sparkplug-time.ts";

/** How bad the network is. Chances from 0 to 1, times in milliseconds. */
export interface Weather {
  delayMs: number;
  /** Extra delay of a message that overtakes or is overtaken. */
  reorderMs: number;
  reorderChance: number;
  duplicateChance: number;
  /** How often a server drops a message at QoS 0 for one receiver and says nothing. */
  dropChance: number;
  /** How long CONNACK and SUBACK may take. */
  ackMs: number;
  /** How late a server notices that a client is gone. */
  noticeMs: number;
  connectFails: number;
  /** Messages that a connection takes before it says it is full. */
  roomFor: number;
}

export const FAIR: Weather = {
  delayMs: 5,
  reorderMs: 0,
  reorderChance: 0,
  duplicateChance: 0,
  dropChance: 0,
  ackMs: 5,
  noticeMs: 5,
  connectFails: 0,
  roomFor: 1000,
};

/** What passed a server, for assertions. */
export interface Passed extends SparkplugMessage {
  readonly server: string;
  readonly clientId: string;
  readonly isWill: boolean;
}

export class SimulatedNetwork {
  readonly passed: Passed[] = [];
  readonly connects: ConnectRequest[] = [];
  weather: Weather = FAIR;
  readonly time: SimulatedTime;
  readonly random: () => number;
  readonly #servers = new Map<string, SimulatedServer>();
  keepPassed = true;

  constructor(time: SimulatedTime, random: () => number) {
    this.time = time;
    this.random = random;
  }

  server(name: string): SimulatedServer {
    const known = this.#servers.get(name) ?? new SimulatedServer(name, this);
    this.#servers.set(name, known);
    return known;
  }

  /** What edge nodes and hosts are given. */
  readonly connector: Connector = (server, request, listener) => {
    if (this.keepPassed) this.connects.push(request);
    return this.server(server).connect(request, listener);
  };

  /** From half of `ms` up to `ms`. */
  about(ms: number): number {
    return ms * (0.5 + 0.5 * this.random());
  }
}

export class SimulatedServer {
  readonly name: string;
  readonly network: SimulatedNetwork;
  readonly connections = new Set<SimulatedConnection>();
  readonly retained = new Map<string, SparkplugMessage>();
  isDown = false;

  constructor(name: string, network: SimulatedNetwork) {
    this.name = name;
    this.network = network;
  }

  connect(request: ConnectRequest, listener: ConnectionListener): Connection {
    const connection = new SimulatedConnection(this, request, listener);
    const { time, weather, random } = this.network;
    time.after(this.network.about(weather.ackMs), () => {
      if (this.isDown || random() < weather.connectFails) connection.drop("refused");
      else this.#admit(connection);
    });
    return connection;
  }

  /** A second client with the same id takes the session over: the Will of the first goes out before. */
  #admit(connection: SimulatedConnection): void {
    if (connection.isGone) return;
    for (const other of this.connections) {
      if (other.request.clientId === connection.request.clientId) {
        other.drop("taken over");
        other.serverNotices();
      }
    }
    this.connections.add(connection);
    connection.listener.opened();
  }

  publish(from: string, message: SparkplugMessage, isWill = false): void {
    const { network } = this;
    if (network.keepPassed)
      network.passed.push({ ...message, server: this.name, clientId: from, isWill });
    if (message.retain) this.retained.set(message.topic, message);
    for (const connection of this.connections) {
      if (connection.wants(message.topic)) connection.deliver(message);
    }
  }

  /** Power off: all connections break, Wills are never sent. */
  stop(): void {
    this.isDown = true;
    for (const connection of this.connections) connection.drop("server down");
    this.connections.clear();
  }
}

export class SimulatedConnection implements Connection {
  readonly request: ConnectRequest;
  readonly listener: ConnectionListener;
  readonly #server: SimulatedServer;
  #filters: readonly string[] = [];
  #will: SparkplugMessage | undefined;
  #onTheWay = 0;
  #lastUpAt = 0;
  #lastDownAt = 0;
  /** The client knows that it is closed. */
  isGone = false;
  #isNoticed = false;

  constructor(server: SimulatedServer, request: ConnectRequest, listener: ConnectionListener) {
    this.#server = server;
    this.request = request;
    this.listener = listener;
    this.#will = request.will;
  }

  canTake(): boolean {
    return !this.isGone && this.#onTheWay < this.#server.network.weather.roomFor;
  }

  publish(message: SparkplugMessage): void {
    if (this.isGone) return;
    this.#onTheWay += 1;
    this.#up(() => {
      this.#onTheWay -= 1;
      this.#server.publish(this.request.clientId, message);
      if (this.canTake()) this.listener.drained();
    });
  }

  subscribe(filters: readonly string[]): void {
    const { network } = this.#server;
    this.#up(() => {
      this.#filters = filters;
      network.time.after(network.about(network.weather.ackMs), () => {
        if (!this.isGone) this.listener.subscribed();
      });
      for (const message of this.#server.retained.values()) {
        if (this.wants(message.topic)) this.deliver(message);
      }
    });
  }

  /** Reason 4 of MQTT 5 lets the Will go out all the same. */
  close(reasonCode: number): void {
    this.#up(() => {
      if (reasonCode !== 4 || this.request.mqttVersion !== "5") this.#will = undefined;
      this.drop("closed");
      this.serverNotices();
    });
  }

  cut(): void {
    this.drop("cut");
  }

  /** The connection breaks: what is on its way is lost, and the server notices later. */
  drop(because: string): void {
    if (this.isGone) return;
    this.isGone = true;
    const { network } = this.#server;
    network.time.after(network.about(network.weather.noticeMs), () => this.serverNotices());
    this.listener.closed(because);
  }

  serverNotices(): void {
    if (this.#isNoticed) return;
    this.#isNoticed = true;
    const isMember = this.#server.connections.delete(this);
    if (isMember && this.#will !== undefined && !this.#server.isDown) {
      this.#server.publish(this.request.clientId, this.#will, true);
    }
  }

  wants(topic: string): boolean {
    return this.#filters.some((filter) => matches(filter, topic));
  }

  /** In order, but for a few that come late, some that come twice, and some that do not come. */
  deliver(message: SparkplugMessage): void {
    const { network } = this.#server;
    const { delayMs, dropChance, duplicateChance, reorderChance, reorderMs } = network.weather;
    if (message.qos === 0 && network.random() < dropChance) return;
    const isLate = network.random() < reorderChance;
    const now = network.time.elapsedMs;
    const onTime = Math.max(this.#lastDownAt, now + network.about(delayMs));
    if (!isLate) this.#lastDownAt = onTime;
    this.#arrive(onTime - now + (isLate ? network.about(reorderMs) : 0), message);
    if (network.random() < duplicateChance) {
      this.#arrive(onTime - now + network.about(reorderMs), message);
    }
  }

  #arrive(ms: number, { topic, payload }: SparkplugMessage): void {
    this.#server.network.time.after(ms, () => {
      if (!this.isGone) this.listener.received(topic, payload);
    });
  }

  /** What the client sends keeps its order and is lost when the connection breaks first. */
  #up(arrived: () => void): void {
    const { network } = this.#server;
    const now = network.time.elapsedMs;
    this.#lastUpAt = Math.max(this.#lastUpAt, now + network.about(network.weather.delayMs));
    network.time.after(this.#lastUpAt - now, () => {
      if (!this.isGone && !this.#isNoticed) arrived();
    });
  }
}

function matches(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  if (wanted.at(-1) === "#")
    return wanted.slice(0, -1).every((level, index) => fits(level, levels[index]));
  return (
    wanted.length === levels.length && wanted.every((level, index) => fits(level, levels[index]))
  );
}

function fits(wanted: string, level: string | undefined): boolean {
  return wanted === "+" ? level !== undefined : wanted === level;
}
