import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  bdSeqOf,
  commandMessage,
  datatypeOf,
  decodePayload,
  deviceCommand,
  EdgeNode,
  metricValue,
  propertyValue,
  rebirthRequest,
  type BornMetric,
  type EdgeNodeOptions,
  type Payload,
  type SparkplugMessage,
  type WriteCommand,
} from "@unshub/sparkplug";

const NODE = { groupId: "Plant1", edgeNodeId: "gw" };

/** An edge node with everything it published. */
function openNode(lastBdSeq?: number, more: Partial<EdgeNodeOptions> = {}) {
  const sent: SparkplugMessage[] = [];
  const writes: WriteCommand[] = [];
  const refusals: string[] = [];
  const saved: number[] = [];
  const clock = { now: 1000 };
  const node = new EdgeNode({
    ...NODE,
    transport: { publish: (message) => sent.push(message) },
    lastBdSeq,
    saveBdSeq: (bdSeq) => saved.push(bdSeq),
    clock: { now: () => clock.now, after: () => () => undefined },
    onWrite: (command) => writes.push(command),
    onRefused: (_topic, because) => refusals.push(because),
    ...more,
  });
  const start = (): void => {
    node.beginSession();
    node.sessionOpened();
  };
  const types = (): string[] => sent.map((message) => message.topic.split("/")[2] ?? "");
  const payloads = (): Payload[] => sent.map((message) => decodePayload(message.payload));
  return { node, sent, writes, refusals, saved, clock, start, types, payloads };
}

function metric(name: string, value: number, more: Partial<BornMetric> = {}): BornMetric {
  return {
    name,
    value,
    quality: "good",
    timestamp: 900,
    datatype: "Int32",
    writable: false,
    ...more,
  };
}

describe("an edge node's session", () => {
  it("asks for NCMD, its devices' DCMD and its own NDEATH", () => {
    assert.deepEqual(openNode().node.filters, [
      "spBv1.0/Plant1/NCMD/gw",
      "spBv1.0/Plant1/DCMD/gw/+",
      "spBv1.0/Plant1/NDEATH/gw",
    ]);
  });

  it("gives each CONNECT a Will with the next bdSeq, kept before use [tck-id-topics-nbirth-bdseq-increment]", () => {
    const { node, saved } = openNode(254);

    const wills = [node.beginSession(), node.beginSession(), node.beginSession()];

    assert.deepEqual(
      wills.map((will) => bdSeqOf(decodePayload(will.payload))),
      [255, 0, 1],
    );
    assert.deepEqual(saved, [255, 0, 1]);
    assert.deepEqual([wills[0]?.qos, wills[0]?.retain], [1, false]); // [tck-id-payloads-ndeath-will-message-qos]
  });

  it("births itself first, then its devices, seq from 0 [tck-id-payloads-nbirth-seq]", () => {
    const { node, start, types, payloads } = openNode();
    node.born("press", [metric("a", 1)]);
    node.born("oven", [metric("a", 1)]);

    start();

    assert.deepEqual(types(), ["NBIRTH", "DBIRTH", "DBIRTH"]);
    assert.deepEqual(
      payloads().map((payload) => payload.seq),
      [0, 1, 2],
    );
  });

  it("announces bdSeq of the Will and Rebirth without alias [tck-id-topics-nbirth-rebirth-metric]", () => {
    const { start, payloads } = openNode(6);

    start();

    const [birth] = payloads();
    assert.ok(birth);
    assert.equal(bdSeqOf(birth), 7);
    const rebirth = birth.metrics.find((candidate) => candidate.name === "Node Control/Rebirth");
    assert.equal(rebirth?.alias, undefined);
    assert.equal(rebirth && metricValue(rebirth, "Boolean"), false);
  });

  it("publishes nothing before the subscriptions stand", () => {
    const { node, sent } = openNode();

    node.beginSession();
    node.born("press", [metric("a", 1)]);
    node.changed("press", [metric("a", 2)]);

    assert.equal(sent.length, 0);
  });

  it("numbers messages 0 to 255 and 0 again [tck-id-payloads-sequence-num-incrementing]", () => {
    const { node, start, payloads } = openNode();
    start();
    node.born("press", [metric("a", -1)]);

    for (let value = 0; value < 300; value += 1) node.changed("press", [metric("a", value)]);

    assert.deepEqual(
      payloads().map((payload) => payload.seq),
      Array.from({ length: 302 }, (_, index) => index % 256),
    );
  });

  it("sends births with the last values after a lost connection", () => {
    const { node, start, sent, payloads } = openNode();
    start();
    node.born("press", [metric("a", 1)]);
    node.sessionLost();
    node.changed("press", [metric("a", 5)]);
    sent.length = 0;

    start();

    const born = payloads()[1]?.metrics[0];
    assert.equal(born && metricValue(born, "Int32"), 5);
  });

  it("leaves with DDEATH, then NDEATH of the current bdSeq", () => {
    const { node, start, sent, types, payloads } = openNode();
    node.born("press", [metric("a", 1)]);
    start();
    sent.length = 0;

    node.leave();

    assert.deepEqual(types(), ["DDEATH", "NDEATH"]);
    const death = payloads()[1];
    assert.equal(death && bdSeqOf(death), 0);
    assert.equal(death?.seq, undefined); // [tck-id-payloads-ndeath-seq]
  });
});

