/** Properties of MQTT 5: each where it belongs, once, complete and with a value it may have. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertEnded, assertRefused, Suite, unique } from "../../support/mqtt-suite.ts";
import { byte, counted, twoBytes, varint } from "../../support/mqtt-wire-bytes.ts";
import { type ClientPacket, frame } from "../../support/mqtt-wire-encode.ts";
import { encodeProperty, type Property } from "../../support/mqtt-wire-properties.ts";

const CODES = [0x81, 0x82];

const publish = (properties: readonly Property[] | Uint8Array): ClientPacket => ({
  type: "publish",
  topic: "a",
  properties,
});

const subscribe = (properties: readonly Property[] | Uint8Array): ClientPacket => ({
  type: "subscribe",
  packetId: 1,
  filters: [{ filter: "a" }],
  properties,
});

/** One value for each property that may come once. */
const ONCE_IN_CONNECT: readonly Property[] = [
  ["sessionExpiry", 1],
  ["receiveMaximum", 1],
  ["maximumPacketSize", 1000],
  ["topicAliasMaximum", 1],
  ["requestResponseInformation", 1],
  ["requestProblemInformation", 1],
];

const ONCE_IN_PUBLISH: readonly Property[] = [
  ["payloadFormat", 1],
  ["messageExpiry", 1],
  ["contentType", "text"],
  ["responseTopic", "b"],
  ["correlationData", "x"],
];

