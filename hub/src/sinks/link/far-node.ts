/**
 * An edge node of this hub at the other side: a connection of its own, as Sparkplug wants it, whose Will is its NDEATH.
 * Late, until an NBIRTH comes that was said while the other side could be reached: then byte for byte what it says.
 */
import { setTimeout as pause } from "node:timers/promises";
import {
  bdSeqOf,
  deathMessage,
  decodePayload,
  descriptorOf,
  deviceTopic,
  nextSeq,
  nodeTopic,
  type NodeId,
  type SparkplugTopic,
} from "@unshub/sparkplug";
import type { IClientOptions, MqttClient } from "mqtt";
import { DECODING } from "../../tree/index.ts";
import { answers } from "./answers.ts";
import { withDevice, type Births, type NodeMemory } from "./births.ts";
import { NotWanted, refusalIn } from "./not-wanted.ts";
import { lateBirth, lateData, withBdSeq, type LateStamp } from "./wire.ts";

/** A message of an edge node, as it stands in the log. */
export interface Said {
  readonly about: Exclude<SparkplugTopic, { readonly kind: "state" }>;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** Said while the other side could be reached. */
  readonly isFresh: boolean;
  /** The hubs that brought it here. */
  readonly via: readonly string[];
}

export interface FarSide {
  readonly hubId: string;
  readonly connect: (node: NodeId, options: IClientOptions) => Promise<MqttClient>;
  /** Whether the other side had it from itself. */
  readonly isLoop: (via: readonly string[]) => boolean;
  /** The other side asks something of an edge node. */
  readonly commanded: (node: NodeId, payload: Uint8Array) => void;
  /** The other side lets an edge node hear no commands. */
  readonly unheard: (node: NodeId, because: Error) => void;
  /** Of the next CONNECT; `own`: what the edge node has itself, for the first. */
  readonly nextBdSeq: (node: NodeId, own: number) => number;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly timeoutMs: number;
}

/** Which hubs a birth came through. */
export const VIA = "unshub-via";
/** MQTT 5: the server sends the Will all the same. */
const WITH_WILL = 0x04;
/** A server that does not take DISCONNECT within it is left. */
const LEAVE_MS = 1000;

export class FarNode {
  readonly #side: FarSide;
  readonly #id: NodeId;
  #births: Births | undefined;
  /** Of this session. */
  #bdSeq = 0;
  #client: MqttClient | undefined;
  #seq = 0;
  #isLive = false;
  #isLoop = false;
  /** Until it is born again by itself. */
  #isSetAside = false;
  /** Why the other side ended the connection, where it said that it would do so again. */
  #refusal: NotWanted | undefined;

  constructor({ groupId, edgeNodeId, births }: NodeMemory, side: FarSide) {
    this.#side = side;
    this.#id = { groupId, edgeNodeId };
    this.#births = births;
  }