describe("report by exception", () => {
  it("sends only what changed, by alias and without datatype", () => {
    const { node, start, sent, payloads } = openNode();
    start();
    node.born("press", [metric("a", 1), metric("b", 1)]);
    sent.length = 0;

    node.changed("press", [metric("a", 1), metric("b", 2)]);
    node.changed("press", [metric("a", 1), metric("b", 2)]);

    assert.equal(sent.length, 1);
    const [sentMetric, more] = payloads()[0]?.metrics ?? [];
    assert.equal(more, undefined);
    assert.deepEqual(
      [sentMetric?.name, sentMetric?.datatype, sentMetric?.alias],
      [undefined, undefined, 1],
    );
  });

  it("sends a pulse within one batch whole, so that its end is not lost", () => {
    const { node, start, sent, payloads } = openNode();
    start();
    node.born("press", [metric("a", 0)]);
    sent.length = 0;

    node.changed("press", [metric("a", 1), metric("a", 0)]);
    node.changed("press", [metric("a", 0)]);

    assert.equal(sent.length, 1);
    const values = payloads()[0]?.metrics.map((each) => metricValue(each, "Int32"));
    assert.deepEqual(values, [1, 0]);
  });

  it("sends a change of quality, bad as null with a reason", () => {
    const { node, start, sent, payloads } = openNode();
    start();
    node.born("press", [metric("a", 1)]);
    sent.length = 0;

    node.changed("press", [{ ...metric("a", 1), quality: "bad", reason: "timeout" }]);

    const sentMetric = payloads()[0]?.metrics[0];
    assert.equal(sentMetric?.isNull, true);
    assert.equal(propertyValue(sentMetric?.properties.get("Quality")), 0);
    assert.equal(propertyValue(sentMetric?.properties.get("Reason")), "timeout");
  });

  it("keeps aliases unique across devices [tck-id-payloads-alias-uniqueness]", () => {
    const { node, start, payloads } = openNode();
    node.born("press", [metric("a", 1), metric("b", 1)]);
    node.born("oven", [metric("a", 1)]);

    start();

    const aliases = payloads().flatMap((payload) => payload.metrics.map((each) => each.alias));
    const dealt = aliases.filter((alias) => alias !== undefined);
    assert.equal(new Set(dealt).size, 3);
  });

  it("announces datatype, unit and whether a metric may be written", () => {
    const { node, start, payloads } = openNode();
    node.born("press", [metric("a", 1, { unit: "bar", writable: true, range: [0, 350] })]);

    start();

    const born = payloads()[1]?.metrics[0];
    assert.equal(datatypeOf(born?.datatype ?? 0), "Int32");
    assert.equal(propertyValue(born?.properties.get("engUnit")), "bar");
    assert.equal(propertyValue(born?.properties.get("readOnly")), false);
    assert.equal(propertyValue(born?.properties.get("engLow")), 0);
    assert.equal(propertyValue(born?.properties.get("engHigh")), 350);
  });

  it("says DDEATH before a second DBIRTH of a living device", () => {
    const { node, start, sent, types } = openNode();
    start();
    node.born("press", [metric("a", 1)]);
    sent.length = 0;

    node.born("press", [metric("a", 1), metric("b", 1)]);

    assert.deepEqual(types(), ["DDEATH", "DBIRTH"]);
  });
});

