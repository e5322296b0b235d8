import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hintFor, MalformedLog } from "../../../hub/src/broker/malformed.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { type LogLine, startTestBroker } from "../../support/mqtt-broker.ts";
import { openSocket, publishPacket, RawClient } from "../../support/mqtt-raw-client.ts";

/** What is sent after CONNECT, and the reason code an MQTT 5 client is told. */
const BAD_FRAMES: readonly (readonly [string, string, number])[] = [
  ["packet type 0", "0000", 0x82],
  ["a packet that only a server sends", "20020000", 0x82],
  ["a SUBSCRIBE with wrong flags", "80050001000161", 0x81],
  ["a PUBLISH with QoS 3", "36050001610001", 0x81],
  ["a length of five bytes", "30ffffffff01", 0x81],
  ["a topic that is longer than its packet", "3003ffff61", 0x81],
  ["a PUBLISH to a filter", "30060003612f2300", 0x90],
  ["a PUBLISH without topic", "3003000000", 0x90],
  ["a QoS 1 PUBLISH with packet identifier 0", "3206000161000000", 0x82],
  [
    "a PUBLISH whose properties have a length that ends in the next packet",
    "300400016180c000",
    0x81,
  ],
  ["a PUBLISH with a length of more bytes than it needs", "30840000016100", 0x81],
  ["a PUBLISH with a length of properties of more bytes than it needs", "30050001618000", 0x81],
  ["an empty response topic", "300700016103080000", 0x82],
  ["a DISCONNECT with a reason code that does not exist", "e00105", 0x82],
  ["an AUTH without anything", "f000", 0x82],
  ["an AUTH with a reason code that does not exist", "f00117", 0x82],
  ["a PUBACK with a reason code of another packet", "4003000192", 0x82],
  ["a PINGREQ with a length of more bytes than it needs", "c08000", 0x81],
];

describe("bytes that are not MQTT", { timeout: 180_000 }, () => {
  for (const [what, hex, reasonCode] of BAD_FRAMES) {
    it(`end the connection that sent them, and no other: ${what}`, async () => {
      await using hub = await startTestBroker();
      await using other = await RawClient.connected(hub.port, { clientId: "other" });
      await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

      client.sendBytes(Buffer.from(hex, "hex"));

      assert.equal((await client.take("disconnect")).reasonCode, reasonCode);
      await client.closed;
      await other.ping();
      assert.equal(hub.broker.counters.malformed, 1);
    });
  }

  it("are one line in the log, with the address, the first bytes and a hint", async () => {
    await using hub = await startTestBroker();
    const socket = await openSocket(hub.port);
    await using client = new RawClient(socket);

    client.sendBytes(Buffer.from("GET / HTTP/1.1\r\nhost: plant\r\n\r\n"));
    await client.closed;

    const { fields } = await hub.log.find(({ level }) => level === "warn");
    assert.equal(hub.log.all.filter(({ level }) => level === "warn").length, 1);
    assert.equal(fields["address"], `127.0.0.1:${socket.localPort}`);
    assert.equal(
      fields["bytes"],
      Buffer.from("GET / HTTP/1.1\r\nhost: plant\r\n\r\n").toString("hex"),
    );
    assert.match(String(fields["hint"]), /looks like HTTP/);
  });

  it("of the WebSocket port are counted and explained too", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.open(hub.wsPort);

    client.send(client.connectPacket());
    await client.closed;

    const line = await hub.log.find(({ level }) => level === "warn");
    assert.match(String(line.fields["hint"]), /MQTT CONNECT on the WebSocket port/);
    assert.equal(hub.broker.counters.malformed, 1);
  });

  it("are refused before CONNECT unless they are one of at most 16 KB [MQTT5-3.1.0-1]", async () => {
    await using hub = await startTestBroker();
    for (const hex of ["c000", "108080808001", "10808002"]) {
      await using client = await RawClient.open(hub.port);

      client.sendBytes(Buffer.from(hex, "hex"));

      await client.closed;
    }
    assert.equal(hub.broker.counters.malformed, 3);
  });

  it("may have a length of more bytes than it needs in MQTT 3.1.1, which does not forbid it", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port);
    await client.subscribe("a");

    client.sendBytes(Buffer.from("308300000161", "hex"));
    client.sendBytes(Buffer.from("c08000", "hex"));

    assert.equal((await client.take("publish")).topic, "a");
    await client.take("pingresp");
  });

  it("include a Will whose response topic has wildcards: nobody could be given it", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.open(hub.port, 5);
    const will = { topic: "w", payload: Buffer.of(1), qos: 0, retain: false } as const;

    const connack = await client.connect({ will: { ...will, properties: { responseTopic: "#" } } });

    assert.equal(connack.reasonCode, 0x82);
  });

  it("include a second CONNECT [MQTT5-3.1.0-2]", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

    client.send(client.connectPacket());

    assert.equal((await client.take("disconnect")).reasonCode, 0x82);
  });

  it("of a connected client set its Will free: it did not take leave [MQTT5-3.1.2-8]", async () => {
    await using hub = await startTestBroker();
    const will = { topic: "death", payload: Buffer.from("x"), qos: 0 as const, retain: false };
    await using client = await RawClient.connected(hub.port, { will });

    client.sendBytes(Buffer.from("0000", "hex"));

    assert.equal((await hub.published.next()).topic, "death");
  });

  it("are not what a large packet is that fits", async () => {
    await using hub = await startTestBroker({ limits: { maxPacketBytes: 1000 } });
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });
    await client.subscribe("a");

    client.send(publishPacket("a", Buffer.alloc(993))); // 3 header, 2 + 1 topic, 1 properties
    await client.take("publish");
    client.send(publishPacket("a", Buffer.alloc(994)));

    assert.equal((await client.take("disconnect")).reasonCode, 0x95);
  });

  it("are told to MQTT 5 clients beforehand: CONNACK says how large a packet may be", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.open(hub.port, 5);

    assert.equal((await client.connect()).properties?.maximumPacketSize, 8 * 1024 * 1024);
  });
});

