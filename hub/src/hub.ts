/**
 * Puts the rooms together: who hands what to whom, in which order they start, and in which they stop.
 * Data flows one way: broker → namespace → tree → {feed, api}; commands come back only through `command`.
 */
import { accessSync, constants, mkdirSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { duplexPair, type Duplex } from "node:stream";
import type { Logger } from "@unshub/adapter";
import { PageFiles, startApi, type Api } from "./api/index.ts";
import {
  startBroker,
  type Broker,
  type ConnectingClient,
  type ListenerAddress,
  type MqttMessage,
  type PublishedMessage,
  type Verdict,
} from "./broker/index.ts";
import { Commands } from "./command/index.ts";
import type { HubConfig } from "./config/index.ts";
import { Feed } from "./feed/index.ts";
import { certificateOf, Guard, HubHost } from "./namespace/index.ts";
import { Supervisor } from "./supervisor/index.ts";
import { NodeSessions, UnsTree } from "./tree/index.ts";

/** MQTT 5: not authorized. */
const NOT_AUTHORIZED = 0x87;

export interface HubOptions {
  readonly config: HubConfig;
  readonly log: Logger;
  /** The folder of the page's static export; it may come to be while the hub runs. */
  readonly pageFolder: string;
  /** Adapters start when it resolves; for simulated PLCs that start together with the hub. */
  readonly plcsReady?: Promise<void>;
}

/** A running hub. */
export interface Hub {
  /** Where it really listens; a port of 0 in the configuration has become one that the system chose. */
  readonly addresses: readonly (
    | ListenerAddress
    | { readonly kind: "http"; readonly host: string; readonly port: number }
  )[];
  readonly tree: UnsTree;
  /** DDEATH, NDEATH, STATE offline, then everything is closed. Twice does no harm. */
  stop(): Promise<void>;
}

/** The hub cannot keep its files. */
export class DataDirError extends Error {
  override readonly name = "DataDirError";
}

/**
 * Starts everything, or nothing: what had started is stopped again when a later part fails.
 * @throws {DataDirError} {BrokerError} {ApiError} each with a sentence that says what to do.
 */
export async function startHub(options: HubOptions): Promise<Hub> {
  openDataDir(options.config.hub.dataDir);
  const rooms = new HubRooms(options);
  try {
    await rooms.start();
  } catch (error) {
    await rooms.stop();
    throw error;
  }
  return { addresses: rooms.addresses(), tree: rooms.tree, stop: () => rooms.stop() };
}

/** Why nobody may publish or write. */
const READ_ONLY = "identity.anonymous is read: nobody may write";

/** The one clock of the hub: milliseconds since 1970 UTC. */
const now = (): number => Date.now();

class HubRooms {
  readonly tree = new UnsTree();
  readonly #options: HubOptions;
  readonly #page: PageFiles;
  readonly #guard: Guard;
  readonly #host: HubHost;
  readonly #sessions: NodeSessions;
  readonly #commands: Commands;
  readonly #feed: Feed;
  #broker: Broker | undefined;
  #supervisor: Supervisor | undefined;
  #api: Api | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: HubOptions) {
    this.#options = options;
    const { config, log } = options;
    const publish = (message: MqttMessage): Promise<void> => this.#publish(message);
    this.#page = new PageFiles(options.pageFolder);
    this.#guard = new Guard(config.namespace, log, now);
    this.#host = new HubHost({ hostId: config.hub.id, log, now, publish });
    this.#sessions = new NodeSessions(this.tree, (node, cause) =>
      this.#host.requestRebirth(node, cause),
    );
    const forbidden = config.identity.anonymous === "read" ? READ_ONLY : undefined;
    this.#commands = new Commands({ tree: this.tree, log, now, publish, forbidden });
    this.#feed = new Feed({
      tree: this.tree,
      hubId: config.hub.id,
      build: () => this.#page.build,
      epoch: randomUUID(),
      log,
      now,
      messagesIn: () => this.#broker?.counters.received ?? 0,
    });
  }

  async start(): Promise<void> {
    const { config, log } = this.#options;
    this.#broker = await startBroker({
      id: config.hub.id,
      listeners: mqttListeners(config),
      log,
      now,
      mayConnect: (client) => this.#mayConnect(client),
      mayPublish: (client, message) => this.#mayPublish(client, message),
      published: (message) => this.#published(message),
    });
    await this.#host.comeOnline();
    await this.#startApi();
    await this.#options.plcsReady;
    this.#supervisor = new Supervisor(config.adapters, {
      hubId: config.hub.id,
      dataDir: config.hub.dataDir,
      log,
      now,
      connect: () => this.#connectInProcess(),
    });
    this.#supervisor.start();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder();
    return this.#stopped;
  }

  addresses(): Hub["addresses"] {
    const http =
      this.#api === undefined
        ? []
        : [{ kind: "http" as const, host: this.#api.host, port: this.#api.port }];
    return [...(this.#broker?.addresses ?? []), ...http];
  }

  async #startApi(): Promise<void> {
    const listener = this.#options.config.listeners.http;
    if (listener === undefined) return;
    this.#api = await startApi({
      listener,
      page: this.#page,
      tree: this.tree,
      commands: this.#commands,
      feed: this.#feed,
      now,
      isReady: () => this.#supervisor !== undefined && this.#stopped === undefined,
    });
  }

  async #stopInOrder(): Promise<void> {
    await this.#supervisor?.stop();
    if (this.#broker !== undefined) await this.#host.goOffline();
    this.#feed.stop();
    await this.#api?.stop();
    await this.#broker?.stop();
  }

  /** A Will is judged here: when it fires it is too late. */
  #mayConnect(client: ConnectingClient): Verdict {
    return client.will === undefined ? { allow: true } : this.#mayPublish(client, client.will);
  }

  #mayPublish(client: ConnectingClient, message: MqttMessage): Verdict {
    const { anonymous } = this.#options.config.identity;
    if (anonymous === "read" && client.address !== "in-process") {
      return {
        allow: false,
        reasonCode: NOT_AUTHORIZED,
        because: READ_ONLY,
      };
    }
    return this.#guard.judge(client, message);
  }

  #published(message: PublishedMessage): void {
    this.#sessions.apply(message);
    const certificate = certificateOf(message);
    if (certificate !== undefined) void this.#publishCertificate(certificate);
  }

  async #publishCertificate(certificate: MqttMessage): Promise<void> {
    try {
      await this.#publish(certificate);
    } catch (error) {
      this.#options.log.error({ topic: certificate.topic, error }, "birth certificate not kept");
    }
  }

  async #publish(message: MqttMessage): Promise<void> {
    await this.#broker?.publish(message);
  }

  /** The hub's own edge nodes are clients like any other, without a socket between. */
  #connectInProcess(): Duplex {
    const [ours, brokers] = duplexPair();
    this.#broker?.attach(brokers);
    return ours;
  }
}

function mqttListeners({ listeners }: HubConfig): ListenerAddress[] {
  const { mqtt, ws } = listeners;
  return [
    ...(mqtt === undefined ? [] : [{ kind: "mqtt" as const, ...mqtt }]),
    ...(ws === undefined ? [] : [{ kind: "ws" as const, ...ws }]),
  ];
}

function openDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.R_OK | constants.W_OK);
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    const message =
      `The data directory ${dataDir} cannot be written (${why}). ` +
      `Give it to the user who runs the hub (chown), or set hub.dataDir in unshub.yaml to one that can.`;
    throw new DataDirError(message, { cause });
  }
}
