import { rawPayload } from "../../../support/sparkplug-raw.ts";
import {
  deathWill,
  nbirth,
  now,
  stateWill,
  testOffences,
  type Ids,
} from "../../../support/guard-plant.ts";

const death = (metrics: Parameters<typeof rawPayload>[0]["metrics"] = []) => ({
  payload: rawPayload({ metrics }),
});

testOffences("CONNECT and Wills", [
  {
    code: "C01",
    connect: () => ({ clean: false }),
    says: /Clean (Start|Session) is 0, expected 1/,
    ids: ["principles-persistence-clean-session-50", "principles-persistence-clean-session-311"],
    rejected: { connack: 0x83 },
  },
  {
    code: "C02",
    connect: () => ({ properties: { sessionExpiryInterval: 60 } }),
    says: /Session Expiry is 60 s, expected 0/,
    ids: ["principles-persistence-clean-session-50"],
    rejected: { connack: 0x83 },
    isMqtt5Only: true,
  },
  {
    code: "C03",
    hasWill: false,
    send: (ids) => [nbirth(ids)],
    says: /the edge node has no Will/,
    ids: ["message-flow-edge-node-birth-publish-will-message"],
    rejected: { disconnect: 0x83 },
  },
  {
    code: "C04",
    how: "of another edge node",
    connect: (ids) => ({ will: deathWill({ edge: `${ids.edge}-x` }) }),
    send: (ids) => [nbirth(ids)],
    says: /the Will topic is "spBv1\.0\/G\/NDEATH\/edge-.*-x", expected "spBv1\.0\/G\/NDEATH\/edge-/,
    ids: ["topics-ndeath-topic"],
    rejected: { disconnect: 0x90 },
  },
  {
    code: "C04",
    how: "a Will that is no death",
    connect: (ids) => ({ will: deathWill(ids, { topic: `spBv1.0/G/NDATA/${ids.edge}` }) }),
    says: /expected an NDEATH or STATE topic/,
    ids: ["topics-ndeath-topic"],
    rejected: { connack: 0x90 },
  },
  {
    code: "C05",
    connect: (ids) => ({ will: deathWill(ids, { qos: 0 }) }),
    says: /the Will has QoS 0, expected 1/,
    ids: ["payloads-ndeath-will-message-qos"],
    rejected: { connack: 0x9b },
  },
  {
    code: "C06",
    how: "of a host",
    connect: (ids) => ({ will: stateWill(ids, { retain: false }) }),
    says: /the Will has retain 0, expected 1/,
    ids: ["host-topic-phid-death-retain"],
    rejected: { connack: 0x9a },
  },
  {
    code: "C07",
    connect: (ids) => ({ will: deathWill(ids, { payload: Buffer.from("dead") }) }),
    says: /the NDEATH Will does not decode: /,
    ids: ["message-flow-edge-node-birth-publish-will-message-payload"],
    rejected: { connack: 0x99 },
  },
  {
    code: "C08",
    how: "no bdSeq",
    connect: (ids) => ({ will: deathWill(ids, death()) }),
    says: /NDEATH has no metric bdSeq/,
    ids: ["message-flow-edge-node-birth-publish-will-message-payload-bdSeq"],
    rejected: { connack: 0x99 },
  },
  {
    code: "C08",
    how: "bdSeq as UInt64",
    connect: (ids) => ({ will: deathWill(ids, death([{ name: "bdSeq", datatype: 8, long: 0 }])) }),
    says: /bdSeq of NDEATH has datatype 8, expected 4 \(Int64\)/,
    ids: ["topics-nbirth-bdseq-increment"],
    rejected: { connack: 0x99 },
  },
  {
    code: "C09",
    before: async (ids, plant) => {
      const first = await plant.client({ clientId: ids.clientId, will: deathWill(ids, {}, 7) });
      await first[Symbol.asyncDispose]();
    },
    connect: (ids) => ({ will: deathWill(ids, {}, 7) }),
    says: /bdSeq of the Will is 7 after 7, expected 8/,
    ids: ["topics-nbirth-bdseq-increment"],
    rejected: { connack: 0x99 },
  },
  {
    code: "C10",
    connect: (ids) => ({
      will: stateWill(ids, { payload: Buffer.from('{"online":true,"timestamp":1}') }),
    }),
    says: /"online" of the Will is true, expected false/,
    ids: ["host-topic-phid-death-payload"],
    rejected: { connack: 0x99 },
  },
  {
    code: "C11",
    connect: (ids: Ids) => ({ will: stateWill(ids, {}, Math.round(now() / 1000)) }),
    says: /the timestamp of the Will is \d+ s behind the clock of this server \(seconds instead of milliseconds\?\)/,
    ids: ["host-topic-phid-death-payload-timestamp-connect"],
    rejected: { connack: 0x99 },
  },
]);
