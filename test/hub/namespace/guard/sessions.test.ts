import assert from "node:assert/strict";
import {
  dbirth,
  deathWill,
  nbirth,
  now,
  sent,
  SPEED,
  stateWill,
  testOffences,
  type GuardPlant,
  type Ids,
  type Sent,
} from "../../../support/guard-plant.ts";
import { publishPacket } from "../../../support/mqtt-raw-client.ts";
import type { RawPayload } from "../../../support/sparkplug-raw.ts";

const ddata = (ids: Ids, payload: RawPayload): Sent =>
  sent(ids, "DDATA/d", { metrics: [{ ...SPEED, int: 6 }], ...payload });
const withoutBdSeq = [{ name: "Node Control/Rebirth", datatype: 11, boolean: false, timestamp: 1 }];

/** A client with another id that has born the edge node, or said STATE, and stays. */
async function somebodyElse(ids: Ids, plant: GuardPlant, what: "edge" | "host"): Promise<void> {
  const will = what === "edge" ? deathWill(ids) : stateWill(ids);
  const other = await plant.client({ clientId: `other ${ids.clientId}`, will });
  const { topic, payload } = nbirth(ids);
  if (what === "edge") other.send(publishPacket(topic, Buffer.from(payload)));
  await other.settle();
}

testOffences("sessions of edge nodes", [
  {
    code: "S01",
    send: (ids) => [ddata(ids, { seq: 2 })],
    says: /DDATA before NBIRTH in this MQTT session/,
    ids: ["payloads-ddata-order"],
    rejected: "dropped",
  },
  {
    code: "S01",
    how: "another topic",
    send: (ids) => [{ topic: `plain/${ids.edge}`, payload: "x" }],
    says: /a message on "plain\/edge-.*" before NBIRTH/,
    ids: ["principles-birth-certificates-order"],
    rejected: "dropped",
  },
  {
    code: "S02",
    send: (ids) => [dbirth(ids)],
    says: /DBIRTH before NBIRTH in this MQTT session/,
    ids: ["message-flow-device-birth-publish-nbirth-wait"],
    rejected: { disconnect: 0x83 },
  },
  {
    code: "S03",
    send: (ids) => [
      nbirth(ids),
      dbirth(ids),
      sent(ids, "DDEATH/d", { seq: 2 }),
      ddata(ids, { seq: 3 }),
    ],
    says: /DDATA of device "d" after its DDEATH/,
    ids: ["payloads-ddata-order"],
    rejected: "dropped",
  },
  {
    code: "S04",
    send: (ids) => [nbirth(ids), dbirth(ids), ddata(ids, { seq: 5 })],
    says: /seq is 5, expected 2 \(3 lost, or out of order\)/,
    ids: ["topics-ddata-seq-num", "payloads-sequence-num-incrementing"],
    rejected: "dropped",
  },
  {
    code: "S05",
    send: (ids) => [nbirth(ids, [], { seq: 3 })],
    says: /seq of NBIRTH is 3, expected 0/,
    ids: ["topics-nbirth-seq-num"],
    rejected: { disconnect: 0x83 },
  },
  {
    code: "S06",
    send: (ids) => [nbirth(ids, [], { metrics: withoutBdSeq })],
    says: /NBIRTH has no metric bdSeq/,
    ids: ["topics-nbirth-bdseq-included"],
    rejected: { disconnect: 0x83 },
  },
  {
    code: "S07",
    connect: (ids) => ({ will: deathWill(ids, {}, 4) }),
    send: (ids) => [nbirth(ids)],
    says: /bdSeq of NBIRTH is 0, that of the Will 4/,
    ids: ["topics-nbirth-bdseq-matching"],
    rejected: { disconnect: 0x83 },
  },
  {
    code: "S07",
    how: "a published NDEATH, which is never refused",
    send: (ids) => [
      nbirth(ids),
      sent(ids, "NDEATH", { metrics: [{ name: "bdSeq", datatype: 4, long: 9 }] }),
    ],
    says: /bdSeq of NDEATH is 9, that of the Will 0/,
    ids: ["payloads-ndeath-bdseq"],
    rejected: "nothing",
    isToldOnly: true,
  },
  {
    code: "S08",
    how: "at CONNECT",
    before: (ids, plant) => somebodyElse(ids, plant, "edge"),
    says: /"G\/edge-.*" belongs to client "other client .*" \(127\..*\), not to client "client .*" \(127\..*\), which names it in its Will/,
    ids: ["intro-edge-node-id-uniqueness"],
    rejected: { connack: 0x87 },
  },
  {
    code: "S08",
    how: "at a birth",
    hasWill: false,
    before: (ids, plant) => somebodyElse(ids, plant, "edge"),
    send: (ids) => [nbirth(ids)],
    says: /"G\/edge-.*" belongs to client "other client .*" .*, which publishes NBIRTH for it/,
    ids: ["payloads-nbirth-edge-node-descriptor"],
    rejected: { disconnect: 0x87 },
  },
  {
    code: "S09",
    send: (ids) => [nbirth(ids)],
    afterwards: (client) => client.send({ cmd: "disconnect", reasonCode: 0 }),
    says: /DISCONNECT without a published NDEATH/,
    ids: ["payloads-ndeath-will-message-publisher"],
    rejected: "nothing",
  },
  {
    code: "S10",
    send: (ids) => [nbirth(ids)],
    afterwards: (client) => client.send({ cmd: "disconnect", reasonCode: 0 }),
    says: /DISCONNECT with reason 0x00, expected 0x04/,
    ids: ["payloads-ndeath-will-message-publisher-disconnect-mqtt50"],
    rejected: "nothing",
  },
  {
    code: "S11",
    filters: () => [],
    send: (ids) => [nbirth(ids)],
    says: /no subscription to "spBv1\.0\/G\/NCMD\/edge-/,
    ids: ["message-flow-edge-node-ncmd-subscribe"],
    rejected: { disconnect: 0x83 },
  },
  {
    code: "S12",
    filters: (ids) => [
      [`spBv1.0/G/NCMD/${ids.edge}`, 1],
      [`spBv1.0/G/DCMD/${ids.edge}/d`, 0],
    ],
    send: (ids) => [nbirth(ids), dbirth(ids)],
    says: /the subscription to "spBv1\.0\/G\/DCMD\/edge-.*\/d" has QoS 0, expected 1/,
    ids: ["message-flow-device-dcmd-subscribe"],
    rejected: { disconnect: 0x83 },
  },
  {
    code: "S13",
    before: async (ids, plant) => {
      const host = await plant.client({
        clientId: `host of ${ids.clientId}`,
        will: stateWill(ids),
      });
      host.publish(
        `spBv1.0/STATE/${ids.host}`,
        JSON.stringify({ online: false, timestamp: now() }),
        1,
      );
      await host.settle();
    },
    filters: (ids) => [
      [`spBv1.0/G/NCMD/${ids.edge}`, 1],
      [`spBv1.0/STATE/${ids.host}`, 1],
    ],
    send: (ids) => [nbirth(ids)],
    says: /NBIRTH while "spBv1\.0\/STATE\/host-.*" says offline/,
    ids: ["message-flow-edge-node-birth-publish-phid-wait"],
    rejected: { disconnect: 0x83 },
  },
  {
    code: "S17",
    send: (ids) => [
      nbirth(ids),
      sent(ids, "NCMD", {
        metrics: [{ name: "Node Control/Rebirth", datatype: 11, boolean: true }],
      }),
    ],
    says: /no NBIRTH within 0 s of the rebirth request/,
    ids: ["operational-behavior-data-commands-rebirth-action-2"],
    rejected: "nothing",
  },
  {
    code: "S18",
    send: (ids) => [nbirth(ids), dbirth(ids), dbirth(ids, [SPEED], 2)],
    says: /DBIRTH of device "d", which is alive/,
    ids: ["topic-structure-namespace-unique-device-id"],
    rejected: { disconnect: 0x83 },
  },
  {
    code: "S19",
    send: (ids) => [
      nbirth(ids, [SPEED]),
      sent(ids, "NDATA", { seq: 1, metrics: [SPEED] }),
      dbirth(ids, [SPEED], 2),
    ],
    says: /DBIRTH of device "d" after data began/,
    ids: ["payloads-dbirth-order"],
    rejected: { disconnect: 0x83 },
  },
]);

