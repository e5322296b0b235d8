/**
 * What the hub does with each message that passes, and who may send any: the guard first, then the aware server (births
 * that are kept, requests that are held back), then the tree. Its methods are the questions of the broker.
 */
import { readTopic } from "@unshub/sparkplug";
import type { ConnectingClient, ConnectionEnd, ConnectVerdict, Watcher } from "./broker/index.ts";
import type { Firewall } from "./command/index.ts";
import type { LastMessages } from "./heard/index.ts";
import type { MqttGate } from "./identity/index.ts";
import type { AwareServer, Guard, HubHost } from "./namespace/index.ts";
import type { NodeSessions } from "./tree/index.ts";

/** Most messages: there is nothing more to do with them than the guard and the tree do. */
const DATA = /^spBv1\.0\/[^/]+\/[ND]DATA\//;
const COMMAND = /^spBv1\.0\/[^/]+\/[ND]CMD\//;

export interface TrafficOptions {
  readonly gate: MqttGate;
  readonly firewall: Firewall;
  readonly guard: Guard;
  readonly host: HubHost;
  readonly sessions: NodeSessions;
  readonly aware: AwareServer;
  readonly heard: LastMessages;
}

export class Traffic {
  readonly #options: TrafficOptions;
  readonly #passed = new Map<string, { messages: number }>();

  constructor(options: TrafficOptions) {
    this.#options = options;
  }

  /** Messages of Sparkplug that passed since the start, by type: `NBIRTH`, …, `STATE`. */
  get passed(): ReadonlyMap<string, { readonly messages: number }> {
    return this.#passed;
  }

  /** Who it is first, then whether what it wants to be is right. */
  mayConnect(client: ConnectingClient): ConnectVerdict | Promise<ConnectVerdict> {
    const verdict = this.#options.gate.mayConnect(client);
    if (!(verdict instanceof Promise)) return this.#guarded(client, verdict);
    return verdict.then((known) => this.#guarded(client, known));
  }

  #guarded(client: ConnectingClient, verdict: ConnectVerdict): ConnectVerdict {
    if (!verdict.allow) return verdict;
    const guarded = this.#options.guard.mayConnect(client);
    return guarded.allow ? verdict : guarded;
  }

  connected(client: ConnectingClient): void {
    this.#options.gate.connected(client);
    this.#options.guard.connected(client);
  }

  disconnected(client: ConnectingClient, end: ConnectionEnd): void {
    this.#options.gate.disconnected(client);
    this.#options.guard.disconnected(client, end);
  }

  /** Who may, then the guard, then the rules of commands, then the aware server, then the tree. */
  watcherOf(topic: string, client: ConnectingClient | undefined): Watcher | undefined {
    const { gate, firewall, guard, host, sessions, aware, heard } = this.#options;
    const judge = gate.watcherOf(topic, client);
    const watch = guard.watch(topic, client);
    const follow = sessions.follower(topic);
    const serve = aware.watcher(topic, client);
    const rule = firewall.watcherOf(topic, client);
    const keep = heard.watcher(topic);
    const passed = this.#countOf(topic);
    const isNobodys = [watch, follow, serve, rule, keep, passed].every((one) => one === undefined);
    if (isNobodys) return judge;
    const isData = DATA.test(topic);
    const isCommand = client !== undefined && COMMAND.test(topic);
    const refuse: Watcher = (message) => {
      const forbidden = judge?.(message);
      if (forbidden !== undefined) return forbidden;
      const wrong = watch?.take(message);
      if (wrong === undefined) return rule?.(message);
      if (isCommand && !wrong.allow) gate.commandRefused(client, topic, wrong.because);
      return wrong;
    };
    return (message) => {
      const refusal = refuse(message);
      if (refusal !== undefined) return refusal;
      const served = serve?.(message);
      if (served?.allow === false) return served;
      if (passed !== undefined) passed.messages += 1;
      if (!isData) host.heard(topic);
      follow?.(message);
      keep?.(message);
      watch?.after(message);
      return served;
    };
  }

  #countOf(topic: string): { messages: number } | undefined {
    const type = typeOf(topic);
    if (type === undefined) return undefined;
    const count = this.#passed.get(type) ?? { messages: 0 };
    this.#passed.set(type, count);
    return count;
  }
}

/** `undefined` for topics that are not Sparkplug's. */
function typeOf(topic: string): string | undefined {
  const reading = readTopic(topic);
  if (reading.kind !== "sparkplug") return undefined;
  return reading.topic.kind === "state" ? "STATE" : reading.topic.type;
}