describe("a connection that sends no CONNECT", { timeout: 180_000 }, () => {
  it("is closed after its time", async () => {
    await using hub = await startTestBroker({ limits: { connectWithinMs: 20 } });
    await using silent = await RawClient.open(hub.port);
    await using slow = await RawClient.open(hub.port);
    slow.sendBytes(Buffer.from("10", "hex"));

    await silent.closed;
    await slow.closed;

    const line = await hub.log.find(({ message }) => message === "a client was disconnected");
    assert.equal(line.fields["because"], "sent no CONNECT in time");
  });

  it("is not one that has sent it", async () => {
    const clock = new ManualClock();
    await using hub = await startTestBroker({ clock, limits: { connectWithinMs: 20 } });
    await using silent = await RawClient.open(hub.port);
    await using client = await RawClient.connected(hub.port);

    clock.pass(1000);
    await silent.closed;

    await client.ping();
  });
});

describe("the report of bad bytes", () => {
  it("is one line a minute and host, which says how many were left out", () => {
    let now = 0;
    const { lines, report } = reporter(() => now);

    report("10.0.0.1:1000", "0102");
    report("10.0.0.1:1001", "0102");
    report("[fe80::1]:1000", "0102");
    now = 60_000;
    report("10.0.0.1:1002", "0102");

    assert.deepEqual(
      lines.map(({ fields }) => [fields["address"], fields["unreported"]]),
      [
        ["10.0.0.1:1000", 0],
        ["[fe80::1]:1000", 0],
        ["10.0.0.1:1002", 1],
      ],
    );
  });

  it("does not hide another kind of mistake of the same host: first HTTP, then TLS", () => {
    const { lines, report } = reporter(() => 0);

    report("10.0.0.1:1000", Buffer.from("GET / HTTP/1.1").toString("hex"));
    report("10.0.0.1:1001", "1603010200");
    report("10.0.0.1:1002", "1603010300");

    assert.equal(lines.length, 2);
    assert.match(String(lines[0]?.fields["hint"]), /looks like HTTP/);
    assert.match(String(lines[1]?.fields["hint"]), /looks like TLS/);
  });

  it("guesses what the other side wanted to speak", () => {
    assert.match(hintFor(Buffer.from("POST /x")), /HTTP/);
    assert.match(hintFor(Buffer.from("160301", "hex")), /TLS/);
    assert.match(hintFor(Buffer.from("102a", "hex")), /plain MQTT is at listeners\.mqtt\.port/);
    assert.match(hintFor(Buffer.from("ffff", "hex")), /see which program/);
  });
});

/** A log of bad bytes, told what was sent in hex, and the lines it wrote. */
function reporter(now: () => number): {
  readonly lines: readonly Omit<LogLine, "level">[];
  readonly report: (address: string, hex: string) => void;
} {
  const lines: Omit<LogLine, "level">[] = [];
  const warn = (fields: object, message: string): number =>
    lines.push({ fields: { ...fields }, message });
  const log = new MalformedLog({ debug: warn, info: warn, warn, error: warn }, now);
  const violation = { reasonCode: 0x81, because: "x" };
  return {
    lines,
    report: (address, hex) =>
      log.report({ address, clientId: undefined, violation, head: Buffer.from(hex, "hex") }),
  };
}