const T = now();
const online = (ids: Ids, timestamp = T): Sent => ({
  topic: `spBv1.0/STATE/${ids.host}`,
  payload: JSON.stringify({ online: true, timestamp }),
  qos: 1,
  retain: true,
});
const asHost = (ids: Ids) => ({ will: stateWill(ids, {}, T) });
const hostFilters = (ids: Ids) =>
  [
    [`spBv1.0/STATE/${ids.host}`, 1],
    ["spBv1.0/#", 0],
  ] as const;

testOffences("sessions of hosts", [
  {
    code: "S09",
    how: "a host",
    connect: asHost,
    filters: hostFilters,
    send: (ids) => [online(ids)],
    afterwards: async (client) => {
      await client.find("puback");
      client.send({ cmd: "disconnect", reasonCode: 0 });
    },
    says: /DISCONNECT without offline on "spBv1\.0\/STATE\/host-/,
    ids: ["operational-behavior-host-application-termination"],
    rejected: "nothing",
  },
  {
    code: "S14",
    connect: asHost,
    filters: () => [],
    send: (ids) => [online(ids)],
    says: /STATE online before the subscription to "spBv1\.0\/STATE\/host-/,
    ids: ["host-topic-phid-birth-sub-required"],
    rejected: { puback: 0x83 },
  },
  {
    code: "S14",
    how: "not the first message",
    connect: asHost,
    filters: hostFilters,
    send: (ids) => [{ topic: `plain/${ids.host}`, payload: "x" }, online(ids)],
    says: /STATE online is not the first message of the host/,
    ids: ["host-topic-phid-birth-message"],
    rejected: { puback: 0x83 },
  },
  {
    code: "S15",
    connect: asHost,
    filters: hostFilters,
    send: (ids) => [online(ids, T + 1)],
    says: /timestamp is \d+, that of the Will \d+/,
    ids: ["host-topic-phid-birth-payload-timestamp"],
    rejected: { puback: 0x99 },
  },
  {
    code: "S16",
    before: (ids, plant) => somebodyElse(ids, plant, "host"),
    connect: asHost,
    says: /host id "host-.*" is used by client "other client .*" \(127\..*\) and by client "client .*"/,
    ids: ["operational-behavior-host-application-host-id"],
    rejected: { connack: 0x87 },
  },
  {
    code: "S16",
    how: "at STATE",
    before: (ids, plant) => somebodyElse(ids, plant, "host"),
    send: (ids) => [online(ids)],
    says: /host id "host-.*" is used by client "other client/,
    ids: ["operational-behavior-host-application-host-id"],
    rejected: { puback: 0x87 },
  },
  {
    code: "S20",
    connect: asHost,
    filters: hostFilters,
    send: (ids) => [online(ids)],
    afterwards: async (client, ids, plant) => {
      await client.find("puback");
      const other = await plant.client({ clientId: `other ${ids.clientId}` });
      const { topic } = online(ids);
      other.publish(topic, JSON.stringify({ online: false, timestamp: now() }), 1);
      const answer = await other.find("puback");
      assert.ok(answer);
    },
    says: /host "host-.*" is connected and did not correct its STATE offline within 0 s/,
    ids: ["message-flow-hid-sparkplug-state-message-delivered"],
    rejected: "nothing",
  },
]);
