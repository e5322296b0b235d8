/**
 * The hub's host application and tree at an MQTT server that is not ours: STATE and Will (`HostLink`), messages in the
 * order of their `seq` (`HostOrder`), the tree as in the hub, and rebirth requests within the same bounds.
 *
 * What passed while there was no connection is not known, so a node that was away is believed after a birth only.
 */
import { join } from "node:path";
import type { Logger } from "@unshub/adapter";
import {
  bdSeqOf,
  CERTIFICATES,
  decodePayload,
  descriptorOf,
  HostLink,
  NAMESPACE,
  readState,
  readTopic,
  REBIRTH_POLICY,
  rebirthRequest,
  RebirthRequests,
  SparkplugError,
  type HostLinkOptions,
  type HostLinkState,
  type HostState,
  type NodeId,
  type SparkplugMessage,
  type StaleCause,
} from "@unshub/sparkplug";
import {
  DECODING,
  openTree,
  ROOT,
  SnapshotKeeper,
  type NodeSessions,
  type NodeState,
  type UnsTree,
} from "../tree/index.ts";
import type { HostCause, HostEvent } from "./host-events.ts";
import { HostOrder, type Incoming, type NodeTopic } from "./host-order.ts";
import type { NumberFile } from "../number-file.ts";
import { openStateTimeFile } from "./state-time-file.ts";

/** Why all is stale. */
const NO_LINK = "connection to the server lost";

/** No such row. */
const NONE = -1;

export interface HostOverMqttOptions extends Pick<
  HostLinkOptions,
  | "hostId"
  | "server"
  | "connector"
  | "clock"
  | "random"
  | "clientId"
  | "mqttVersion"
  | "keepAliveSeconds"
  | "legacyState"
> {
  /** Keeps the tree and the time of STATE; it exists. Left out: both are forgotten. */
  readonly dataDir?: string | undefined;
  readonly reorderTimeoutMs: number;
  /** Reads also the births that a Sparkplug Aware MQTT Server keeps. */
  readonly certificates: boolean;
  readonly log: Logger;
  readonly tell: (event: HostEvent) => void;
}

export class HostOverMqtt {
  readonly tree: UnsTree;
  readonly #options: HostOverMqttOptions;
  readonly #sessions: NodeSessions;
  readonly #snapshots: SnapshotKeeper | undefined;
  readonly #stateTime: NumberFile | undefined;
  readonly #order: HostOrder;
  readonly #rebirths: RebirthRequests<HostCause>;
  readonly #link: HostLink;
  #lastState = "";

