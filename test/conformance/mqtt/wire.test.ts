/** The reader and writer of this suite itself, against bytes that were worked out by hand from the standard. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { varint, WireFault, WireReader } from "../../support/mqtt-wire-bytes.ts";
import { decode, FrameSplitter, type ServerPacket } from "../../support/mqtt-wire-decode.ts";
import { type ClientPacket, encode, frame, type Version } from "../../support/mqtt-wire-encode.ts";

/** Hex, with spaces between the fields. */
const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");

function read(version: Version, hex: string): ServerPacket {
  const [first] = new FrameSplitter().push(bytes(hex));
  assert.ok(first);
  return decode(version, first);
}

const WRITTEN: readonly (readonly [string, Version, ClientPacket, string])[] = [
  [
    "CONNECT of MQTT 3.1.1",
    4,
    { type: "connect", clientId: "a", keepAlive: 10 },
    "10 0d 0004 4d515454 04 02 000a 0001 61",
  ],
  [
    "CONNECT of MQTT 3.1",
    3,
    { type: "connect", clientId: "a", clean: false },
    "10 0f 0006 4d5149736470 03 00 0000 0001 61",
  ],
  [
    "CONNECT of MQTT 5 with everything",
    5,
    {
      type: "connect",
      clientId: "a",
      properties: [["receiveMaximum", 5]],
      will: { topic: "w", payload: "x", qos: 1, retain: true, properties: [["willDelay", 1]] },
      username: "u",
      password: "p",
    },
    "10 23 0004 4d515454 05 ee 0000 03 210005 0001 61 05 1800000001 0001 77 0001 78 0001 75 0001 70",
  ],
  [
    "PUBLISH of MQTT 5",
    5,
    {
      type: "publish",
      topic: "a/b",
      payload: "hi",
      qos: 1,
      packetId: 10,
      dup: true,
      retain: true,
      properties: [
        ["userProperty", ["k", "v"]],
        ["subscriptionIdentifier", 200],
      ],
    },
    "3b 14 0003 612f62 000a 0a 26 0001 6b 0001 76 0b c801 6869",
  ],
  [
    "SUBSCRIBE with all options",
    5,
    {
      type: "subscribe",
      packetId: 1,
      filters: [{ filter: "a", qos: 2, noLocal: true, retainAsPublished: true, retainHandling: 2 }],
    },
    "82 07 0001 00 0001 61 2e",
  ],
  ["UNSUBSCRIBE", 4, { type: "unsubscribe", packetId: 2, filters: ["a"] }, "a2 05 0002 0001 61"],
  ["PUBREL", 5, { type: "pubrel", packetId: 3 }, "62 02 0003"],
  ["PUBACK with a reason", 5, { type: "puback", packetId: 3, reasonCode: 0x80 }, "40 03 0003 80"],
  ["DISCONNECT", 5, { type: "disconnect" }, "e0 00"],
  ["wrong flags", 4, { type: "pingreq", flags: 5 }, "c5 00"],
];

describe("the writer of the suite", () => {
  for (const [name, version, packet, hex] of WRITTEN) {
    it(`writes ${name}`, () => {
      assert.equal(encode(version, packet).toString("hex"), bytes(hex).toString("hex"));
    });
  }

  it("writes lengths at their borders, and longer than needed when asked", () => {
    const written = [0, 127, 128, 16_383, 16_384, 268_435_455].map((each) => varint(each));

    assert.deepEqual(
      written.map((each) => each.toString("hex")),
      ["00", "7f", "8001", "ff7f", "808001", "ffffff7f"],
    );
    assert.equal(varint(1, 3).toString("hex"), "818000");
    assert.equal(frame(0xc0, Buffer.alloc(0), 2).toString("hex"), "c08000");
  });
});

describe("the reader of the suite", () => {
  it("reads CONNACK of both versions", () => {
    assert.deepEqual(read(4, "20 02 01 00"), {
      type: "connack",
      sessionPresent: true,
      reasonCode: 0,
      properties: [],
      size: 4,
    });
    assert.deepEqual(read(5, "20 06 00 00 03 21 0014").properties, [["receiveMaximum", 20]]);
    assert.ok("reasonCode" in read(5, "20 02 00 01"), "a refusal in the form of MQTT 3");
  });

  it("reads PUBLISH with properties that come again", () => {
    const packet = read(5, "32 0b 0001 61 0007 04 0b01 0b02 78");

    assert.deepEqual(packet.properties, [
      ["subscriptionIdentifier", 1],
      ["subscriptionIdentifier", 2],
    ]);
  });

  it("reads a stream in whatever pieces it comes", () => {
    const splitter = new FrameSplitter();
    const stream = bytes("d000 3003 0001 61 d000");

    const frames = [...stream].flatMap((each) => splitter.push(Buffer.from([each])));

    assert.deepEqual(
      frames.map(({ type, size }) => [type, size]),
      [
        [13, 2],
        [3, 5],
        [13, 2],
      ],
    );
  });

  for (const [fault, version, hex] of [
    ["reserved acknowledge flags", 4, "20 02 02 00"],
    ["Session Present with a refusal", 4, "20 02 01 05"],
    ["a return code that is not listed", 4, "20 02 00 06"],
    ["a reason code that is not listed", 5, "40 04 0001 02 00"],
    ["a property in the wrong packet", 5, "20 06 00 00 03 23 0001"],
    ["a property twice", 5, "20 09 00 00 06 21 0001 21 0001"],
    ["QoS 3", 5, "36 06 0001 61 0001 00"],
    ["QoS 0 with DUP", 4, "38 03 0001 61"],
    ["packet identifier 0", 4, "40 02 0000"],
    ["flags that are not those of PUBREL", 4, "60 02 0001"],
    ["a byte too many", 4, "d0 01 00"],
    ["an UNSUBACK of MQTT 5 without codes", 5, "b0 03 0001 00"],
    ["an UNSUBACK of MQTT 3 with codes", 4, "b0 03 0001 00"],
    ["a DISCONNECT in MQTT 3", 4, "e0 00"],
    ["a Session Expiry in DISCONNECT", 5, "e0 07 00 05 11 00000001"],
    ["text that is not UTF-8", 4, "30 04 0002 c328"],
    ["U+0000 in a topic", 4, "30 03 0001 00"],
    ["a wildcard in a topic", 4, "30 03 0001 23"],
    ["a packet type of clients", 4, "c0 00"],
  ] as const) {
    it(`refuses ${fault}`, () => {
      assert.throws(() => read(version, hex), WireFault);
    });
  }

  it("refuses a length of more bytes than needed, or of five", () => {
    assert.throws(() => new WireReader(bytes("8000")).varint(), WireFault);
    assert.throws(() => new FrameSplitter().push(bytes("30 8080808001")), WireFault);
  });
});
