/** Packets to begin with, of every kind and with every property, and ways to damage them. */
import { generate, type Packet, type UserProperties } from "mqtt-packet";

export type Version = 3 | 4 | 5;
export type Random = () => number;

const NAMES = [
  "a",
  "a/b",
  "a/b/c",
  "x/y",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "toString/valueOf",
  "$SYS/broker",
  "$share",
  "é/ü/😀",
  "/",
  "a//b",
  "will",
  "x".repeat(300),
  "d/".repeat(40),
] as const;
const FILTERS = [
  ...NAMES,
  "#",
  "+",
  "a/#",
  "+/b",
  "a/+/c",
  "+/+/+/+",
  "$share/g/a",
  "$share/__proto__/#",
  "$share//a",
  "$share/g",
  "$SYS/#",
  "a/#/b",
  "a+",
  "",
] as const;
const CLIENT_IDS = ["", "x", "y", "z", "__proto__", "constructor", "valueOf", "é"] as const;

export function pick<T>(values: readonly T[], random: Random): T {
  const value = values[below(values.length, random)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
}

export function below(limit: number, random: Random): number {
  return Math.floor(random() * limit);
}

function bytes(most: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length: below(most, random) }, () => below(256, random)));
}

function anyQos(random: Random): 0 | 1 | 2 {
  return pick([0, 1, 2] as const, random);
}

function userProperties(random: Random): UserProperties {
  const properties: UserProperties = Object.create(null);
  for (const name of ["__proto__", "constructor", "name"])
    if (random() < 0.5) properties[name] = random() < 0.5 ? "1" : ["1", "2"];
  return properties;
}

/** Some of these properties. */
function some<T extends object>(all: T, random: Random): Partial<T> {
  const kept: Partial<T> = { ...all };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its own keys
  for (const name of Object.keys(all) as (keyof T)[]) if (random() < 0.6) delete kept[name];
  return kept;
}

const CODES = [0, 0x04, 0x10, 0x18, 0x80, 0x81, 0x92, 0x97, 0x99] as const;

export function connectFrame(random: Random, protocolVersion: Version): Buffer {
  const will = {
    topic: pick(NAMES, random),
    payload: bytes(20, random),
    qos: anyQos(random),
    retain: random() < 0.3,
    properties: some(
      {
        willDelayInterval: below(3, random),
        payloadFormatIndicator: true,
        messageExpiryInterval: 5,
        contentType: "text/plain",
        responseTopic: "r",
        correlationData: bytes(5, random),
        userProperties: userProperties(random),
      },
      random,
    ),
  };
  const properties = some(
    {
      sessionExpiryInterval: pick([0, 1, 100, 0xffff_ffff], random),
      receiveMaximum: 1 + below(10, random),
      maximumPacketSize: 20 + below(1000, random),
      topicAliasMaximum: below(5, random),
      requestResponseInformation: true,
      requestProblemInformation: random() < 0.5,
      userProperties: userProperties(random),
    },
    random,
  );
  const anyId = random() < 0.5 ? `c${below(50, random)}` : pick(CLIENT_IDS, random);
  const clientId = protocolVersion === 3 && anyId === "" ? "x" : anyId;
  return generate(
    {
      cmd: "connect",
      protocolId: protocolVersion === 3 ? "MQIsdp" : "MQTT",
      protocolVersion,
      clientId,
      clean: clientId === "" || random() < 0.7,
      keepalive: below(100, random),
      properties,
      ...(random() < 0.4 && { will }),
      ...(random() < 0.4 && { username: pick(NAMES, random), password: bytes(20, random) }),
    },
    { protocolVersion },
  );
}

/** A legal form of a packet that may come after CONNECT; some of them only a server may send. */
export function anyFrame(random: Random, version: Version): Buffer {
  const packet = pick(KINDS, random)(random);
  const protocolVersion = packet.cmd === "auth" ? 5 : version; // there is no AUTH in MQTT 3, and so it is sent
  return generate(packet, { protocolVersion });
}

