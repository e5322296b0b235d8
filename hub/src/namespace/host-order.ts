/**
 * The messages of edge nodes in the order of their `seq`, for a host at a server that need not keep it. The library's
 * `HostSessions` decides which may be believed, and when: what is early waits for the Reorder Timeout, deaths wait for
 * nothing, births that may have come late are doubted. Here it gets the hub's tree as its picture.
 */
import {
  decodePayload,
  fingerprintOf,
  HostNodes,
  HostSessions,
  openHostMember,
  scanPayload,
  SparkplugError,
  type Arrived,
  type Clock,
  type HostNode,
  type NodeId,
  type Payload,
  type Picture,
  type RebirthCause,
  type SparkplugTopic,
  type Stale,
} from "@unshub/sparkplug";
import { DECODING } from "../tree/index.ts";

/** What an edge node or device says. */
export type NodeTopic = Exclude<SparkplugTopic, { kind: "state" }>;

/** A message as it came; its payload is nobody else's. */
export interface Incoming {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Milliseconds since 1970 UTC. */
  readonly receivedAt: number;
}

export interface HostOrderOptions {
  readonly clock: Clock;
  /** How long a missing message may be on its way; 0: not at all. Milliseconds. */
  readonly reorderTimeoutMs: number;
  /** Takes a message whose turn it is. */
  readonly deliver: (message: Incoming) => void;
  /** Nothing that was told of this node can be believed until its birth. */
  readonly stale: (node: NodeId, because: Stale["because"]) => void;
  readonly needsRebirth: (node: NodeId, cause: RebirthCause) => void;
  /** It was born or has died. */
  readonly settled: (node: NodeId) => void;
  readonly faulty: (topic: string, because: string) => void;
}

/** There is one. */
const SERVER = "";
/** Ids come from the wire. */
const MAX_NODES = 100_000;
const MAX_DEVICES = 10_000;

export class HostOrder {
  readonly #options: HostOrderOptions;
  readonly #nodes = new HostNodes(MAX_NODES);
  readonly #sessions: HostSessions;

  constructor(options: HostOrderOptions) {
    this.#options = options;
    const { clock, reorderTimeoutMs, needsRebirth, settled, faulty } = options;
    this.#sessions = new HostSessions({
      clock,
      reorderTimeoutMs,
      maxDevices: MAX_DEVICES,
      listener: { faulty },
      picture: pictureOf(options),
      needsRebirth,
      settled,
    });
  }

  take(parsed: NodeTopic, message: Incoming): void {
    const { deliver, faulty } = this.#options;
    const node = this.#nodes.open(parsed);
    if (node === undefined) return faulty(message.topic, "there are too many edge nodes");
    const payload = this.#read(node, parsed, message);
    if (payload === undefined) return undefined;
    // The death of one that a snapshot knows.
    if (parsed.type === "NDEATH" && node.session.kind === "unborn") deliver(message);
    return this.#sessions.apply(node, arrived(parsed, message, payload));
  }

  /** There is no connection any more: nothing that waits has a meaning, and nobody is believed. */
  lost(): void {
    for (const node of this.#nodes) this.#sessions.serverLost(node, SERVER);
  }

  /** Takes back all timers. */
  stop(): void {
    for (const node of this.#nodes) node.stopTimer?.();
  }

  /** Births and deaths whole, of data what stands before its metrics. What is broken makes the node doubtful. */
  #read(node: HostNode, { type }: NodeTopic, { topic, payload }: Incoming): Payload | undefined {
    try {
      const isWhole = type === "NBIRTH" || type === "NDEATH";
      return isWhole ? decodePayload(payload, DECODING) : headOf(payload);
    } catch (error) {
      if (!(error instanceof SparkplugError)) throw error;
      this.#options.faulty(topic, error.message);
      this.#sessions.undecodable(node, SERVER);
      return undefined;
    }
  }
}

/** The tree shows what is delivered; of devices it is noted here that they were born. */
function pictureOf({ deliver, stale }: HostOrderOptions): Picture {
  const show = ({ topic, bytes, receivedAt }: Arrived): void =>
    deliver({ topic, payload: bytes, receivedAt });
  return {
    nodeBorn: (_node, message) => show(message),
    deviceBorn: ({ devices }, deviceId, message) => {
      if (!devices.has(deviceId) && devices.size < MAX_DEVICES) {
        devices.set(deviceId, openHostMember(deviceId));
      }
      show(message);
    },
    lastKnown: () => undefined, // certificates go to the tree at once
    data: (_node, _member, message) => {
      show(message);
      return undefined; // the tree says it itself when it needs a birth
    },
    nodeDied: (_node, message) => show(message),
    deviceDied: (_node, _device, message) => show(message),
    allStale: (node, _server, { because }) => stale(node, because),
  };
}

function arrived(parsed: NodeTopic, message: Incoming, payload: Payload): Arrived {
  return {
    type: parsed.type,
    topic: message.topic,
    deviceId: parsed.kind === "device" ? parsed.deviceId : undefined,
    server: SERVER,
    payload,
    bytes: message.payload,
    receivedAt: message.receivedAt,
    fingerprint: fingerprintOf(message.topic, message.payload),
  };
}

/** The `seq` of a compressed envelope may stand inside. @throws {SparkplugError} */
function headOf(bytes: Uint8Array): Payload {
  const { seq, timestamp, bodyEnd } = scanPayload(bytes);
  if (seq === undefined && bodyEnd > 0) return decodePayload(bytes, DECODING);
  return { seq, timestamp, metrics: [], uuid: undefined, body: undefined };
}
