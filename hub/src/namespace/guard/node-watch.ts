/**
 * Watches what one client says on one topic of an edge node or its devices. Flags, head and order are looked at with
 * every message; births, deaths and commands are decoded whole; of data a sample, all of it after a birth, and whatever
 * the tree could not explain. What passes moves the state of the edge node.
 */
import {
  decodePayload,
  PayloadScan,
  scanPayload,
  SparkplugError,
  type Payload,
} from "@unshub/sparkplug";
import type { PublishedMessage } from "../../broker/index.ts";
import { DECODING } from "../../tree/index.ts";
import type { Faults } from "./faults.ts";
import {
  addUndecodable,
  checkFlags,
  checkHead,
  isBirth,
  isData,
  isCommand,
  type Head,
} from "./head-check.ts";
import type { Refusal, Scene } from "./judge.ts";
import type { MetricsAbout } from "./metric-about.ts";
import { checkMetrics } from "./metric-check.ts";
import { dataPassed, diedBy, move } from "./node-moves.ts";
import {
  checkBorn,
  checkDeviceBirth,
  checkNodeBirth,
  checkNodeDeath,
  checkOwner,
  checkPrimary,
  checkSeq,
  isRepeated,
  seqAfter,
  type OrderAbout,
} from "./order-check.ts";
import type { Occasion } from "./rule.ts";
import { oneMore } from "./node-link.ts";
import type { Sighted, Subject } from "./standings.ts";
import { definitionsIn } from "./template-check.ts";
import { checkDeath } from "./will-check.ts";
import type { Watch, WatchRooms } from "./watch.ts";

/** Data messages of a topic that are looked at whole after a birth, and one of how many later. */
const FRESH = 32;
const SAMPLE = 64;

/** Nothing is called while it is in use, so one is enough. */
const SCAN = new PayloadScan();

function headOf({ timestamp = -1, seq }: Payload): Head {
  return { timestampMs: timestamp, seq };
}

export interface NodeWatchAbout extends OrderAbout {
  readonly subject: Subject;
  readonly topic: string;
  /** Found when the topic was first seen. */
  readonly caseConflict: string | undefined;
}

/** There are as many as topics: it keeps little. */
export class NodeWatch implements Watch {
  readonly #rooms: WatchRooms;
  readonly #about: NodeWatchAbout;
  readonly #faults: Faults;
  readonly #isData: boolean;
  /** The birth after which it counts messages that were looked at whole. */
  #births = -1;
  #count = 0;
  #seen: Sighted | undefined;
  /** Of the message at hand. */
  #wasExamined = false;
  #isInOrder = false;
  #seq: number | undefined;

  constructor(rooms: WatchRooms, about: NodeWatchAbout) {
    this.#rooms = rooms;
    this.#about = about;
    this.#faults = about.faults;
    this.#isData = isData(about.type);
  }