describe("commands to an edge node", () => {
  const rebirth = rebirthRequest(NODE, 1);
  const write = (more: Partial<Parameters<typeof deviceCommand>[0]>): SparkplugMessage =>
    deviceCommand(
      { ...NODE, deviceId: "press", metric: "sp", datatype: "Int32", value: 7, ...more },
      1,
    );

  it("hands over the writes of one command together, in their order and with their times", () => {
    const commands: (readonly WriteCommand[])[] = [];
    const { node, start, writes } = openNode(undefined, {
      onCommand: (each) => commands.push(each),
    });
    const writable = { writable: true };
    node.born("press", [metric("a", 1, writable), metric("b", 1, writable), metric("c", 1)]);
    start();
    const told = { datatype: "Int32", tellDatatype: true } as const;
    const command = commandMessage(NODE, {
      deviceId: "press",
      timestamp: 5,
      metrics: [
        { ...told, name: "b", value: 2, timestamp: 3 },
        { ...told, name: "c", value: 2, timestamp: 3 }, // read-only
        { ...told, name: "a", value: 1, timestamp: 4 },
      ],
    });

    node.received(command.topic, command.payload);

    assert.deepEqual(commands, [
      [
        { deviceId: "press", metric: "b", value: 2, timestamp: 3 },
        { deviceId: "press", metric: "a", value: 1, timestamp: 4 },
      ],
    ]);
    assert.deepEqual(writes, []);
  });

  it("is born again on request, with the same bdSeq, and not twice in a moment", () => {
    const { node, start, sent, types, payloads } = openNode();
    node.born("press", [metric("a", 1)]);
    start();
    sent.length = 0;

    node.received(rebirth.topic, rebirth.payload);
    node.received(rebirth.topic, rebirth.payload);

    assert.deepEqual(types(), ["NBIRTH", "DBIRTH"]);
    const [birth] = payloads();
    assert.equal(birth?.seq, 0);
    assert.equal(birth && bdSeqOf(birth), 0);
  });

  it("is born again later when asked again", () => {
    const { node, start, clock, sent, types } = openNode();
    start();
    node.received(rebirth.topic, rebirth.payload);
    clock.now += 10_000;
    sent.length = 0;

    node.received(rebirth.topic, rebirth.payload);

    assert.deepEqual(types(), ["NBIRTH"]);
  });

  it("is born again when it sees its own death of this session, not of an older one", () => {
    const { node, sent, types } = openNode();
    const old = node.beginSession();
    const current = node.beginSession();
    node.sessionOpened();
    sent.length = 0;

    node.received(old.topic, old.payload);
    assert.deepEqual(types(), []);
    node.received(current.topic, current.payload);

    assert.deepEqual(types(), ["NBIRTH"]);
  });

  it("hands on a write of a writable metric", () => {
    const { node, start, writes } = openNode();
    node.born("press", [metric("sp", 1, { writable: true })]);
    start();

    const message = write({});
    node.received(message.topic, message.payload);

    assert.deepEqual(writes, [{ deviceId: "press", metric: "sp", value: 7 }]);
  });

  it("refuses what it cannot do, with a sentence, and goes on", () => {
    const { node, start, writes, refusals } = openNode();
    node.born("press", [metric("sp", 1, { writable: true }), metric("ro", 1)]);
    start();

    for (const message of [
      write({ metric: "ro" }),
      write({ metric: "no such" }),
      write({ deviceId: "oven" }),
      write({ datatype: "String", value: "seven" }),
      { ...write({}), payload: Uint8Array.of(0xff) },
    ]) {
      node.received(message.topic, message.payload);
    }

    assert.equal(writes.length, 0);
    assert.match(refusals[0] ?? "", /"ro" of device "press" is read-only/);
    assert.match(refusals[1] ?? "", /"no such" is no metric of device "press"/);
    assert.match(refusals[2] ?? "", /device "oven" is not online/);
    assert.match(refusals[3] ?? "", /Int32 came as string_value/);
    assert.match(refusals[4] ?? "", /not a Sparkplug payload/);
  });

  it("refuses a write of its own metrics when nobody carries it out", () => {
    const { node, start, refusals } = openNode();
    node.redefine({ metrics: [metric("load", 1, { writable: true })] });
    start();

    const load = { name: "load", datatype: "Int32", tellDatatype: true, value: 7 } as const;
    const message = commandMessage(NODE, { timestamp: 1, metrics: [load] });
    node.received(message.topic, message.payload);

    assert.match(refusals[0] ?? "", /"load": nobody carries out writes/);
  });

  it("are those for it and its devices, not for others, and rebirth is for the node alone", () => {
    const { node, start, sent } = openNode();
    node.born("press", [metric("a", 1)]);
    start();
    sent.length = 0;

    for (const topic of [
      "spBv1.0/Plant2/NCMD/gw",
      "spBv1.0/Plant1/NCMD/gw2",
      "spBv1.0/Plant1/DCMD/gw/press",
    ]) {
      node.received(topic, rebirth.payload);
    }

    assert.deepEqual(sent, []);
  });
});
