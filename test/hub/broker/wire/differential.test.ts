/** What our checks of packets let pass, what they find in them, and what mqtt-packet makes of them, against a slow yardstick. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Packet } from "mqtt-packet";
import { FixedHeader } from "../../../../hub/src/broker/wire/fixed-header.ts";
import {
  connectLayout,
  frameFault,
  type ReceivedFrame,
} from "../../../../hub/src/broker/wire/packet-check.ts";
import { readPacket } from "../../../../hub/src/broker/wire/packets.ts";
import { PublishFrame } from "../../../../hub/src/broker/wire/publish-frame.ts";
import { anyFrame, connectFrame, damaged, pick, type Version } from "../../../support/mqtt-fuzz.ts";
import { seeded } from "../../../support/seeded.ts";
import { type Read, referenceRead } from "../../../support/mqtt-reference.ts";

const FRAMES = Number(process.env["UNSHUB_FUZZ_FRAMES"] ?? 30_000);
const SEED = Number(process.env["UNSHUB_FUZZ_SEED"] ?? 1);

describe("the checks of packets", { timeout: 180_000 + FRAMES }, () => {
  it(`say the same as a slow and plain reader of the standard`, (t) => {
    const random = seeded(SEED);
    let legal = 0;
    let illegal = 0;
    for (let count = 0; count < FRAMES; count += 1) {
      const version = pick([3, 4, 5] as const, random);
      const sound = random() < 0.2 ? connectFrame(random, version) : anyFrame(random, version);
      const bytes = random() < 0.2 ? sound : damaged(sound, random);
      const frame = wholeFrame(bytes);
      if (frame === undefined) continue;
      const expected = referenceRead(bytes.subarray(frame.start, frame.end), version);
      const hex = `MQTT ${version} ${bytes.toString("hex")}`;

      const found = readByUs(frame, version);

      assert.deepEqual(
        found,
        expected === undefined ? undefined : inOurWords(frame, expected),
        hex,
      );
      if (expected === undefined) illegal += 1;
      else legal += 1;
    }
    t.diagnostic(`${legal} were legal, ${illegal} were not`);
    assert.ok(legal > FRAMES / 20 && illegal > FRAMES / 20);
  });
});

/** The first frame in these bytes, with one more byte behind it that must not matter. */
function wholeFrame(bytes: Buffer): ReceivedFrame | undefined {
  const header = new FixedHeader();
  if (header.read(bytes, 0) < 0 || header.end > bytes.length) return undefined;
  const { start, body, end } = header;
  return { bytes: Buffer.concat([bytes.subarray(0, end), Buffer.of(0)]), start, body, end };
}

function readByUs(frame: ReceivedFrame, version: Version): unknown {
  const first = frame.bytes[0] ?? 0;
  const bytes = frame.bytes.subarray(frame.start, frame.end);
  if (first >> 4 === 3) return publishByUs(frame, version);
  if (first === 0x10)
    return connectLayout(frame).violation === undefined
      ? connectFields(decoded(bytes, 4))
      : undefined;
  if (first >> 4 === 1 || frameFault(frame, version, 1e9) !== undefined) return undefined;
  return [8, 10, 14].includes(first >> 4) ? otherFields(decoded(bytes, version)) : {};
}

/** What has passed our checks must not be refused by mqtt-packet. */
function decoded(bytes: Buffer, version: Version): Packet {
  const packet = readPacket(bytes, version);
  if ("cmd" in packet) return packet;
  throw new Error(`mqtt-packet does not take it: ${packet.because}`);
}

function publishByUs(frame: ReceivedFrame, version: Version): unknown {
  const publish = new PublishFrame();
  publish.isVersion5 = version === 5;
  if (publish.read(frame) !== undefined) return undefined;
  const { qos, dup, retain, packetId, alias, expiryAt } = publish;
  return {
    qos,
    isDup: dup,
    retain,
    packetId,
    topic: [...publish.topicBytes],
    payload: [...publish.payload],
    alias,
    expiry: expiryAt < 0 ? -1 : frame.bytes.readUInt32BE(expiryAt),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** What the yardstick found, as far as the hub looks at it. */
function inOurWords({ bytes }: ReceivedFrame, read: NonNullable<Read>): unknown {
  const properties = propertiesOf(read);
  switch ((bytes[0] ?? 0) >> 4) {
    case 1:
      return { ...read, properties: namedProperties(properties), will: willOf(read["will"]) };
    case 3: {
      const { properties: _, ...rest } = read;
      return { ...rest, alias: properties.get(35) ?? 0, expiry: properties.get(2) ?? -1 };
    }
    case 8: {
      const { packetId, filters } = read;
      return { packetId, filters, identifier: properties.get(11) ?? 0 };
    }
    case 10:
      return { packetId: read["packetId"], filters: read["filters"] };
    case 14:
      return { code: read["code"], expiry: properties.get(17) };
    default:
      return {};
  }
}

function otherFields(packet: Packet): unknown {
  if (packet.cmd === "subscribe") {
    const filters = packet.subscriptions.map(({ topic, qos, nl, rap, rh }) => [
      topic,
      qos,
      nl === true,
      rap === true,
      rh ?? 0,
    ]);
    const identifier = packet.properties?.subscriptionIdentifier ?? 0;
    return { packetId: packet.messageId, filters, identifier };
  }
  if (packet.cmd === "unsubscribe")
    return { packetId: packet.messageId, filters: packet.unsubscriptions };
  if (packet.cmd === "disconnect")
    return { code: packet.reasonCode ?? 0, expiry: packet.properties?.sessionExpiryInterval };
  throw new Error(`read as ${packet.cmd}`);
}

function connectFields(packet: Packet): unknown {
  if (packet.cmd !== "connect") throw new Error(`read as ${packet.cmd}`);
  const { will, properties = {} } = packet;
  return {
    level: packet.protocolVersion,
    clean: packet.clean,
    keepAlive: packet.keepalive,
    clientId: packet.clientId,
    username: packet.username,
    password: packet.password && [...packet.password],
    properties: {
      expiry: properties.sessionExpiryInterval,
      receiveMaximum: properties.receiveMaximum,
      maximumPacketSize: properties.maximumPacketSize,
      topicAliasMaximum: properties.topicAliasMaximum,
      wantsProblemInformation: properties.requestProblemInformation,
      authenticationMethod: properties.authenticationMethod,
    },
    will: will && {
      topic: will.topic,
      payload: [...Buffer.from(will.payload)],
      qos: will.qos,
      retain: will.retain,
    },
  };
}

function namedProperties(properties: ReadonlyMap<unknown, unknown>): Fields {
  const problem = properties.get(23);
  return {
    expiry: properties.get(17),
    receiveMaximum: properties.get(33),
    maximumPacketSize: properties.get(39),
    topicAliasMaximum: properties.get(34),
    wantsProblemInformation: problem === undefined ? undefined : problem === 1,
    authenticationMethod: properties.get(21),
  };
}

function willOf(will: unknown): unknown {
  if (typeof will !== "object" || will === null) return undefined;
  return Object.fromEntries(Object.entries(will).filter(([name]) => name !== "properties"));
}

function propertiesOf(read: Fields): ReadonlyMap<unknown, unknown> {
  const { properties } = read;
  return properties instanceof Map ? properties : new Map();
}
