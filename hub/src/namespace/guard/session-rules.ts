/** The catalogue of diagnoses: sessions of edge nodes and hosts. */
import type { RuleTable } from "./rule.ts";

export const SESSION_RULES: RuleTable<`S${string}`> = {
  S01: {
    title: "something before the birth",
    strict: "reject",
    reasonCode: 0x83,
    advice: "Publish NBIRTH first in each MQTT session.",
    ids: {
      NBIRTH: "principles-birth-certificates-order",
      NDATA: "payloads-ndata-order",
      DDATA: "payloads-ddata-order",
    },
  },
  S02: {
    title: "DBIRTH before NBIRTH",
    strict: "reject",
    reasonCode: 0x83,
    advice: "Publish NBIRTH, then the DBIRTH of each device.",
    ids: {
      DBIRTH:
        "message-flow-device-birth-publish-dbirth-match-edge-node-topic message-flow-device-birth-publish-nbirth-wait",
    },
  },
  S03: {
    title: "device is not born",
    strict: "reject",
    reasonCode: 0x83,
    advice: "Publish DBIRTH before the data of a device, again after its DDEATH.",
    ids: { NDATA: "payloads-ndata-order", DDATA: "payloads-ddata-order" },
  },
  S04: {
    title: "gap in seq",
    strict: "warn",
    reasonCode: 0x83,
    advice:
      "Give out seq in the order of sending, one counter for the edge node and all its devices; look for dropped messages.",
    ids: {
      DBIRTH:
        "topics-dbirth-seq payloads-dbirth-seq-inc message-flow-device-birth-publish-dbirth-payload-seq",
      NDATA: "topics-ndata-seq-num payloads-ndata-seq-inc",
      DDATA: "topics-ddata-seq-num payloads-ddata-seq-inc",
      any: "payloads-sequence-num-incrementing",
      DDEATH: "topics-ddeath-seq-num payloads-ddeath-seq-inc",
    },
  },
  S05: {
    title: "NBIRTH seq is not 0",
    strict: "reject",
    reasonCode: 0x83,
    advice: "Begin with seq 0 in each NBIRTH.",
    ids: { NBIRTH: "topics-nbirth-seq-num" },
  },
  S06: {
    title: "NBIRTH without bdSeq",
    strict: "reject",
    reasonCode: 0x83,
    advice: "Put the metric bdSeq with the number of the Will into NBIRTH.",
    ids: { NBIRTH: "topics-nbirth-bdseq-included payloads-nbirth-bdseq" },
  },
  S07: {
    title: "bdSeq is not that of the Will",
    strict: "reject",
    reasonCode: 0x83,
    advice:
      "Use the bdSeq of the Will of this connection in NBIRTH and NDEATH; a rebirth keeps it.",
    ids: {
      NBIRTH:
        "topics-nbirth-bdseq-matching payloads-nbirth-bdseq-repeat message-flow-edge-node-birth-publish-nbirth-payload-bdSeq",
      rebirth: "operational-behavior-data-commands-rebirth-action-3",
      NDEATH: "payloads-ndeath-bdseq",
    },
  },
  S08: {
    title: "edge node of another client",
    strict: "reject",
    reasonCode: 0x87,
    advice:
      "Give each edge node and each client an id of its own (a copied configuration?), or end the other client.",
    ids: {
      any: "intro-edge-node-id-uniqueness topic-structure-namespace-unique-edge-node-descriptor",
      NBIRTH: "payloads-nbirth-edge-node-descriptor",
      DBIRTH: "message-flow-device-birth-publish-dbirth-match-edge-node-topic",
    },
  },
  S09: {
    title: "left without saying so",
    strict: "warn",
    reasonCode: 0x83,
    advice: "Publish NDEATH (edge node) or STATE offline (host) before DISCONNECT.",
    ids: {
      "edge DISCONNECT":
        "operational-behavior-edge-node-intentional-disconnect-ndeath payloads-ndeath-will-message-publisher payloads-ndeath-will-message-publisher-disconnect-mqtt311",
      "host DISCONNECT":
        "operational-behavior-host-application-termination host-topic-phid-death-payload-timestamp-disconnect-clean host-topic-phid-death-payload-timestamp-disconnect-with-no-disconnect-packet",
    },
  },
  S10: {
    title: "DISCONNECT without the Will",
    strict: "warn",
    reasonCode: 0x83,
    advice: "Disconnect with reason 0x04 (MQTT 5).",
    ids: { "edge DISCONNECT": "payloads-ndeath-will-message-publisher-disconnect-mqtt50" },
  },
  S11: {
    title: "no NCMD subscription",
    strict: "reject",
    reasonCode: 0x83,
    advice:
      "Subscribe to the NCMD topic with QoS 1 before NBIRTH; without it nobody can ask for a rebirth.",
    ids: { NBIRTH: "message-flow-edge-node-ncmd-subscribe" },
  },
  S12: {
    title: "no DCMD subscription",
    strict: "warn",
    reasonCode: 0x83,
    advice: "Subscribe to the DCMD topic of each writable device with QoS 1.",
    ids: { DBIRTH: "message-flow-device-dcmd-subscribe" },
  },
  S13: {
    title: "birth while the primary host is offline",
    strict: "warn",
    reasonCode: 0x83,
    advice: "Wait for STATE online of the primary host before NBIRTH.",
    ids: {
      "primary host":
        "message-flow-edge-node-birth-publish-phid-wait operational-behavior-edge-node-birth-sequence-wait message-flow-edge-node-birth-publish-phid-offline operational-behavior-edge-node-termination-host-offline operational-behavior-primary-application-state-with-multiple-servers-state-subs",
    },
  },
  S14: {
    title: "STATE online out of order",
    strict: "warn",
    reasonCode: 0x83,
    advice: "Subscribe, then publish STATE online before anything else.",
    ids: {
      "STATE online":
        "message-flow-phid-sparkplug-subscription host-topic-phid-birth-sub-required message-flow-phid-sparkplug-state-publish host-topic-phid-birth-required host-topic-phid-birth-message operational-behavior-host-application-connect-birth operational-behavior-primary-application-state-with-multiple-servers-state payloads-state-subscribe principles-birth-certificates-order",
    },
  },
  S15: {
    title: "STATE timestamp is not that of the Will",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Use the timestamp of the Will in STATE online.",
    ids: {
      "STATE online":
        "host-topic-phid-birth-payload-timestamp message-flow-phid-sparkplug-state-publish-payload-timestamp",
    },
  },
  S16: {
    title: "host id used twice",
    strict: "reject",
    reasonCode: 0x87,
    advice: "Give each host an id of its own, or end the other client.",
    ids: {
      "STATE online": "operational-behavior-host-application-host-id",
      "host CONNECT": "operational-behavior-host-application-host-id",
    },
  },
  S17: {
    title: "rebirth request not served",
    strict: "warn",
    reasonCode: 0x83,
    advice: "Stop data on a rebirth request, send NBIRTH and every DBIRTH, then go on.",
    ids: {
      rebirth:
        "operational-behavior-data-commands-rebirth-action-1 operational-behavior-data-commands-rebirth-action-2",
    },
  },
  S18: {
    title: "device is born already",
    strict: "warn",
    reasonCode: 0x83,
    advice:
      "Publish DDEATH before a new DBIRTH, or a whole rebirth; look for two devices with one id.",
    ids: { any: "topic-structure-namespace-unique-device-id" },
  },
  S19: {
    title: "DBIRTH after data began",
    strict: "observe",
    reasonCode: 0x83,
    advice:
      "Birth the devices that are known right after NBIRTH; devices that appear later are in order.",
    ids: { DBIRTH: "payloads-dbirth-order" },
  },
  S20: {
    title: "STATE not corrected",
    strict: "warn",
    reasonCode: 0x83,
    advice: "Publish STATE online again when offline comes on the own topic.",
    ids: { "STATE online": "message-flow-hid-sparkplug-state-message-delivered" },
  },
};
