/** The catalogue of diagnoses: CONNECT and Wills. */
import type { RuleTable } from "./rule.ts";

export const CONNECT_RULES: RuleTable<`C${string}`> = {
  C01: {
    title: "not a clean session",
    strict: "reject",
    reasonCode: 0x83,
    advice: "Connect with Clean Session (3.1.1) or Clean Start (5).",
    ids: {
      "edge CONNECT":
        "principles-persistence-clean-session-311 principles-persistence-clean-session-50",
      "host CONNECT":
        "message-flow-phid-sparkplug-clean-session-311 message-flow-phid-sparkplug-clean-session-50",
    },
  },
  C02: {
    title: "Session Expiry is not 0",
    strict: "reject",
    reasonCode: 0x83,
    advice: "Leave out the Session Expiry Interval, or set it to 0.",
    ids: {
      "edge CONNECT": "principles-persistence-clean-session-50",
      "host CONNECT": "message-flow-phid-sparkplug-clean-session-50",
    },
  },
  C03: {
    title: "no Will",
    strict: "reject",
    reasonCode: 0x83,
    advice:
      "Register the NDEATH (edge node) or STATE offline (host) as Will; without it nobody hears of a lost connection.",
    ids: {
      "edge CONNECT":
        "message-flow-edge-node-birth-publish-will-message payloads-ndeath-will-message",
      "STATE online": "intro-sparkplug-host-state components-ph-state conformance-primary-host",
      "host CONNECT":
        "operational-behavior-host-application-connect-will host-topic-phid-death-required",
    },
  },
  C04: {
    title: "Will of somebody else",
    strict: "reject",
    reasonCode: 0x90,
    advice:
      "Register the Will on the NDEATH topic of this very edge node, or the STATE topic of this host.",
    ids: {
      "edge CONNECT": "message-flow-edge-node-birth-publish-will-message-topic topics-ndeath-topic",
      "host CONNECT":
        "operational-behavior-host-application-connect-will-topic host-topic-phid-death-topic payloads-state-will-message",
    },
  },
  C05: {
    title: "Will QoS is not 1",
    strict: "reject",
    reasonCode: 0x9b,
    advice: "Register the Will with QoS 1.",
    ids: {
      "edge CONNECT":
        "message-flow-edge-node-birth-publish-will-message-qos payloads-ndeath-will-message-qos",
      "host CONNECT":
        "operational-behavior-host-application-connect-will-qos host-topic-phid-death-qos payloads-state-will-message-qos",
    },
  },
  C06: {
    title: "Will retain is wrong",
    strict: "reject",
    reasonCode: 0x9a,
    advice: "Clear retain for NDEATH, set it for STATE.",
    ids: {
      "edge CONNECT":
        "message-flow-edge-node-birth-publish-will-message-will-retained payloads-ndeath-will-message-retain",
      "host CONNECT":
        "operational-behavior-host-application-connect-will-retained host-topic-phid-death-retain payloads-state-will-message-retain",
    },
  },
  C07: {
    title: "NDEATH Will does not decode",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Register a Sparkplug B protobuf payload with the metric bdSeq as Will.",
    ids: { "edge CONNECT": "message-flow-edge-node-birth-publish-will-message-payload" },
  },
  C08: {
    title: "bdSeq of the Will",
    strict: "reject",
    reasonCode: 0x99,
    advice: "Put one metric bdSeq into the Will, Int64, 0 to 255.",
    ids: {
      "edge CONNECT":
        "message-flow-edge-node-birth-publish-will-message-payload-bdSeq topics-nbirth-bdseq-increment",
    },
  },
  C09: {
    title: "bdSeq does not go up by one",
    strict: "reject",
    reasonCode: 0x99,
    advice:
      "Count bdSeq up with each CONNECT and make the Will anew before each; automatic reconnects often send the old one.",
    ids: {
      "edge CONNECT":
        "message-flow-edge-node-birth-publish-will-message-payload-bdSeq topics-nbirth-bdseq-increment",
    },
  },
  C10: {
    title: "STATE Will is wrong",
    strict: "reject",
    reasonCode: 0x99,
    advice: 'Register {"online":false,"timestamp":milliseconds} as Will.',
    ids: {
      "host CONNECT":
        "operational-behavior-host-application-connect-will-payload host-topic-phid-death-payload payloads-state-will-message-payload",
    },
  },
  C11: {
    title: "time of the Will",
    strict: "warn",
    reasonCode: 0x99,
    advice: "Set the clock (NTP); timestamps are UTC in milliseconds.",
    ids: { "host CONNECT": "host-topic-phid-death-payload-timestamp-connect" },
  },
};
