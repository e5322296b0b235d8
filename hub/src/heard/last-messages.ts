/**
 * The last messages of each Sparkplug topic, byte by byte, for those who ask what really came. Of births and deaths
 * several are kept, of data the last one, and the following ones as well while somebody looks. What is kept is copied
 * into room that is used again: most messages make no object.
 */
import type { PublishedMessage, Watcher } from "../broker/index.ts";

/** A message as it came. Its payload is a copy. */
export interface KeptMessage {
  readonly topic: string;
  /** The client that sent it; `undefined`: the hub itself. */
  readonly clientId: string | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly receivedAt: number;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly isWill: boolean;
  readonly payload: Uint8Array;
  /** Bytes of the whole payload; `payload` has fewer when it was longer than what is kept. */
  readonly size: number;
  /** MQTT 5 properties as they stand in the packet. */
  readonly properties: Uint8Array | undefined;
}

export interface LastMessagesLimits {
  /** Bytes of payloads in all. What comes beyond replaces what its own topic has, or is not kept. */
  readonly maxBytes: number;
  /** Bytes of one payload; of a longer one this much is kept. */
  readonly maxPayloadBytes: number;
  readonly maxTopics: number;
}

const LIMITS: LastMessagesLimits = {
  maxBytes: 48 * 1024 * 1024,
  maxPayloadBytes: 256 * 1024,
  maxTopics: 100_000,
};

/** Births and deaths of one topic that are kept. */
const MILESTONES = 8;
/** Data messages of a topic that is looked at. */
const LOOKED_AT = 20;
/** How long a topic counts as looked at after a question. */
const LOOK_MS = 60_000;

const SPARKPLUG = /^spBv1\.0\/[^/]+\/(?<type>[ND](?:BIRTH|DEATH|DATA|CMD))\//;

export class LastMessages {
  readonly #limits: LastMessagesLimits;
  readonly #topics = new Map<string, Topic>();
  readonly #room = { bytes: 0 };

  constructor(limits: Partial<LastMessagesLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Bytes of payloads that are kept. */
  get bytes(): number {
    return this.#room.bytes;
  }

  /** Keeps what comes on a topic; `undefined`: nothing of it is kept. Never refuses. */
  watcher(name: string): Watcher | undefined {
    const type = SPARKPLUG.exec(name)?.groups?.["type"];
    if (type === undefined) return undefined;
    let topic = this.#topics.get(name);
    if (topic === undefined && this.#topics.size >= this.#limits.maxTopics) return undefined;
    const isMilestone = type.endsWith("BIRTH") || type.endsWith("DEATH");
    topic ??= new Topic(isMilestone ? MILESTONES : 1, this.#room, this.#limits);
    this.#topics.set(name, topic);
    const own = topic;
    return (message) => {
      own.take(message);
      return undefined;
    };
  }

  /** The last messages of a topic, the newest first. `now`: from now on the following ones are kept for a while. */
  of(name: string, now?: number): readonly KeptMessage[] {
    const topic = this.#topics.get(name);
    if (topic === undefined) return [];
    if (now !== undefined) topic.lookedAtUntil = now + LOOK_MS;
    return topic.messages(name);
  }
}

/** One message that is kept; its room is used again by the next one. */
interface Place {
  bytes: Uint8Array;
  kept: number;
  size: number;
  clientId: string | undefined;
  receivedAt: number;
  qos: 0 | 1 | 2;
  retain: boolean;
  isWill: boolean;
  properties: Uint8Array | undefined;
}

class Topic {
  lookedAtUntil = 0;
  readonly #depth: number;
  readonly #room: { bytes: number };
  readonly #limits: LastMessagesLimits;
  /** The newest last. */
  readonly #places: Place[] = [];

  constructor(depth: number, room: { bytes: number }, limits: LastMessagesLimits) {
    this.#depth = depth;
    this.#room = room;
    this.#limits = limits;
  }

  take(message: PublishedMessage): void {
    const isLookedAt = message.receivedAt <= this.lookedAtUntil;
    const place = this.#placeFor(isLookedAt ? LOOKED_AT : this.#depth, message.payload.length);
    if (place === undefined) return;
    this.#fill(place, message);
    this.#places.push(place);
  }

  /** An empty place, or the oldest one; `undefined`: there is no room. */
  #placeFor(depth: number, size: number): Place | undefined {
    while (this.#places.length > depth) this.#free(this.#places.shift());
    const { maxBytes, maxPayloadBytes } = this.#limits;
    const isFull = this.#room.bytes + Math.min(size, maxPayloadBytes) > maxBytes;
    if (this.#places.length >= depth || (isFull && this.#places.length > 0))
      return this.#places.shift();
    return isFull ? undefined : emptyPlace();
  }

  #fill(place: Place, message: PublishedMessage): void {
    const { payload, properties } = message;
    const kept = Math.min(payload.length, this.#limits.maxPayloadBytes);
    if (place.bytes.length < kept || place.bytes.length > 4 * kept + 64) {
      this.#room.bytes += kept - place.bytes.length;
      place.bytes = new Uint8Array(kept);
    }
    place.bytes.set(kept === payload.length ? payload : payload.subarray(0, kept));
    place.kept = kept;
    place.size = payload.length;
    place.clientId = message.clientId;
    place.receivedAt = message.receivedAt;
    place.qos = message.qos;
    place.retain = message.retain;
    place.isWill = message.isWill === true;
    place.properties =
      properties && properties.length > 0 ? Uint8Array.from(properties) : undefined;
  }

  #free(place: Place | undefined): void {
    this.#room.bytes -= place?.bytes.length ?? 0;
  }

  messages(topic: string): readonly KeptMessage[] {
    return this.#places.toReversed().map(({ bytes, kept, ...rest }) => ({
      topic,
      ...rest,
      payload: bytes.slice(0, kept),
    }));
  }
}

function emptyPlace(): Place {
  return {
    bytes: new Uint8Array(0),
    kept: 0,
    size: 0,
    clientId: undefined,
    receivedAt: 0,
    qos: 0,
    retain: false,
    isWill: false,
    properties: undefined,
  };
}
