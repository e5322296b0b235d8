/** The catalogue of diagnoses: the head of payloads. */
import type { RuleTable } from "./rule.ts";

export const PAYLOAD_RULES: RuleTable<`P${string}`> = {
  P01: {
    title: "not a Sparkplug payload",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Publish Sparkplug B protobuf here, or move other data to a topic outside spBv1.0.",
    ids: {
      NBIRTH: "message-flow-edge-node-birth-publish-nbirth-payload",
      DBIRTH: "message-flow-device-birth-publish-dbirth-payload",
    },
  },
  P02: {
    title: "seq missing",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Write seq into every message but NDEATH and commands, 0 too.",
    ids: {
      NBIRTH:
        "payloads-nbirth-seq payloads-sequence-num-req-nbirth message-flow-edge-node-birth-publish-nbirth-payload-seq",
      DBIRTH: "payloads-dbirth-seq",
      NDATA: "payloads-ndata-seq",
      DDATA: "payloads-ddata-seq",
      any: "payloads-sequence-num-always-included",
      DDEATH: "payloads-ddeath-seq payloads-ddeath-seq-number",
    },
  },
  P03: {
    title: "seq above 255",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Let seq run from 0 to 255 and begin again.",
    ids: {
      NBIRTH:
        "payloads-nbirth-seq payloads-sequence-num-req-nbirth message-flow-edge-node-birth-publish-nbirth-payload-seq",
      any: "payloads-sequence-num-always-included",
    },
  },
  P04: {
    title: "seq where none belongs",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Leave seq out of NDEATH, NCMD and DCMD.",
    ids: {
      "edge CONNECT": "topics-ndeath-seq payloads-ndeath-seq",
      NCMD: "payloads-ncmd-seq",
      DCMD: "payloads-dcmd-seq",
      NDEATH: "topics-ndeath-seq payloads-ndeath-seq",
    },
  },
  P05: {
    title: "payload timestamp missing",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Write the time of sending into the payload.",
    ids: {
      NBIRTH: "topics-nbirth-timestamp payloads-nbirth-timestamp",
      DBIRTH: "topics-dbirth-timestamp payloads-dbirth-timestamp",
      NDATA: "topics-ndata-timestamp payloads-ndata-timestamp",
      DDATA: "topics-ddata-timestamp payloads-ddata-timestamp",
      DDEATH: "payloads-ddeath-timestamp",
      NCMD: "topics-ncmd-timestamp payloads-ncmd-timestamp",
      DCMD: "topics-dcmd-timestamp payloads-dcmd-timestamp",
    },
  },
  P06: {
    title: "payload timestamp is off",
    strict: "warn",
    reasonCode: 0x99,
    advice: "Set the clock (NTP); timestamps are UTC in milliseconds.",
    ids: {
      NBIRTH: "topics-nbirth-timestamp payloads-nbirth-timestamp",
      DBIRTH: "topics-dbirth-timestamp payloads-dbirth-timestamp",
      NDATA: "topics-ndata-timestamp payloads-ndata-timestamp",
      DDATA: "topics-ddata-timestamp payloads-ddata-timestamp",
      any: "payloads-timestamp-in-UTC payloads-metric-timestamp-in-UTC",
      "STATE offline":
        "host-topic-phid-death-payload-timestamp-disconnect-clean host-topic-phid-death-payload-timestamp-disconnect-with-no-disconnect-packet",
    },
  },
  P07: {
    title: "STATE is not as it should be",
    strict: "reject",
    reasonCode: 0x99,
    advice: 'Publish {"online":true or false,"timestamp":milliseconds}.',
    ids: {
      "STATE online":
        "host-topic-phid-birth-payload message-flow-phid-sparkplug-state-publish-payload operational-behavior-host-application-connect-birth-payload payloads-state-birth-payload",
      "STATE offline": "operational-behavior-host-application-death-payload",
    },
  },
};