  get memory(): NodeMemory {
    return { ...this.#id, births: this.#births };
  }

  /** Whether a birth of its own would show at the other side what it is now. */
  get wantsBirth(): boolean {
    return !this.#isLive && !this.#isLoop && !this.#isSetAside;
  }

  /** Whether there is nothing about it that would have to be remembered. */
  get isBlank(): boolean {
    const isKnown = this.#births !== undefined || this.#client !== undefined;
    return !isKnown && !this.#isLoop && !this.#isSetAside;
  }

  /** Answers whether the message goes to the other side: without a birth none does. */
  async take(said: Said): Promise<boolean> {
    const { type } = said.about;
    if (type === "NBIRTH") return await this.#nodeBorn(said);
    const before = this.#births;
    if (before === undefined && type === "NDEATH") this.#isLoop = this.#isSetAside = false;
    if (before === undefined) return false;
    if (type === "NDEATH") return await this.#died(said, before);
    if (this.#client === undefined) await this.#introduce(before);
    const { about, payload } = said;
    if (about.kind === "device" && type === "DBIRTH")
      this.#births = withDevice(before, about.deviceId, payload);
    if (about.kind === "device" && type === "DDEATH")
      this.#births = withDevice(before, about.deviceId, undefined);
    this.#send(said, this.#isLive ? payload : this.#late(type, payload));
    return true;
  }

  /** What became of its connection; `undefined`: it is there, or not needed. */
  get fault(): Error | undefined {
    if (this.#client === undefined || this.#client.connected) return undefined;
    return this.#refusal ?? new Error(`the connection of ${descriptorOf(this.#id)} was lost`);
  }

  /** Resolves when the other side has read all that was sent. @throws {NotWanted} when it did not want to. */
  async settle(signal: AbortSignal): Promise<void> {
    if (this.#client === undefined) return;
    try {
      await answers(this.#client, this.#side.timeoutMs, signal);
    } catch (error) {
      throw this.#refusal ?? error;
    }
  }

  /** Ends the connection as lost: its Will comes. */
  async drop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#isLive = false;
    await client?.endAsync(true);
  }

  /** Ends the connection in order; its Will comes, too, for that is the edge node's NDEATH. */
  async leave(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#isLive = false;
    if (client?.connected !== true) return await client?.endAsync(true);
    const left = client.endAsync(false, { reasonCode: WITH_WILL });
    left.catch(() => undefined); // it is lost
    await Promise.race([left, pause(LEAVE_MS, undefined, { ref: false })]);
  }

  /** It cannot be carried on: it is not asked for a birth that would end in the same way. */
  async setAside(): Promise<void> {
    this.#isSetAside = true;
    await this.forget();
  }

  /** Until it is born again nothing of it is sent. */
  async forget(): Promise<void> {
    this.#births = undefined;
    await this.leave();
  }

  async #nodeBorn(said: Said): Promise<boolean> {
    const { payload, via, isFresh } = said;
    this.#isSetAside = false;
    this.#isLoop = this.#side.isLoop(via);
    if (this.#isLoop) {
      await this.forget();
      return false;
    }
    const node = Uint8Array.from(payload);
    const births = { node, bdSeq: bdSeqIn(payload), devices: new Map(), via };
    this.#births = births;
    if (this.#client === undefined) await this.#open(births);
    const bdSeq = this.#bdSeq;
    this.#isLive = isFresh;
    this.#seq = 0;
    const now = isFresh
      ? bornAs(payload, { births, bdSeq })
      : lateBirth(payload, this.#stamp(), bdSeq);
    this.#send(said, now);
    return true;
  }

  async #died({ payload }: Said, { bdSeq }: Births): Promise<boolean> {
    const died = bdSeqIn(payload);
    const isOther = died !== undefined && bdSeq !== undefined && died !== bdSeq;
    if (isOther) return false; // of an earlier session
    await this.forget();
    return true;
  }

  /** Announces what is known of it, without values. */
  async #introduce(births: Births): Promise<void> {
    await this.#open(births);
    const { groupId, edgeNodeId } = this.#id;
    const flags = { qos: 0, retain: false, via: births.via } as const;
    this.#isLive = false;
    this.#seq = 0;
    const topic = nodeTopic("NBIRTH", groupId, edgeNodeId);
    this.#send({ topic, ...flags }, lateBirth(births.node, this.#stamp(), this.#bdSeq));
    for (const [deviceId, payload] of births.devices) {
      const deviceBirth = deviceTopic("DBIRTH", this.#id, deviceId);
      this.#send({ topic: deviceBirth, ...flags }, this.#late("DBIRTH", payload));
    }
  }

  /** Connects with its NDEATH as Will, and hears commands. */
  async #open({ bdSeq: own = 0 }: Births): Promise<void> {
    const { connect, commanded, nextBdSeq } = this.#side;
    const bdSeq = nextBdSeq(this.#id, own);
    const { topic, payload, qos, retain } = deathMessage(this.#id, bdSeq);
    const will = { topic, payload: Buffer.from(payload), qos, retain };
    this.#bdSeq = bdSeq;
    this.#refusal = undefined;
    const client = await connect(this.#id, { will });
    this.#client = client;
    client.on("message", (_topic, command) => commanded(this.#id, command));
    client.on("disconnect", (packet) => {
      this.#refusal = refusalIn(packet);
    });
    const { groupId, edgeNodeId } = this.#id;
    const filters = [nodeTopic("NCMD", groupId, edgeNodeId)];
    filters.push(`spBv1.0/${groupId}/DCMD/${edgeNodeId}/+`);
    try {
      await client.subscribeAsync(filters, { qos: 1 });
    } catch (error) {
      if (!isSubackRefusal(error)) throw error;
      this.#side.unheard(this.#id, error); // it can speak all the same
    }
  }

  #late(type: Said["about"]["type"], payload: Uint8Array): Uint8Array {
    this.#seq = nextSeq(this.#seq);
    return type === "DBIRTH" ? lateBirth(payload, this.#stamp()) : lateData(payload, this.#stamp());
  }

  #stamp(): LateStamp {
    return { seq: this.#seq, now: this.#side.now() };
  }

  #send(
    { topic, qos, retain, via }: Omit<Said, "about" | "payload" | "isFresh">,
    payload: Uint8Array,
  ): void {
    const isBirth = topic.includes("/NBIRTH/");
    const userProperties = { [VIA]: [...via, this.#side.hubId].join(",") };
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    this.#client?.publish(topic, bytes, {
      qos,
      retain,
      ...(isBirth && { properties: { userProperties } }),
    });
  }
}

/** As MQTT.js says that the server answered, and does not want it. */
function isSubackRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === "ErrorWithSubackPacket";
}

function bornAs(payload: Uint8Array, { births, bdSeq }: { births: Births; bdSeq: number }) {
  return births.bdSeq === bdSeq ? payload : withBdSeq(payload, bdSeq);
}

/** `undefined`: none that can be read. */
function bdSeqIn(payload: Uint8Array): number | undefined {
  try {
    return bdSeqOf(decodePayload(payload, DECODING));
  } catch {
    return undefined;
  }
}
