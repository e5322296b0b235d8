/** The catalogue of diagnoses: topics, QoS and retain. */
import type { RuleTable } from "./rule.ts";

export const TOPIC_RULES: RuleTable<`T${string}` | `F${string}`> = {
  T01: {
    title: "namespace is not spBv1.0",
    strict: "reject",
    reasonCode: 0x90,
    advice: "Write the first level exactly as spBv1.0 in the edge node or host.",
    ids: { any: "topic-structure-namespace-a" },
  },
  T02: {
    title: "too many or too few levels",
    strict: "reject",
    reasonCode: 0x90,
    advice: "Use spBv1.0/group/TYPE/edge node[/device], or spBv1.0/STATE/host.",
    ids: {
      any: "topic-structure",
      NBIRTH: "topics-nbirth-topic message-flow-edge-node-birth-publish-nbirth-topic",
      "STATE online":
        "host-topic-phid-birth-topic operational-behavior-host-application-connect-birth-topic",
      "STATE offline": "operational-behavior-host-application-death-topic",
    },
  },
  T03: {
    title: "unknown message type",
    strict: "reject",
    reasonCode: 0x90,
    advice: "Write the message type in upper case, one of those in the standard.",
    ids: { any: "topic-structure" },
  },
  T04: {
    title: "device id missing",
    strict: "reject",
    reasonCode: 0x90,
    advice: "Add the device id as fifth level, or use the N… message of the edge node.",
    ids: {
      any: "topic-structure-namespace-device-id-associated-message-types",
      DBIRTH: "topics-dbirth-topic message-flow-device-birth-publish-dbirth-topic",
      DDATA: "topics-ddata-topic",
      DDEATH: "topics-ddeath-topic",
      DCMD: "topics-dcmd-topic operational-behavior-data-commands-dcmd-verb",
    },
  },
  T05: {
    title: "device id where none belongs",
    strict: "reject",
    reasonCode: 0x90,
    advice: "Leave out the fifth level, or use the D… message of the device.",
    ids: {
      any: "topic-structure-namespace-device-id-non-associated-message-types",
      NDATA: "topics-ndata-topic",
      NCMD: "topics-ncmd-topic operational-behavior-data-commands-ncmd-verb",
    },
  },
  T06: {
    title: "empty id",
    strict: "reject",
    reasonCode: 0x90,
    advice: "Give the group, edge node, device or host an id.",
    ids: {
      any: "intro-group-id-string intro-group-id-chars topic-structure-namespace-valid-group-id intro-edge-node-id-string intro-edge-node-id-chars topic-structure-namespace-valid-edge-node-id intro-device-id-string intro-device-id-chars topic-structure-namespace-valid-device-id",
    },
  },
  T07: {
    title: "forbidden character in an id",
    strict: "reject",
    reasonCode: 0x90,
    advice: "Rename the group, edge node, device or host without that character.",
    ids: {
      any: "intro-group-id-string intro-group-id-chars topic-structure-namespace-valid-group-id intro-edge-node-id-string intro-edge-node-id-chars topic-structure-namespace-valid-edge-node-id intro-device-id-string intro-device-id-chars topic-structure-namespace-valid-device-id",
    },
  },
  T08: {
    title: "ids differ only in case",
    strict: "warn",
    reasonCode: 0x90,
    advice: "Spell the id the same way everywhere; programs that ignore case mix the two up.",
    ids: { any: "case-sensitivity-sparkplug-ids" },
  },
  T09: {
    title: "STATE of before 3.0",
    strict: "warn",
    reasonCode: 0x90,
    advice: "Set the host to Sparkplug 3.0; edge nodes of 3.0 do not hear the old topic.",
    ids: {
      "STATE online":
        "host-topic-phid-birth-topic operational-behavior-host-application-connect-birth-topic",
    },
  },
  T10: {
    title: "publishing under $sparkplug/",
    strict: "reject",
    reasonCode: 0x87,
    advice: "Take the client out of that topic; only the server publishes there.",
    ids: {},
  },
  F01: {
    title: "QoS is not 0",
    strict: "reject",
    reasonCode: 0x9b,
    advice: "Publish births, data, deaths of devices and commands with QoS 0.",
    ids: {
      NBIRTH:
        "topics-nbirth-mqtt payloads-nbirth-qos message-flow-edge-node-birth-publish-nbirth-qos",
      DBIRTH: "topics-dbirth-mqtt payloads-dbirth-qos message-flow-device-birth-publish-dbirth-qos",
      NDATA: "topics-ndata-mqtt payloads-ndata-qos",
      DDATA: "topics-ddata-mqtt payloads-ddata-qos",
      DDEATH: "topics-ddeath-mqtt",
      NCMD: "topics-ncmd-mqtt payloads-ncmd-qos",
      DCMD: "topics-dcmd-mqtt payloads-dcmd-qos",
    },
  },
  F02: {
    title: "retained",
    strict: "reject",
    reasonCode: 0x9a,
    advice:
      "Publish without retain; delete what is retained already with an empty retained message.",
    ids: {
      NBIRTH:
        "topics-nbirth-mqtt payloads-nbirth-retain message-flow-edge-node-birth-publish-nbirth-retained",
      DBIRTH:
        "topics-dbirth-mqtt payloads-dbirth-retain message-flow-device-birth-publish-dbirth-retained",
      NDATA: "topics-ndata-mqtt payloads-ndata-retain",
      DDATA: "topics-ddata-mqtt payloads-ddata-retain",
      DDEATH: "topics-ddeath-mqtt",
      NCMD: "topics-ncmd-mqtt payloads-ncmd-retain",
      DCMD: "topics-dcmd-mqtt payloads-dcmd-retain",
    },
  },
  F03: {
    title: "STATE QoS is not 1",
    strict: "reject",
    reasonCode: 0x9b,
    advice: "Publish STATE with QoS 1.",
    ids: {
      "STATE online":
        "host-topic-phid-birth-qos operational-behavior-host-application-connect-birth-qos payloads-state-birth",
      "STATE offline": "operational-behavior-host-application-death-qos",
    },
  },
  F04: {
    title: "STATE not retained",
    strict: "reject",
    reasonCode: 0x9a,
    advice: "Publish STATE retained, so that edge nodes that come later hear it.",
    ids: {
      "STATE online":
        "host-topic-phid-birth-retain operational-behavior-host-application-connect-birth-retained payloads-state-birth",
      "STATE offline": "operational-behavior-host-application-death-retained",
    },
  },
};