  /** @throws {SparkplugError} ID_ILLEGAL when the host id cannot stand in a topic. */
  constructor(options: HostOverMqttOptions) {
    this.#options = options;
    const { clock, dataDir, log, reorderTimeoutMs } = options;
    const file = dataDir === undefined ? undefined : join(dataDir, "tree.snapshot");
    const { tree, sessions } = openTree({
      file,
      log,
      needsRebirth: (node, cause) => this.#rebirths.ask(node, cause),
    });
    sessions.lostTouch({ because: NO_LINK, at: clock.now() });
    this.tree = tree;
    this.#sessions = sessions;
    this.#snapshots =
      file === undefined ? undefined : new SnapshotKeeper({ tree, sessions, file, log });
    this.#stateTime = dataDir === undefined ? undefined : openStateTimeFile(dataDir);
    this.#order = new HostOrder({
      clock,
      reorderTimeoutMs,
      deliver: (message) => this.#deliver(message),
      stale: (node, because) => this.#stale(node, because),
      needsRebirth: (node, cause) => this.#rebirths.ask(node, cause),
      settled: (node) => this.#rebirths.settle(node),
      faulty: (topic, because) => options.tell({ event: "fault", topic, because }),
    });
    this.#rebirths = new RebirthRequests<HostCause>({
      clock,
      random: () => options.random(),
      policy: REBIRTH_POLICY,
      send: (node, cause) => this.#askForBirths(node, cause),
    });
    this.#link = new HostLink(this.#linkOptions());
  }

  /** Connects, and goes on doing so until `stop`. */
  start(): void {
    this.#snapshots?.start();
    this.#link.start();
  }

  /** STATE offline, DISCONNECT; the tree is on disk then. */
  async stop(): Promise<void> {
    await this.#link.stop();
    this.#rebirths.stop();
    this.#order.stop();
    await this.#snapshots?.stop();
  }

  /** Asks an edge node for its births, within the same bounds as the host itself. */
  requestRebirth(node: NodeId): void {
    this.#rebirths.ask(node, "asked for");
  }

  /** Sends a command; without a connection it is lost. */
  publish(message: SparkplugMessage): void {
    this.#link.publish(message);
  }

  /** [tck-id-message-flow-phid-sparkplug-subscription] */
  #linkOptions(): HostLinkOptions {
    const { certificates, tell } = this.#options;
    const all = `${NAMESPACE}/#`;
    return {
      ...this.#options,
      random: () => this.#options.random(),
      filters: certificates ? [`${CERTIFICATES}/${all}`, all] : [all],
      lastStateAt: this.#stateTime?.last,
      saveStateAt: (timestamp) => this.#saveStateAt(timestamp),
      online: () => this.#askThoseAway(),
      received: (topic, payload) => this.#received(topic, payload),
      lost: () => this.#lost(),
      misused: (because) => tell({ event: "misused", because }),
      entered: (state) => tell(eventOf(state, this.#options.server)),
    };
  }

  /** A full disk costs its memory across a restart, not the STATE. */
  #saveStateAt(timestamp: number): void {
    try {
      this.#stateTime?.save(timestamp);
    } catch (error) {
      this.#options.log.error({ error }, "the time of STATE could not be kept on disk");
    }
  }

  /** Nodes that are away may have been born meanwhile. */
  #askThoseAway(): void {
    for (const { own, groupId, edgeNodeId } of this.#sessions.all()) {
      if (own.state !== "online") this.#rebirths.ask({ groupId, edgeNodeId }, "connected again");
    }
  }

  /** All that was learnt there is stale. */
  #lost(): void {
    this.#order.lost();
    this.#sessions.lostTouch({ because: NO_LINK, at: this.#options.clock.now() });
    this.#rebirths.stop();
  }

  /** Nothing of the node is believed until its birth. */
  #stale(node: NodeId, because: StaleCause): void {
    if (because !== NO_LINK && because !== "messages were lost") return; // the tree knows by itself
    this.#options.tell({ event: "stale", node: descriptorOf(node), because });
    this.#sessions.lostTouch({ because, at: this.#options.clock.now() }, node);
  }

  #received(topic: string, payload: Uint8Array): void {
    const message = { topic, payload, receivedAt: this.#options.clock.now() };
    try {
      this.#dispatch(message);
    } catch (error) {
      if (!(error instanceof SparkplugError)) throw error;
      this.#options.tell({ event: "fault", topic, because: error.message });
    }
  }

  /** @throws {SparkplugError} for what cannot be read. */
  #dispatch(message: Incoming): void {
    const { topic, payload } = message;
    const { tell } = this.#options;
    if (topic.startsWith(`${CERTIFICATES}/`)) return this.#certificate(message);
    const reading = readTopic(topic);
    if (reading.kind === "fault") {
      return tell({ event: "fault", topic, because: reading.fault.because });
    }
    if (reading.kind === "other") return undefined;
    const found = reading.topic;
    if (found.kind === "state") {
      return this.#hostState(found.hostId, readState(payload));
    }
    if (found.type === "NCMD" || found.type === "DCMD") return undefined; // of another host, or ours
    return this.#order.take(found, message);
  }

  /** The own STATE comes twice where a server tells overlapping subscriptions apart. */
  #hostState(host: string, state: HostState): void {
    const text = `${host} ${state.online} ${state.timestamp}`;
    if (text === this.#lastState) return;
    this.#lastState = text;
    this.#options.tell({ event: "host state", host, ...state });
  }

  #certificate(message: Incoming): void {
    if (!this.#sessions.keptBirth(message)) return;
    const reading = readTopic(message.topic.slice(CERTIFICATES.length + 1));
    if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return;
    this.#options.tell({ event: "last known", ...subjectOf(reading.topic) });
  }

  /** In the order of the node. */
  #deliver(message: Incoming): void {
    const reading = readTopic(message.topic);
    if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return;
    const { topic } = reading;
    const before = this.#stateOf(topic);
    this.#sessions.apply(message);
    const now = this.#stateOf(topic);
    const isBirth = topic.type === "NBIRTH" || topic.type === "DBIRTH";
    if (isBirth && now === "online") this.#tellBirth(topic, message);
    if (now === "offline" && before !== "offline") this.#tellDeath(topic, message);
  }

  #tellBirth(topic: NodeTopic, { payload, receivedAt }: Incoming): void {
    const birth = decodePayload(payload, DECODING); // the tree could decode it, too
    const bdSeq = topic.type === "NBIRTH" ? bdSeqOf(birth) : undefined;
    this.#options.tell({
      event: "birth",
      ...subjectOf(topic),
      at: birth.timestamp ?? receivedAt,
      metrics: birth.metrics.length,
      ...(bdSeq !== undefined && { bdSeq }),
    });
  }

  #tellDeath(topic: NodeTopic, { payload, receivedAt }: Incoming): void {
    const told = topic.kind === "device" ? decodePayload(payload, DECODING).timestamp : undefined;
    this.#options.tell({ event: "death", ...subjectOf(topic), at: told ?? receivedAt });
  }

  #stateOf(topic: NodeTopic): NodeState | undefined {
    const { rows } = this.tree;
    const group = rows.child(ROOT, "group", topic.groupId) ?? NONE;
    const node = rows.child(group, "edgeNode", topic.edgeNodeId) ?? NONE;
    if (topic.kind === "node") return this.tree.state(node);
    return this.tree.state(rows.child(node, "device", topic.deviceId) ?? NONE);
  }

  #askForBirths(node: NodeId, cause: HostCause): void {
    this.#link.publish(rebirthRequest(node, this.#options.clock.now()));
    this.#options.tell({ event: "rebirth requested", node: descriptorOf(node), cause });
  }
}

function subjectOf(topic: NodeTopic): { readonly node: string; readonly device?: string } {
  return {
    node: descriptorOf(topic),
    ...(topic.kind === "device" && { device: topic.deviceId }),
  };
}

function eventOf(state: HostLinkState, server: string): HostEvent {
  if (state.kind === "connecting" || state.kind === "online") {
    return { event: state.kind, server, stateAt: state.stateAt };
  }
  if (state.kind === "pausing") return { event: state.kind, server, because: state.because };
  return { event: state.kind, server };
}
