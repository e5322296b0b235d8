/**
 * The hub as Sparkplug Aware MQTT Server, and more than the standard asks for: births as they were sent, births as they
 * are now, the time of deaths, requests for rebirth. It hears births, deaths and commands; data never passes here.
 */
import type { Logger } from "@unshub/adapter";
import {
  CERTIFICATES,
  decodePayload,
  idFault,
  readState,
  readTopic,
  rebirthRequest,
  SparkplugError,
  withTimestamp,
  type NodeId,
  type Payload,
} from "@unshub/sparkplug";
import type {
  Broker,
  ConnectingClient,
  MqttMessage,
  PublishedMessage,
  Watched,
  Watcher,
} from "../../broker/index.ts";
import type { NamespaceConfig } from "../../config/index.ts";
import { DECODING, type NodeSessions, type RebirthCause, type UnsTree } from "../../tree/index.ts";
import { isRebirth } from "../guard/rebirth.ts";
import {
  certificateFilters,
  certificateOf,
  describeCertificate,
  withdrawn,
  type BirthCertificate,
} from "./birth-certificates.ts";
import { LiveCertificates } from "./live-certificates.ts";
import {
  RebirthShield,
  type AskedHow,
  type AskedOften,
  type Asker,
  type Asking,
} from "./rebirth-shield.ts";

/** MQTT 5: success, and nobody gets it. */
const NO_MATCHING_SUBSCRIBERS = 0x10;

type ServingBroker = Pick<Broker, "publish" | "hasReceivers" | "retained">;

export interface AwareServerOptions {
  readonly config: NamespaceConfig["sparkplug"];
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
  readonly hostId: string;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** `undefined` while there is none. */
  readonly broker: () => ServingBroker | undefined;
  /** The host that a client says it is. */
  hostOf(client: ConnectingClient): string | undefined;
}

/** Requests for rebirth since the hub started. */
export interface RebirthReport {
  /** Milliseconds; `undefined`: the shield is off. */
  readonly windowMs: number | undefined;
  readonly passed: number;
  readonly held: number;
  readonly askings: readonly Asking[];
  /** Some thousands of edge nodes at most, by `group/node`. */
  readonly byNode: ReadonlyMap<string, AskedOften>;
}

/** `timestamp`: when it said so, by its own clock; milliseconds since 1970 UTC. */
export interface HostSaid {
  readonly hostId: string;
  readonly online: boolean;
  readonly timestamp: number;
}

export class AwareServer {
  readonly live: LiveCertificates;
  readonly #options: AwareServerOptions;
  readonly #shield: RebirthShield;

  constructor(options: AwareServerOptions) {
    const { config, tree, sessions } = options;
    this.#options = options;
    this.#shield = new RebirthShield(config.rebirthShield?.window);
    this.live = new LiveCertificates({
      tree,
      groups: sessions.groups,
      refreshMs: config.liveCertificates?.refresh,
      now: () => options.now(),
      hasReceivers: (topic) => options.broker()?.hasReceivers(topic) ?? false,
      publish: (message) => this.#publish(message, "live certificate not published"),
    });
  }

  /** What hears a client (`undefined`: the hub) on a topic, after the guard; `undefined` for data and all else. */
  watcher(topic: string, client: ConnectingClient | undefined): Watcher | undefined {
    const reading = readTopic(topic);
    if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return undefined;
    const { type } = reading.topic;
    if (type === "NBIRTH" || type === "DBIRTH") {
      const node = type === "NBIRTH" ? reading.topic : undefined;
      return (message) => this.#born(message, node);
    }
    if (type === "NCMD" && client !== undefined) {
      const node = reading.topic;
      return (message) => this.#commanded(message, node, client);
    }
    const isStamped = type === "NDEATH" && this.#options.config.ndeathTimestamp === "server";
    return isStamped ? stampedDeath : undefined;
  }

  /** Whether this hub itself may ask for a rebirth now. */
  mayAsk(node: NodeId, cause: RebirthCause): boolean {
    const { hostId, now } = this.#options;
    const asker = { clientId: undefined, hostId, cause };
    return this.#passes(node, asker, { at: now(), isAlone: true });
  }