  take(message: PublishedMessage): Refusal | undefined {
    const { client, subject, caseConflict, type } = this.#about;
    if (message.isWill === true) return this.#willFired(message.payload);
    if (client.ended !== undefined) return client.ended;
    const faults = this.#faults;
    faults.clear();
    subject.lastAt = message.receivedAt;
    this.#seen ??= this.#rooms.judge.standings.saw(subject, type, message.receivedAt);
    this.#seen.at = message.receivedAt;
    checkFlags(type, message, faults);
    if (caseConflict !== undefined) faults.add("T08", () => caseConflict);
    const payload = this.#look(message);
    const refusal = faults.all.length === 0 ? undefined : this.#judged(message);
    const { node } = this.#about;
    const isInOrder = this.#isInOrder;
    if (isInOrder) node.expectedSeq = seqAfter(node, this.#seq); // after a refusal too
    if (refusal !== undefined) return refusal;
    if (!client.hasPublished) client.hasPublished = true;
    if (this.#isData) {
      if (isInOrder) dataPassed(node);
    } else move(this.#rooms, this.#about, { payload, at: message.receivedAt, isInOrder });
    return undefined;
  }

  /** The tree could not explain a message that passed: it is looked at whole. */
  after(message: PublishedMessage): void {
    const { node } = this.#about;
    if (!node.isSuspect) return;
    node.isSuspect = false;
    if (this.#wasExamined || !this.#isData || !this.#isInOrder) return;
    this.#faults.clear();
    const payload = this.#decoded(message.payload);
    if (payload !== undefined) checkMetrics(payload, this.#metrics());
    if (this.#faults.all.length > 0) this.#rooms.judge.sentence(this.#faults, this.#scene(message));
  }

  #saw(occasion: Occasion): void {
    const { subject } = this.#about;
    this.#rooms.judge.standings.saw(subject, occasion, subject.lastAt);
  }

  #judged(message: PublishedMessage): Refusal | undefined {
    const refusal = this.#rooms.judge.sentence(this.#faults, this.#scene(message));
    if (refusal === undefined) return undefined;
    const { client, node, type } = this.#about;
    node.refused = oneMore(node.refused, message.receivedAt, `${type}: ${refusal.because}`);
    return this.#rooms.refused(client, refusal, { isBirth: isBirth(type), qos: message.qos });
  }

  #scene({ payload, receivedAt }: PublishedMessage): Scene {
    const { client, subject, topic, type } = this.#about;
    const { clientId, address } = client.client;
    return { clientId, address, subject, occasion: type, topic, payload, at: receivedAt };
  }

  /** Finds faults. Answers the payload when it was decoded. */
  #look({ payload: bytes, receivedAt }: PublishedMessage): Payload | undefined {
    const { type } = this.#about;
    this.#isInOrder = false;
    this.#seq = undefined;
    if (!this.#scanned(bytes)) return undefined;
    const isCompressed = SCAN.uuidStart > 0;
    this.#wasExamined = isCompressed || (type !== "DDEATH" && this.#isDue());
    this.#seq = SCAN.seq;
    if (!isCompressed) checkHead(type, SCAN, receivedAt, this.#faults);
    const payload = this.#wasExamined ? this.#decoded(bytes) : undefined;
    if (isCompressed && payload !== undefined) {
      this.#seq = payload.seq;
      checkHead(type, headOf(payload), receivedAt, this.#faults);
    }
    this.#checkOrder();
    if (payload !== undefined) this.#checkWhole(payload);
    return payload;
  }

  #scanned(bytes: Uint8Array): boolean {
    try {
      scanPayload(bytes, SCAN);
      return true;
    } catch (error) {
      if (!(error instanceof SparkplugError)) throw error;
      addUndecodable(error, bytes, this.#faults);
      this.#checkOrder();
      return false;
    }
  }

  #decoded(bytes: Uint8Array): Payload | undefined {
    try {
      return decodePayload(bytes, DECODING);
    } catch (error) {
      if (!(error instanceof SparkplugError)) throw error;
      addUndecodable(error, bytes, this.#faults);
      return undefined;
    }
  }

  /** Whether this message is looked at whole. */
  #isDue(): boolean {
    if (!this.#isData) return true;
    const { births } = this.#about.node;
    if (births !== this.#births) {
      this.#births = births;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count <= FRESH || this.#count % SAMPLE === 0 || this.#rooms.examinesAll;
  }

  #checkOrder(): void {
    const { type, node } = this.#about;
    if (isCommand(type)) return;
    const isForeign = checkOwner(this.#about);
    if (isForeign || type === "NBIRTH" || type === "NDEATH") return;
    this.#isInOrder = checkBorn(this.#about);
    if (!node.isBorn) return;
    if (isRepeated(node, this.#seq, SCAN.timestampMs)) this.#isInOrder = false;
    else checkSeq(node, this.#seq, this.#faults);
    node.lastSentMs = SCAN.timestampMs;
  }

  #checkWhole(payload: Payload): void {
    const { type } = this.#about;
    const { hosts } = this.#rooms;
    const saw = (occasion: Occasion): void => this.#saw(occasion);
    if (type === "NDEATH") {
      checkDeath(payload, "S07", this.#faults);
      checkNodeDeath(this.#about, payload);
      return;
    }
    if (type === "NBIRTH") {
      checkNodeBirth(this.#about, payload, saw);
      checkPrimary(this.#about, (hostId) => hosts.isOffline(hostId), saw);
    } else if (type === "DBIRTH" && this.#isInOrder) checkDeviceBirth(this.#about, payload);
    if (!this.#isData || this.#isInOrder)
      checkMetrics(payload, this.#metrics(type === "NBIRTH" ? payload : undefined));
  }

  /** Instances in an NBIRTH refer to the definitions beside them. */
  #metrics(birth?: Payload): MetricsAbout {
    const { type, deviceId, faults, node } = this.#about;
    return {
      type,
      deviceId,
      faults,
      definitions: birth === undefined ? node.definitions : definitionsIn(birth),
      born: (metric) => this.#rooms.born(node, deviceId, metric),
      saw: (occasion) => this.#saw(occasion),
    };
  }

  #willFired(bytes: Uint8Array): undefined {
    const payload = this.#about.type === "NDEATH" ? this.#decoded(bytes) : undefined;
    if (payload !== undefined) diedBy(this.#about.node, payload);
  }
}