describe("a property", { timeout: 180_000 }, () => {
  const suite = new Suite();

  async function endedBy(packet: ClientPacket, codes = CODES): Promise<void> {
    await using client = await suite.client();

    client.send(packet);

    await assertEnded(client, codes);
  }

  async function refusedFor(properties: readonly Property[] | Uint8Array): Promise<void> {
    await using client = await suite.open(5);

    client.send({ type: "connect", clientId: unique("c"), properties });

    await assertRefused(client, CODES);
  }

  it("is one that the standard knows [MQTT5-4.13.1-1] [MQTT5-3.1.4-1]", async () => {
    const unknown = Buffer.concat([varint(0x7f), byte(0)]);

    await refusedFor(unknown);
    await endedBy(publish(unknown));
    await endedBy(subscribe(unknown));
    await endedBy({ type: "unsubscribe", packetId: 1, filters: ["a"], properties: unknown });
    await endedBy({ type: "disconnect", reasonCode: 0, properties: unknown });
  });

  it("has its place in this packet [MQTT5-4.13.1-1] [MQTT5-3.1.4-1]", async () => {
    await refusedFor([["topicAlias", 1]]);
    await refusedFor([["reasonString", "x"]]);
    await endedBy(publish([["sessionExpiry", 1]]));
    await endedBy(publish([["reasonString", "x"]]));
    await endedBy(subscribe([["topicAlias", 1]]));
    await endedBy(subscribe([["reasonString", "x"]]));
    await endedBy({
      type: "unsubscribe",
      packetId: 1,
      filters: ["a"],
      properties: [["subscriptionIdentifier", 1]],
    });
    await endedBy({ type: "puback", packetId: 1, reasonCode: 0, properties: [["topicAlias", 1]] });
    await endedBy({ type: "disconnect", reasonCode: 0, properties: [["receiveMaximum", 1]] });
  });

  it("of CONNECT has no place in the Will, and the other way round [MQTT5-3.1.4-1]", async () => {
    await using client = await suite.open(5);

    client.send({
      type: "connect",
      clientId: unique("c"),
      will: { topic: "a", properties: [["receiveMaximum", 1]] },
    });

    await assertRefused(client, CODES);
    await refusedFor([["willDelay", 1]]);
  });

  for (const property of ONCE_IN_CONNECT) {
    it(`comes once: ${property[0]} in CONNECT [MQTT5-4.13.1-1] [MQTT5-3.1.4-1]`, () =>
      refusedFor([property, property]));
  }

  for (const property of ONCE_IN_PUBLISH) {
    it(`comes once: ${property[0]} in PUBLISH [MQTT5-4.13.1-1]`, () =>
      endedBy(publish([property, property])));

    it(`comes once: ${property[0]} in the Will [MQTT5-3.1.4-1]`, async () => {
      await using client = await suite.open(5);

      client.send({
        type: "connect",
        clientId: unique("c"),
        will: { topic: "a", properties: [property, property] },
      });

      await assertRefused(client, CODES);
    });
  }

  it("comes once: the subscription identifier in SUBSCRIBE [MQTT5-4.13.1-1]", () =>
    endedBy(
      subscribe([
        ["subscriptionIdentifier", 1],
        ["subscriptionIdentifier", 2],
      ]),
    ));

  it("is complete: the length before it does not reach beyond the packet [MQTT5-4.13.1-1]", async () => {
    await using client = await suite.client();

    client.sendBytes(frame(0x30, Buffer.concat([counted("a"), varint(60), byte(0x01)])));

    await assertEnded(client, CODES);
  });

  it("is complete: its value does not reach beyond the properties [MQTT5-4.13.1-1]", async () => {
    const cut = encodeProperty(["contentType", "text/plain"]).subarray(0, 6);

    await endedBy(publish(cut));
    await endedBy(subscribe(encodeProperty(["userProperty", ["name", "value"]]).subarray(0, 9)));
  });

  it("has an identifier in as few bytes as possible [MQTT5-1.5.5-1]", () =>
    endedBy(publish(Buffer.concat([varint(0x01, 2), byte(1)]))));

  it("block has a length of as few bytes as possible [MQTT5-1.5.5-1]", async () => {
    const wide = varint(0, 2);
    for (const [first, body] of [
      [0x30, Buffer.concat([counted("a"), wide])],
      [0x82, Buffer.concat([twoBytes(1), wide, counted("a"), byte(0)])],
      [0xe0, Buffer.concat([byte(0), wide])],
    ] as const) {
      await using client = await suite.client();

      client.sendBytes(frame(first, body));

      await assertEnded(client, CODES);
    }
  });

  it("block has a length, also when it is empty [MQTT5-2.2.2-1]", async () => {
    await using client = await suite.client();

    // Without the length the first byte of the filter's length is read in its place: nothing fits any more.
    client.sendBytes(frame(0x82, Buffer.concat([twoBytes(1), counted("a"), byte(0)])));

    await assertEnded(client, CODES);
  });

  it("block of length 0 comes from a server that has none to send [MQTT5-2.2.2-1]", async () => {
    await using client = await suite.client();
    const topic = unique("t");
    await client.subscribe(topic);

    await client.publish(topic, "bare", { qos: 1 });

    // The reader of this suite refuses packets without the length.
    const message = await client.takeMessage();
    assert.equal(message.payload, "bare");
    assert.deepEqual(message.properties, []);
  });
});

describe("the value of a property", { timeout: 180_000 }, () => {
  const suite = new Suite();

  for (const [name, value] of [
    ["receiveMaximum", 0],
    ["maximumPacketSize", 0],
    ["requestProblemInformation", 2],
    ["requestResponseInformation", 2],
  ] as const) {
    it(`is not ${value} for ${name} of CONNECT [MQTT5-3.1.4-1] [MQTT5-4.13.1-1]`, async () => {
      await using client = await suite.open(5);

      client.send({ type: "connect", clientId: unique("c"), properties: [[name, value]] });

      await assertRefused(client, CODES);
    });
  }

  it("is not 0 for a subscription identifier [MQTT5-4.13.1-1]", async () => {
    await using client = await suite.client();

    client.send(subscribe([["subscriptionIdentifier", 0]]));

    await assertEnded(client, CODES);
  });

  it("is 0 or 1 for the Payload Format Indicator [MQTT5-4.13.1-1]", async () => {
    await using client = await suite.client();

    client.send(publish([["payloadFormat", 2]]));

    await assertEnded(client, [...CODES, 0x99]);
  });
});