  /** Asks an edge node for its births because somebody wants them. `held`: it was asked a moment ago. */
  async askForBirths(node: NodeId, by: string): Promise<"asked" | "held" | "offline"> {
    const { now, broker, log } = this.#options;
    const { topic, payload } = rebirthRequest(node, now());
    if (broker()?.hasReceivers(topic) !== true) return "offline";
    const asker = { clientId: by, hostId: undefined, cause: "somebody wanted it" };
    if (!this.#passes(node, asker, { at: now(), isAlone: true })) return "held";
    log.info({ edgeNode: `${node.groupId}/${node.edgeNodeId}`, by }, "rebirth requested");
    await broker()?.publish({ topic, payload: Buffer.from(payload), qos: 0, retain: false });
    return "asked";
  }

  rebirths(): RebirthReport {
    const { windowMs, askings, counts, countsByNode } = this.#shield;
    return { windowMs, ...counts, askings, byNode: countsByNode };
  }

  /** The births that are kept as they were sent. */
  *certificates(): Generator<BirthCertificate> {
    for (const message of this.#options.broker()?.retained(`${CERTIFICATES}/#`) ?? []) {
      const certificate = message && describeCertificate(message);
      if (certificate !== undefined) yield certificate;
    }
  }

  /** What host applications retained of themselves: edge nodes go by it, also after a restart of the hub. */
  *hosts(): Generator<HostSaid> {
    for (const message of this.#options.broker()?.retained("spBv1.0/STATE/+") ?? []) {
      const said = message && hostSaid(message);
      if (said !== undefined) yield said;
    }
  }

  /**
   * Deletes the certificates of an edge node with all its devices, or of one device: those that are kept, and the live
   * ones until the next birth. Answers how many births were deleted.
   * @param by who asked for it, for the log.
   */
  async deleteCertificates(
    node: NodeId,
    deviceId: string | undefined,
    by: string,
  ): Promise<number> {
    const { log, sessions, broker, now } = this.#options;
    if (!isLegal(node, deviceId)) return 0;
    const topics = certificateFilters(node, deviceId).flatMap((filter) =>
      [...(broker()?.retained(filter) ?? [])].flatMap((message) => message?.topic ?? []),
    );
    const wasKnown = sessions.forgetBirth(node, deviceId, now());
    for (const topic of topics) await broker()?.publish(withdrawn(topic));
    const deleted = Math.max(topics.length, Number(wasKnown));
    const edgeNode = `${node.groupId}/${node.edgeNodeId}`;
    if (deleted > 0) log.info({ edgeNode, device: deviceId, deleted, by }, "certificates deleted");
    return deleted;
  }

  /** The broker copies what it is given at once, so that its buffer may be used again. [tck-id-conformance-mqtt-aware-store] */
  #born(message: PublishedMessage, node: NodeId | undefined): undefined {
    if (node !== undefined) this.#shield.born(node);
    this.live.born(message.topic);
    void this.#publish(certificateOf(message), "birth certificate not kept");
  }

  #commanded(
    { payload, receivedAt: at }: PublishedMessage,
    node: NodeId,
    client: ConnectingClient,
  ): Watched {
    const command = decoded(payload);
    if (command === undefined || !isRebirth(command)) return undefined;
    const { clientId } = client;
    const by = { clientId, hostId: this.#options.hostOf(client), cause: undefined };
    const isAlone = command.metrics.length === 1;
    if (this.#passes(node, by, { at, isAlone })) return undefined;
    const because = "the edge node was asked for its births a moment ago; they go to everybody";
    return { allow: false, reasonCode: NO_MATCHING_SUBSCRIBERS, because };
  }

  /** What goes to the edge node stands in its life, too. */
  #passes(node: NodeId, asker: Asker, how: AskedHow): boolean {
    const passes = this.#shield.passes(node, asker, how);
    const { clientId: by, cause } = asker;
    if (passes) this.#options.sessions.askedForBirth(node, { at: how.at, by, cause });
    return passes;
  }

  async #publish(message: MqttMessage, failed: string): Promise<void> {
    try {
      await this.#options.broker()?.publish(message);
    } catch (error) {
      this.#options.log.error({ topic: message.topic, error }, failed);
    }
  }
}

/**
 * An NDEATH with the time at which it is delivered, the Will of a client that is gone too; all else stays as it was sent.
 * [tck-id-conformance-mqtt-aware-ndeath-timestamp]
 */
function stampedDeath({ payload, receivedAt }: PublishedMessage): Watched {
  try {
    return { allow: true, payload: withTimestamp(payload, receivedAt) };
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return undefined; // no payload of Sparkplug: the guard tells
  }
}

function hostSaid({
  topic,
  payload,
}: Pick<MqttMessage, "topic" | "payload">): HostSaid | undefined {
  const reading = readTopic(topic);
  if (reading.kind !== "sparkplug" || reading.topic.kind !== "state") return undefined;
  try {
    return { hostId: reading.topic.hostId, ...readState(payload) };
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return undefined; // the guard tells
  }
}

function decoded(payload: Uint8Array): Payload | undefined {
  try {
    return decodePayload(payload, DECODING);
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return undefined; // the guard tells
  }
}

function isLegal({ groupId, edgeNodeId }: NodeId, deviceId: string | undefined): boolean {
  const faults = [
    idFault("group", groupId),
    idFault("edge node", edgeNodeId),
    deviceId === undefined ? undefined : idFault("device", deviceId),
  ];
  return faults.every((fault) => fault === undefined) && groupId !== "STATE";
}
