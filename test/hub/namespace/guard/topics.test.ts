import assert from "node:assert/strict";
import { it } from "node:test";
import { rawPayload } from "../../../support/sparkplug-raw.ts";
import {
  dbirth,
  GuardPlant,
  nbirth,
  now,
  sent,
  SPEED,
  stateWill,
  testOffences,
  type Ids,
  type Sent,
} from "../../../support/guard-plant.ts";
import { publishPacket } from "../../../support/mqtt-raw-client.ts";

const DATA = rawPayload({ timestamp: 1_700_000_000_000, seq: 1 });

/** On a topic of its own, from a client that is no edge node. */
function alone(topicOf: (ids: Ids) => string, says: RegExp, ids: readonly string[]) {
  return {
    hasWill: false,
    filters: () => [],
    send: (names: Ids): readonly Sent[] => [{ topic: topicOf(names), payload: DATA }],
    says,
    ids,
    rejected: "dropped",
  } as const;
}

testOffences("topics", [
  {
    code: "T01",
    ...alone((ids) => `spbv1.0/G/NDATA/${ids.edge}`, /namespace is "spbv1.0", expected "spBv1.0"/, [
      "topic-structure-namespace-a",
    ]),
  },
  {
    code: "T02",
    ...alone((ids) => `spBv1.0/G/NDATA/${ids.edge}/d/x`, /6 levels; NDATA needs 4/, [
      "topic-structure",
    ]),
  },
  {
    code: "T03",
    ...alone(
      (ids) => `spBv1.0/G/ndata/${ids.edge}`,
      /unknown message type "ndata"; did you mean "NDATA"/,
      ["topic-structure"],
    ),
  },
  {
    code: "T04",
    ...alone((ids) => `spBv1.0/G/DDATA/${ids.edge}`, /device id is missing after DDATA/, [
      "topics-ddata-topic",
      "topic-structure-namespace-device-id-associated-message-types",
    ]),
  },
  {
    code: "T05",
    ...alone((ids) => `spBv1.0/G/NDATA/${ids.edge}/d`, /NDATA takes no device id/, [
      "topics-ndata-topic",
    ]),
  },
  {
    code: "T06",
    ...alone((ids) => `spBv1.0//NDATA/${ids.edge}`, /group id is empty/, ["intro-group-id-string"]),
  },
  {
    code: "T07",
    ...alone((ids) => `spBv1.0/STATE/NDATA/${ids.edge}`, /may not be called "STATE"/, [
      "intro-group-id-chars",
    ]),
  },
  {
    code: "T08",
    send: (ids) => [
      nbirth(ids),
      { ...sent(ids, "NDATA", { seq: 1 }), topic: `spBv1.0/G/NDATA/${ids.edge.toUpperCase()}` },
    ],
    says: /edge node id "EDGE-T08-\d+" differs only in case from "edge-t08-\d+" of client "client t08-\d+"/,
    ids: ["case-sensitivity-sparkplug-ids"],
    rejected: "dropped",
  },
  {
    code: "T09",
    ...alone((ids) => `STATE/${ids.host}`, /form before Sparkplug 3\.0; use "spBv1\.0\/STATE/, [
      "host-topic-phid-birth-topic",
    ]),
  },
]);

for (const protocolVersion of [5, 4] as const) {
  it(`refuses T10 whatever the profile, over MQTT ${protocolVersion === 5 ? "5: 0x87" : "3.1.1: acknowledged and dropped"}`, async (t) => {
    const plant = await GuardPlant.open(t);
    const client = await plant.client({ clientId: "liar", protocolVersion });
    t.after(() => client[Symbol.asyncDispose]());
    plant.listener.send({
      cmd: "subscribe",
      messageId: 2,
      subscriptions: [{ topic: "$sparkplug/#", qos: 0 }],
    });
    const topic = "$sparkplug/certificates/spBv1.0/G/NBIRTH/e";

    client.send(publishPacket(topic, Buffer.from(DATA), { qos: 1, retain: true }));
    const { reasonCode, properties } = await client.find("puback");

    const { level, because, head } = await plant.finding("T10", "liar");
    assert.deepEqual([level, head], ["reject", Buffer.from(DATA).toString("hex")]);
    assert.match(because, /clients may not publish under \$sparkplug\//);
    assert.ok(!(await plant.passed({ topic, payload: DATA })));
    if (protocolVersion === 4) return;
    assert.equal(reasonCode, 0x87);
    assert.match(String(properties?.reasonString), /^T10: /);
  });
}

const state = (ids: Ids, flags: Partial<Sent>): Sent => ({
  topic: `spBv1.0/STATE/${ids.host}`,
  payload: JSON.stringify({ online: false, timestamp: now() }),
  qos: 1,
  retain: true,
  ...flags,
});

testOffences("QoS and retain", [
  {
    code: "F01",
    send: (ids) => [
      nbirth(ids),
      dbirth(ids),
      sent(ids, "DDATA/d", { seq: 2, metrics: [{ ...SPEED, int: 6 }] }, { qos: 1 }),
    ],
    says: /DDATA with QoS 1, expected 0/,
    ids: ["topics-ddata-mqtt", "payloads-ddata-qos"],
    rejected: { puback: 0x83 }, // PUBACK has no "QoS not supported"
  },
  {
    code: "F02",
    how: "a retained birth",
    send: (ids) => [{ ...nbirth(ids), retain: true }],
    says: /NBIRTH with retain set, expected clear/,
    ids: [
      "topics-nbirth-mqtt",
      "payloads-nbirth-retain",
      "message-flow-edge-node-birth-publish-nbirth-retained",
    ],
    rejected: { disconnect: 0x9a },
  },
  {
    code: "F03",
    connect: (ids) => ({ will: stateWill(ids) }),
    send: (ids) => [state(ids, { qos: 0 })],
    says: /STATE with QoS 0, expected 1/,
    ids: ["operational-behavior-host-application-death-qos"],
    rejected: "dropped",
  },
  {
    code: "F04",
    connect: (ids) => ({ will: stateWill(ids) }),
    send: (ids) => [state(ids, { retain: false })],
    says: /STATE without retain, expected set/,
    ids: ["operational-behavior-host-application-death-retained"],
    rejected: { puback: 0x83 },
  },
]);
