/** A CONNECT, read and judged by the rules of MQTT alone; who the client is, is for others to judge. */
import { randomUUID } from "node:crypto";
import type { IConnectPacket } from "mqtt-packet";
import type { ConnectingClient } from "./contract.ts";
import type { BrokerLimits } from "./limits.ts";
import { Reason } from "./reason.ts";
import { isReservedTopic, isTopicName, levelsOf } from "./routing/topic.ts";
import { FOREVER_SECONDS } from "./session.ts";
import { type Refusal, refused } from "./verdict.ts";
import type { Violation } from "./violation.ts";
import { connectLayout, type ReceivedFrame } from "./wire/packet-check.ts";
import { readPacket, type Version } from "./wire/packets.ts";
import { checkProperties, Packet, PropertyId } from "./wire/properties.ts";
import type { ClientTerms, Peer } from "./connection-owner.ts";

/** What the client asks for, within the limits. */
export interface ConnectRequest extends ClientTerms {
  readonly clean: boolean;
  readonly expirySeconds: number;
  readonly will: WillRequest | undefined;
  /** What CONNACK says besides. */
  readonly answer: ConnectAnswer;
}

export interface WillRequest {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly delaySeconds: number;
  /** As bytes, like those of a PUBLISH; −1: no expiry. */
  readonly properties: Uint8Array;
  readonly expiryAt: number;
}

interface ConnectAnswer {
  readonly assignedClientIdentifier?: string;
  readonly serverKeepAlive?: number;
  readonly sessionExpiryInterval?: number;
}

/** A CONNECT that cannot be accepted, and in which version of MQTT to say so; without one the socket is just closed. */
export interface ConnectFault extends Refusal {
  readonly version: Version | undefined;
  /** What the client takes, as far as it could be read. */
  readonly maxPacketBytes: number;
}

export function readConnect(
  frame: ReceivedFrame,
  { address, proof }: Peer,
  limits: BrokerLimits,
): ConnectRequest | ConnectFault {
  const { violation, willProperties: willBytes } = connectLayout(frame);
  if (violation !== undefined) return unreadable(frame, violation);
  const bytes = frame.bytes.subarray(frame.start, frame.end);
  const packet = readPacket(bytes, 4);
  if (!("cmd" in packet)) return unreadable(frame, packet);
  if (packet.cmd !== "connect") throw new Error("not a CONNECT");
  const version = versionOf(packet);
  const refusal = refusalOf(packet, version, limits);
  return refusal === undefined
    ? requestOf(packet, version, { address, proof, limits, willBytes })
    : { ...refusal, version, maxPacketBytes: maxPacketBytesOf(packet) };
}

function unreadable(frame: ReceivedFrame, { reasonCode, because }: Violation): ConnectFault {
  const maxPacketBytes = Number.POSITIVE_INFINITY;
  return { ...refused(reasonCode, because), version: versionIn(frame), maxPacketBytes };
}

/** [MQTT5-3.1.2-24] */
function maxPacketBytesOf({ properties }: IConnectPacket): number {
  return properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
}

function versionOf({ protocolVersion }: IConnectPacket): Version {
  return protocolVersion === 3 || protocolVersion === 5 ? protocolVersion : 4;
}

/**
 * The version in which a client that sent this can be answered: the level stands after the name. A level that is
 * not known is answered as MQTT 3.1.1 asks for. [MQTT5-3.1.2-2] [MQTT311-3.1.2-2]
 */
function versionIn({ bytes, body, end }: ReceivedFrame): Version | undefined {
  const nameLength = body + 2 <= end ? bytes.readUInt16BE(body) : 0;
  const name = bytes.toString("latin1", body + 2, Math.min(body + 2 + nameLength, end));
  if (name !== "MQTT" && name !== "MQIsdp") return undefined; // [MQTT5-3.1.2-1] [MQTT311-3.1.2-1]
  const level = bytes[body + 2 + nameLength] ?? 0;
  return level === 5 ? 5 : 4;
}

function refusalOf(
  packet: IConnectPacket,
  version: Version,
  limits: BrokerLimits,
): Refusal | undefined {
  const method = packet.properties?.authenticationMethod;
  if (method !== undefined) {
    const shown = JSON.stringify(method.slice(0, 40));
    const because = `enhanced authentication (${shown}) is not offered here`;
    return refused(Reason.badAuthenticationMethod, because); // [MQTT5-4.12.0-1] [MQTT5-4.12.0-4]
  }
  if (packet.properties?.authenticationData !== undefined)
    return refused(Reason.protocolError, "authentication data without a method");
  return clientIdRefusal(packet, version, limits) ?? willRefusal(packet, limits);
}

/** [MQTT5-3.1.3-8] [MQTT311-3.1.3-7] [MQTT311-3.1.3-8] [MQTT311-3.1.3-9] */
function clientIdRefusal(
  { clientId, clean }: IConnectPacket,
  version: Version,
  limits: BrokerLimits,
): Refusal | undefined {
  if (clientId === "" && (version === 3 || (version === 4 && clean !== true))) {
    const because = "a client without an identifier must ask for a clean session";
    return refused(Reason.clientIdentifierNotValid, because);
  }
  if (Buffer.byteLength(clientId) <= limits.maxClientIdBytes) return undefined; // [MQTT5-3.1.3-5] [MQTT311-3.1.3-5]
  const because = `the client identifier is longer than ${limits.maxClientIdBytes} bytes`;
  return refused(Reason.clientIdentifierNotValid, because);
}

