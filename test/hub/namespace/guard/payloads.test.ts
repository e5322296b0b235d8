import {
  nbirth,
  now,
  sent,
  stateWill,
  testOffences,
  type Ids,
  type Sent,
} from "../../../support/guard-plant.ts";

const command = (ids: Ids, payload: Parameters<typeof sent>[2]): Sent => sent(ids, "NCMD", payload);
const data = (ids: Ids, payload: Parameters<typeof sent>[2]): Sent => sent(ids, "NDATA", payload);

testOffences("heads of payloads", [
  {
    code: "P01",
    send: (ids) => [nbirth(ids), { topic: `spBv1.0/G/NDATA/${ids.edge}`, payload: '{"temp":21}' }],
    says: /not a Sparkplug payload \(it looks like JSON\): .*byte/,
    ids: [],
    rejected: "dropped",
  },
  {
    code: "P01",
    how: "a birth",
    send: (ids) => [{ topic: `spBv1.0/G/NBIRTH/${ids.edge}`, payload: "hello" }],
    says: /not a Sparkplug payload \(it looks like text\)/,
    ids: ["message-flow-edge-node-birth-publish-nbirth-payload"],
    rejected: { disconnect: 0x99 },
  },
  {
    code: "P02",
    send: (ids) => [nbirth(ids), data(ids, {})],
    says: /NDATA has no seq/,
    ids: ["payloads-ndata-seq", "payloads-sequence-num-always-included"],
    rejected: "dropped",
  },
  {
    code: "P03",
    send: (ids) => [nbirth(ids), data(ids, { seq: 256 })],
    says: /seq is 256, expected 0 to 255/,
    ids: ["payloads-sequence-num-always-included"],
    rejected: "dropped",
  },
  {
    code: "P04",
    send: (ids) => [command(ids, { seq: 1 })],
    says: /NCMD has seq 1, expected none/,
    ids: ["payloads-ncmd-seq"],
    rejected: "dropped",
  },
  {
    code: "P05",
    send: (ids) => [nbirth(ids), { ...data(ids, { seq: 1, timestamp: undefined }) }],
    says: /NDATA has no payload timestamp/,
    ids: ["topics-ndata-timestamp"],
    rejected: "dropped",
  },
  {
    code: "P06",
    send: (ids) => [nbirth(ids), data(ids, { seq: 1, timestamp: now() - 2 * 3_600_000 })],
    says: /the payload timestamp is 7\d\d\d s behind the clock of this server \(local time instead of UTC\?\)/,
    ids: ["payloads-timestamp-in-UTC"],
    rejected: "dropped",
  },
  {
    code: "P07",
    connect: (ids) => ({ will: stateWill(ids) }),
    send: (ids) => [
      { topic: `spBv1.0/STATE/${ids.host}`, payload: "ONLINE", qos: 1, retain: true },
    ],
    says: /not a STATE message: it is no JSON/,
    ids: ["host-topic-phid-birth-payload"],
    rejected: { puback: 0x99 },
  },
]);
