/** Takes out of packets what must not leave the hub: passwords, tokens, and payloads on topics that somebody names. */
import type { IConnectPacket, IPublishPacket } from "mqtt-packet";
import { matchesFilter } from "../broker/index.ts";
import { nameOf, readPacket, versionOf, writePacket, type Version } from "./packets.ts";

const REDACTED = "redacted";
/** More of a Will is not kept. */
const MOST_WILL_BYTES = 64 * 1024;

export interface SafeConnect {
  readonly clientId: string;
  readonly version: Version;
  readonly bytes: Buffer;
  readonly isRedacted: boolean;
  /** Topic of its Will. */
  readonly willTopic: string | undefined;
}

/** A CONNECT without its secrets; `undefined`: it cannot be read, and so not be made safe. */
export function safeConnect(bytes: Buffer): SafeConnect | undefined {
  try {
    return withoutSecrets(bytes);
  } catch {
    return undefined; // it can be read and not be written: it is none that is let in
  }
}

/** The same without the payload of its Will. */
export function withoutWill({ bytes, version }: SafeConnect): Buffer {
  const packet = readPacket(Buffer.from(bytes), version);
  if (packet?.cmd !== "connect" || packet.will === undefined) return bytes;
  return writePacket({ ...packet, will: { ...packet.will, payload: Buffer.alloc(0) } }, version);
}

function withoutSecrets(bytes: Buffer): SafeConnect | undefined {
  const packet = readPacket(Buffer.from(bytes), 5);
  if (packet?.cmd !== "connect") return undefined;
  const version = versionOf(packet);
  const hasPassword = packet.password !== undefined;
  const safe: IConnectPacket = {
    ...packet,
    ...(hasPassword && { password: Buffer.from(REDACTED) }),
  };
  const isSecretive = Object.keys(packet.properties ?? {}).some((name) => SECRET.has(name));
  if (packet.properties !== undefined) safe.properties = openly(packet.properties);
  if (safe.will !== undefined && safe.will.payload.length > MOST_WILL_BYTES)
    safe.will = { ...safe.will, payload: Buffer.alloc(0) };
  const { clientId } = packet;
  return {
    clientId,
    version,
    bytes: writePacket(safe, version),
    isRedacted: hasPassword || isSecretive,
    willTopic: packet.will?.topic,
  };
}

/** What may hold a token. */
const SECRET: ReadonlySet<string> = new Set([
  "userProperties",
  "authenticationMethod",
  "authenticationData",
]);

function openly(properties: NonNullable<IConnectPacket["properties"]>) {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !SECRET.has(name)));
}

const NOTHING_OF_IT = { isRedacted: true } as const;

/** Packets of one connection on their way into a file. */
export class Redactor {
  readonly #filters: readonly string[];
  readonly #version: Version;
  /** Topic Aliases that the client has set. */
  readonly #aliases = new Map<number, string>();

  constructor(filters: readonly string[], version: Version) {
    this.#filters = filters;
    this.#version = version;
  }

  /** The packet as it may be shown; `bytes` is left out of one that may not be at all. */
  safe(packet: Buffer): {
    readonly bytes?: Buffer;
    readonly topic?: string;
    readonly isRedacted: boolean;
  } {
    const name = nameOf(packet);
    if (name === "auth") return NOTHING_OF_IT;
    if (name !== "publish") return { bytes: packet, isRedacted: false };
    const read = readPacket(Buffer.from(packet), this.#version);
    const isOpen = this.#filters.length === 0;
    if (read?.cmd !== "publish")
      return isOpen ? { bytes: packet, isRedacted: false } : NOTHING_OF_IT;
    const topic = this.#topicOf(read);
    const isSecret = topic === undefined ? !isOpen : this.isSecret(topic);
    const bytes = isSecret
      ? writePacket({ ...read, payload: Buffer.alloc(0) }, this.#version)
      : packet;
    return { bytes, isRedacted: isSecret, ...(topic !== undefined && { topic }) };
  }

  isSecret(topic: string): boolean {
    return this.#filters.some((filter) => matchesFilter(filter, topic));
  }

  /** `undefined`: its alias was set before the recording begins. */
  #topicOf({ topic, properties }: IPublishPacket): string | undefined {
    const alias = properties?.topicAlias;
    if (alias === undefined) return topic;
    if (topic !== "") this.#aliases.set(alias, topic);
    return this.#aliases.get(alias);
  }
}