function willRefusal({ will }: IConnectPacket, limits: BrokerLimits): Refusal | undefined {
  if (will === undefined) return undefined;
  const { topic } = will;
  const isOurs = isReservedTopic(topic);
  const isTooLong =
    Buffer.byteLength(topic) > limits.maxTopicBytes || levelsOf(topic) > limits.maxTopicLevels;
  if (isTopicName(topic) && !isOurs && !isTooLong) return undefined;
  const because =
    "the topic of the Will is empty, has wildcards, is too long or is the server's own";
  return refused(Reason.topicNameInvalid, because);
}

interface Surroundings extends Peer {
  readonly limits: BrokerLimits;
  readonly willBytes: Buffer;
}

function requestOf(
  packet: IConnectPacket,
  version: Version,
  { limits, willBytes, ...peer }: Surroundings,
): ConnectRequest {
  const { properties = {} } = packet;
  const will = willOf(packet, willBytes, limits);
  const client = clientOf(packet, version, { ...peer, will });
  const serverKeepAlive =
    version === 5 && client.keepAliveSeconds === 0 ? limits.keepAliveSeconds : undefined; // [MQTT5-3.2.2-21]
  const expirySeconds = expiryOf(packet, version, limits);
  return {
    version,
    client,
    clean: client.clean,
    keepAliveMs: (serverKeepAlive ?? client.keepAliveSeconds) * 1500, // [MQTT5-3.1.2-22] [MQTT311-3.1.2-24] [MQTT5-3.2.2-22]
    maxInFlight: Math.min(properties.receiveMaximum ?? limits.maxInFlight, limits.maxInFlight), // [MQTT5-3.3.4-9] [MQTT5-4.9.0-1]
    maxPacketBytes: maxPacketBytesOf(packet),
    topicAliasMaximum: Math.min(properties.topicAliasMaximum ?? 0, limits.topicAliasMaximum), // [MQTT5-3.1.2-26] [MQTT5-3.1.2-27]
    wantsProblemInformation: properties.requestProblemInformation !== false,
    expirySeconds,
    will,
    answer: answerTo(packet, {
      version,
      clientId: client.clientId,
      serverKeepAlive,
      expirySeconds,
    }),
  };
}

interface Granted {
  readonly version: Version;
  readonly clientId: string;
  readonly serverKeepAlive: number | undefined;
  readonly expirySeconds: number;
}

/** What CONNACK must say because it is not what the client asked for. */
function answerTo({ clientId, properties }: IConnectPacket, granted: Granted): ConnectAnswer {
  const { version, serverKeepAlive, expirySeconds } = granted;
  return {
    ...(clientId === "" && version === 5 && { assignedClientIdentifier: granted.clientId }), // [MQTT5-3.2.2-16] [MQTT5-3.1.3-7]
    ...(serverKeepAlive !== undefined && { serverKeepAlive }),
    ...(expirySeconds !== (properties?.sessionExpiryInterval ?? 0) && {
      sessionExpiryInterval: expirySeconds,
    }),
  };
}

const PROTOCOLS = { 3: "3.1", 4: "3.1.1", 5: "5" } as const;

function clientOf(
  { clientId, username, password, clean, keepalive, properties }: IConnectPacket,
  version: Version,
  { address, proof, will }: Peer & { readonly will: WillRequest | undefined },
): ConnectingClient {
  return {
    clientId: clientId === "" ? `unshub-${randomUUID()}` : clientId, // [MQTT5-3.1.3-6] [MQTT311-3.1.3-6]
    isIdGiven: clientId === "",
    username,
    password: password && Uint8Array.from(password), // not a view that keeps all that was read with it
    address,
    proof,
    protocol: PROTOCOLS[version],
    clean: clean === true,
    keepAliveSeconds: keepalive ?? 0,
    sessionExpirySeconds:
      properties?.sessionExpiryInterval ?? (clean === true || version === 5 ? 0 : FOREVER_SECONDS),
    will: will && { topic: will.topic, payload: will.payload, qos: will.qos, retain: will.retain },
  };
}

function willOf(
  { will }: IConnectPacket,
  willBytes: Buffer,
  limits: BrokerLimits,
): WillRequest | undefined {
  if (will === undefined) return undefined;
  const { topic, payload, qos = 0, retain = false } = will;
  return {
    topic,
    payload: Buffer.from(payload),
    qos,
    retain,
    ...willProperties(willBytes, limits),
  };
}

/** Seconds that the session outlives its connection. */
function expiryOf(
  { clean, properties }: IConnectPacket,
  version: Version,
  limits: BrokerLimits,
): number {
  if (version < 5) return clean === true ? 0 : limits.sessionExpirySeconds;
  const asked = properties?.sessionExpiryInterval ?? 0; // [MQTT5-3.1.2-23]
  return Math.min(asked, Math.max(limits.maxSessionExpirySeconds, 0), FOREVER_SECONDS);
}

const WILL_DELAY = 0x18;

/** The properties of a Will in the bytes of a PUBLISH; its delay is the server's own business. [MQTT5-3.1.3-10] */
function willProperties(
  bytes: Buffer,
  limits: BrokerLimits,
): Pick<WillRequest, "delaySeconds" | "properties" | "expiryAt"> {
  let delayAt = -1;
  let expiryAt = -1;
  const range = { start: 0, end: bytes.length, packet: Packet.will };
  checkProperties(bytes, range, (identifier, start) => {
    if (identifier === WILL_DELAY) delayAt = start - 1;
    if (identifier === PropertyId.messageExpiry) expiryAt = start;
  });
  if (delayAt < 0) return { delaySeconds: 0, properties: Buffer.from(bytes), expiryAt };
  return {
    delaySeconds: Math.min(bytes.readUInt32BE(delayAt + 1), limits.maxWillDelaySeconds),
    properties: Buffer.concat([bytes.subarray(0, delayAt), bytes.subarray(delayAt + 5)]),
    expiryAt: expiryAt > delayAt ? expiryAt - 5 : expiryAt,
  };
}
