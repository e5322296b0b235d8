/** CONNECT and its Will: what a client says of itself before it says anything. Judged here, never when a Will fires. */
import {
  BD_SEQ,
  bdSeqOf,
  decodePayload,
  readState,
  readTopic,
  SparkplugError,
  type Payload,
} from "@unshub/sparkplug";
import type { ConnectingClient, MqttMessage } from "../../broker/index.ts";
import { DECODING } from "../../tree/index.ts";
import type { Faults } from "./faults.ts";
import { timeFault } from "./head-check.ts";

/** Who a client says it is by its Will. */
export type WillClaim =
  | {
      readonly kind: "edge";
      readonly groupId: string;
      readonly edgeNodeId: string;
      /** `undefined`: none, or none that can be read. */
      readonly bdSeq: number | undefined;
    }
  | { readonly kind: "host"; readonly hostId: string; readonly timestamp: number | undefined };

/** `undefined` for clients that have no Will, or one that is not Sparkplug's. */
export function claimOf({ will }: ConnectingClient): WillClaim | undefined {
  if (will === undefined) return undefined;
  const reading = readTopic(will.topic);
  if (reading.kind !== "sparkplug") return undefined;
  const { topic } = reading;
  if (topic.kind === "state") {
    return {
      kind: "host",
      hostId: topic.hostId,
      timestamp: orUndefined(() => readState(will.payload).timestamp),
    };
  }
  if (topic.type !== "NDEATH") return undefined;
  const { groupId, edgeNodeId } = topic;
  const bdSeq = orUndefined(() => bdSeqOf(decodePayload(will.payload, DECODING)));
  return { kind: "edge", groupId, edgeNodeId, bdSeq };
}

function orUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SparkplugError) return undefined;
    throw error;
  }
}

/** What is wrong with a CONNECT, as far as it shows without knowing anything else. `now`: ms since 1970 UTC. */
export function checkConnect(client: ConnectingClient, now: number, faults: Faults): void {
  const { will } = client;
  if (will === undefined) return;
  const reading = readTopic(will.topic);
  if (reading.kind === "other") return;
  if (reading.kind === "fault") {
    faults.add(reading.fault.code, () => `Will: ${reading.fault.because}`);
    return;
  }
  const { topic } = reading;
  if (topic.kind !== "state" && topic.type !== "NDEATH") {
    faults.add("C04", () => `the Will topic is "${will.topic}", expected an NDEATH or STATE topic`);
    return;
  }
  checkSession(client, faults);
  checkFlags(will, topic.kind === "state", faults);
  if (topic.kind === "state") checkStateWill(will, now, faults);
  else checkDeathWill(will.payload, faults);
}

/** MQTT 3 has no expiry besides Clean Session. */
function checkSession(client: ConnectingClient, faults: Faults): void {
  const { protocol, clean, sessionExpirySeconds } = client;
  const flag = protocol === "5" ? "Clean Start" : "Clean Session";
  if (!clean) faults.add("C01", () => `${flag} is 0, expected 1`);
  if (protocol === "5" && sessionExpirySeconds > 0)
    faults.add("C02", () => `Session Expiry is ${sessionExpirySeconds} s, expected 0`);
}

function checkFlags({ qos, retain }: MqttMessage, isHost: boolean, faults: Faults): void {
  // Many edge nodes of before 3.0 register their Will with QoS 0.
  if (qos !== 1)
    faults.add("C05", () => `the Will has QoS ${qos}, expected 1`, { isCommon: !isHost });
  if (retain !== isHost)
    faults.add("C06", () => `the Will has retain ${Number(retain)}, expected ${Number(isHost)}`);
}

function checkStateWill({ payload }: MqttMessage, now: number, faults: Faults): void {
  try {
    const { online, timestamp } = readState(payload);
    if (online) faults.add("C10", () => `"online" of the Will is true, expected false`);
    const off = timeFault(timestamp, now);
    if (off !== undefined) faults.add("C11", () => `the timestamp of the Will ${off}`);
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    faults.add("C10", () => `the Will is ${error.message}`);
  }
}

function checkDeathWill(bytes: Uint8Array, faults: Faults): void {
  try {
    checkDeath(decodePayload(bytes, DECODING), "C08", faults);
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    faults.add("C07", () => `the NDEATH Will does not decode: ${error.message}`);
  }
}

/** An NDEATH, as Will (`C08` for its bdSeq) or as message (`S07`), which is told and never refused. */
export function checkDeath(payload: Payload, code: "C08" | "S07", faults: Faults): void {
  const { metrics, seq } = payload;
  const told = { isToldOnly: code === "S07" };
  const because = bdSeqFault(payload);
  if (because !== undefined) faults.add(code, () => because, told);
  else if (code === "C08") checkBdSeqDatatype(payload, faults);
  if (metrics.length > 1)
    faults.add("M22", () => `NDEATH has ${metrics.length} metrics, expected bdSeq alone`, told);
  // Libraries of before 3.0 write one.
  if (seq !== undefined)
    faults.add("P04", () => `NDEATH has seq ${seq}, expected none`, { ...told, isCommon: true });
}

function bdSeqFault(payload: Payload): string | undefined {
  if (bdSeqOf(payload) !== undefined) return undefined;
  const isThere = payload.metrics.some(({ name }) => name === BD_SEQ);
  return isThere ? "bdSeq of NDEATH is no number from 0 to 255" : "NDEATH has no metric bdSeq";
}

function checkBdSeqDatatype({ metrics }: Payload, faults: Faults): void {
  const datatype = metrics.find(({ name }) => name === BD_SEQ)?.datatype;
  if (datatype === INT64) return;
  const because = `bdSeq of NDEATH has datatype ${datatype ?? "none"}, expected ${INT64} (Int64)`;
  faults.add("C08", () => because, { isCommon: true });
}

const INT64 = 4;