const KINDS: readonly ((random: Random) => Packet)[] = [
  publish,
  publish,
  publish,
  publish,
  subscribe,
  subscribe,
  unsubscribe,
  (random) => acknowledgement("puback", random),
  (random) => acknowledgement("pubrec", random),
  (random) => acknowledgement("pubrel", random),
  (random) => acknowledgement("pubcomp", random),
  () => ({ cmd: "pingreq" }),
  () => ({ cmd: "pingresp" }),
  () => ({ cmd: "connack", returnCode: 0, reasonCode: 0, sessionPresent: false }),
  () => ({ cmd: "suback", messageId: 1, granted: [0] }),
  (random) => ({
    cmd: "disconnect",
    reasonCode: pick(CODES, random),
    properties: some(
      {
        sessionExpiryInterval: below(100, random),
        reasonString: "why",
        userProperties: userProperties(random),
      },
      random,
    ),
  }),
  (random) => ({
    cmd: "auth",
    reasonCode: pick([0, 0x18, 0x19], random),
    properties: some({ authenticationMethod: "m", authenticationData: bytes(5, random) }, random),
  }),
];

function publish(random: Random): Packet {
  const qos = anyQos(random);
  return {
    cmd: "publish",
    topic: pick(NAMES, random),
    payload: bytes(100, random),
    qos,
    retain: random() < 0.2,
    dup: qos > 0 && random() < 0.2,
    ...(qos > 0 && { messageId: 1 + below(5, random) }),
    properties: some(
      {
        payloadFormatIndicator: true,
        messageExpiryInterval: below(5, random),
        topicAlias: 1 + below(120, random),
        responseTopic: "r",
        correlationData: bytes(5, random),
        userProperties: userProperties(random),
        contentType: "c",
      },
      random,
    ),
  };
}

function subscribe(random: Random): Packet {
  return {
    cmd: "subscribe",
    messageId: 1 + below(5, random),
    subscriptions: Array.from({ length: 1 + below(3, random) }, () => ({
      topic: pick(FILTERS, random),
      qos: anyQos(random),
      nl: random() < 0.3,
      rap: random() < 0.3,
      rh: below(3, random),
    })),
    properties: some(
      { subscriptionIdentifier: 1 + below(1e6, random), userProperties: userProperties(random) },
      random,
    ),
  };
}

function unsubscribe(random: Random): Packet {
  return {
    cmd: "unsubscribe",
    messageId: 1 + below(5, random),
    unsubscriptions: [pick(FILTERS, random), pick(FILTERS, random)],
    properties: some({ userProperties: userProperties(random) }, random),
  };
}

function acknowledgement(cmd: "puback" | "pubrec" | "pubrel" | "pubcomp", random: Random): Packet {
  const properties = some({ reasonString: "r", userProperties: userProperties(random) }, random);
  return {
    cmd,
    messageId: 1 + below(5, random),
    reasonCode: pick([0, 0, 0x92, 0x80], random),
    properties,
  };
}

type Damage = (frame: Buffer, random: Random) => Buffer;

const DAMAGES: readonly Damage[] = [
  (frame, random) => changed(frame, below(frame.length, random), below(256, random)),
  (frame, random) => {
    const at = below(frame.length, random);
    return changed(frame, at, (frame[at] ?? 0) ^ (1 << below(8, random)));
  },
  (frame, random) =>
    changed(frame, below(frame.length, random), pick([0, 1, 0x7f, 0x80, 0xff], random)),
  (frame, random) => frame.subarray(0, below(frame.length, random)),
  (frame, random) => Buffer.concat([frame, bytes(5, random)]),
  (frame, random) => withBodyLength(frame.subarray(0, Math.max(2, below(frame.length, random)))),
  (frame, random) => withBodyLength(Buffer.concat([frame, bytes(5, random)])),
  (frame, random) => {
    const at = below(frame.length, random);
    return withBodyLength(
      Buffer.concat([frame.subarray(0, at), bytes(4, random), frame.subarray(at)]),
    );
  },
  (frame, random) => {
    const at = below(frame.length, random);
    return withBodyLength(
      Buffer.concat([frame.subarray(0, at), frame.subarray(at + 1 + below(4, random))]),
    );
  },
  (frame, random) => {
    const at = below(frame.length, random);
    return withBodyLength(Buffer.concat([frame, frame.subarray(at)]));
  },
];

function changed(frame: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(frame);
  copy[at] = value;
  return copy;
}

/** The same with a length that says how long it is, so that the damage is inside; only of short frames. */
function withBodyLength(frame: Buffer): Buffer {
  if (frame.length < 2 || frame.length > 129) return frame;
  return changed(frame, 1, frame.length - 2);
}

/** Something that is nearly a frame, or nothing at all like one. */
export function damaged(frame: Buffer, random: Random): Buffer {
  if (frame.length === 0 || random() < 0.05) return bytes(40, random);
  let result = frame;
  for (let times = 1 + below(3, random); times > 0 && result.length > 0; times -= 1)
    result = pick(DAMAGES, random)(result, random);
  return result;
}
