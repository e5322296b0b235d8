/**
 * The topics that one connection has published to, found by their bytes: what was decided when the topic was first
 * seen (is it legal, may the client, who watches, who receives) is here, so that a message costs a comparison.
 */
import type { Watcher } from "../contract.ts";
import type { Refusal } from "../verdict.ts";
import type { Route } from "./route.ts";

/** Topics per connection; beyond it the oldest decisions are made again. */
const MAX_TOPICS = 10_000;
const MAX_BYTES = 8 * 1024 * 1024;
/** What each connection has for certain, however much the others know. */
const OWN_BYTES = 64 * 1024;
/** What a known topic costs besides its text, which is there twice. */
const OVERHEAD_BYTES = 300;

/** What all connections together know. */
export class TopicRoom {
  readonly maxBytes: number;
  bytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }
}

export class KnownTopic {
  readonly topic: string;
  readonly bytes: Buffer;
  /** Why the client may not publish here. */
  readonly refusal: Refusal | undefined;
  readonly watcher: Watcher | undefined;
  route: Route;
  /** Permissions have changed since: an alias stands for this topic still, all else is decided anew. */
  isStale = false;
  /** Messages that came on it since it is known. */
  messages = 0;
  /** The topic that came after this one the last time: machines repeat themselves. */
  following: KnownTopic | undefined;
  /** Another topic with the same hash. */
  next: KnownTopic | undefined;

  constructor(topic: Omit<KnownTopic, "isStale" | "messages" | "following" | "next" | "isAt">) {
    this.topic = topic.topic;
    this.bytes = topic.bytes;
    this.refusal = topic.refusal;
    this.watcher = topic.watcher;
    this.route = topic.route;
  }

  /** Whether these are its bytes; compared from the end, where topics differ. */
  isAt(bytes: Buffer, start: number, end: number): boolean {
    const own = this.bytes;
    if (own.length !== end - start) return false;
    for (let index = own.length - 1; index >= 0; index--) {
      if (own[index] !== bytes[start + index]) return false;
    }
    return true;
  }
}

export class KnownTopics {
  readonly #byHash = new Map<number, KnownTopic>();
  readonly #room: TopicRoom;
  readonly #monotonic: () => number;
  /** Since when it knows topics: none was forgotten after that. Monotonic milliseconds. */
  since: number;
  #size = 0;
  #bytes = 0;
  #last: KnownTopic | undefined;

  constructor(room: TopicRoom, monotonic: () => number) {
    this.#room = room;
    this.#monotonic = monotonic;
    this.since = monotonic();
  }

  *all(): Generator<KnownTopic> {
    for (const first of this.#byHash.values()) {
      let topic: KnownTopic | undefined = first;
      while (topic !== undefined) {
        const { next }: KnownTopic = topic;
        yield topic;
        topic = next;
      }
    }
  }

  /** The topic in these bytes, if it is known. */
  find(bytes: Buffer, start: number, end: number): KnownTopic | undefined {
    const expected = this.#last?.following;
    const found =
      expected?.isAt(bytes, start, end) === true ? expected : this.#lookUp(bytes, start, end);
    if (found !== undefined) this.#remember(found);
    return found;
  }

  add(topic: KnownTopic): void {
    const bytes = 2 * topic.bytes.length + OVERHEAD_BYTES;
    if (!this.#hasRoom(bytes)) this.clear();
    this.#bytes += bytes;
    this.#room.bytes += bytes;
    const key = hash(topic.bytes, 0, topic.bytes.length);
    topic.next = this.#byHash.get(key);
    this.#byHash.set(key, topic);
    this.#size += 1;
    this.#remember(topic);
  }

  /** Permissions changed: everything is decided anew. */
  clear(): void {
    for (const topic of this.#byHash.values()) unlink(topic);
    this.#byHash.clear();
    this.#room.bytes -= this.#bytes;
    this.#bytes = 0;
    this.#size = 0;
    this.since = this.#monotonic();
    this.#last = undefined;
  }

  #hasRoom(bytes: number): boolean {
    if (this.#size >= MAX_TOPICS || this.#bytes + bytes > MAX_BYTES) return false;
    return this.#bytes <= OWN_BYTES || this.#room.bytes + bytes <= this.#room.maxBytes;
  }

  #lookUp(bytes: Buffer, start: number, end: number): KnownTopic | undefined {
    let candidate = this.#byHash.get(hash(bytes, start, end));
    while (candidate !== undefined && !candidate.isAt(bytes, start, end))
      candidate = candidate.next;
    return candidate;
  }

  #remember(topic: KnownTopic): void {
    if (this.#last !== undefined) this.#last.following = topic;
    this.#last = topic;
  }
}

/** A topic that something else still knows, as an alias does, must not keep all the others in memory. */
function unlink(first: KnownTopic): void {
  let topic: KnownTopic | undefined = first;
  while (topic !== undefined) {
    const { next }: KnownTopic = topic;
    topic.following = undefined;
    topic.next = undefined;
    topic = next;
  }
}

/** FNV-1a, 31 bits so that it stays a small integer. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let value = 0x811c9dc5;
  for (let at = start; at < end; at++) value = Math.imul(value ^ (bytes[at] ?? 0), 0x01000193);
  return value & 0x3fffffff;
}
