/**
 * STATE: how a Host Application says whether it is there. JSON on `spBv1.0/STATE/{host}` since Sparkplug 3.0; before
 * that the bare text ONLINE or OFFLINE on `STATE/{host}`, which many hosts in the field still speak.
 */
import { SparkplugError } from "./errors.ts";
import { stateTopic } from "./topic.ts";
import type { SparkplugMessage } from "./transport.ts";

/** A STATE message, retained at QoS 1. `timestamp`: milliseconds since 1970 UTC. */
export interface HostState {
  readonly online: boolean;
  readonly timestamp: number;
}

/** Longer STATE messages are no STATE messages. */
const LONGEST_STATE_BYTES = 4096;

/**
 * A host's birth, death or Will. One shape for all three.
 * [tck-id-host-topic-phid-birth-message] [tck-id-host-topic-phid-birth-topic] [tck-id-host-topic-phid-birth-qos]
 * [tck-id-host-topic-phid-birth-retain] [tck-id-host-topic-phid-birth-payload]
 * [tck-id-host-topic-phid-death-topic] [tck-id-host-topic-phid-death-qos] [tck-id-host-topic-phid-death-retain]
 * [tck-id-host-topic-phid-death-payload]
 * [tck-id-operational-behavior-host-application-connect-will-topic]
 * [tck-id-operational-behavior-host-application-connect-will-payload]
 * [tck-id-operational-behavior-host-application-connect-will-qos]
 * [tck-id-operational-behavior-host-application-connect-will-retained]
 * [tck-id-operational-behavior-host-application-connect-birth-topic]
 * [tck-id-operational-behavior-host-application-connect-birth-payload]
 * [tck-id-operational-behavior-host-application-connect-birth-qos]
 * [tck-id-operational-behavior-host-application-connect-birth-retained]
 * [tck-id-operational-behavior-host-application-death-topic]
 * [tck-id-operational-behavior-host-application-death-payload]
 * [tck-id-operational-behavior-host-application-death-qos]
 * [tck-id-operational-behavior-host-application-death-retained]
 * [tck-id-payloads-state-will-message] [tck-id-payloads-state-will-message-qos]
 * [tck-id-payloads-state-will-message-retain] [tck-id-payloads-state-will-message-payload]
 * [tck-id-payloads-state-birth] [tck-id-payloads-state-birth-payload]
 * [tck-id-message-flow-phid-sparkplug-state-publish-payload]
 * @throws {SparkplugError} ID_ILLEGAL when the host id cannot stand in a topic.
 */
export function stateMessage(hostId: string, state: HostState): SparkplugMessage {
  const { online, timestamp } = state;
  return {
    topic: stateTopic(hostId),
    payload: asciiBytes(JSON.stringify({ online, timestamp })),
    qos: 1,
    retain: true,
  };
}

/**
 * Reads STATE as Sparkplug 3.0 has it: a JSON object with the boolean `online` and the whole number `timestamp`;
 * anything else in it is passed over.
 * @throws {SparkplugError} STATE_MALFORMED
 */
export function readState(payload: Uint8Array): HostState {
  const found = parsed(payload);
  if (typeof found !== "object" || found === null) throw malformed("it is no JSON object");
  const online = "online" in found ? found.online : undefined;
  const timestamp = "timestamp" in found ? found.timestamp : undefined;
  if (typeof online !== "boolean") throw malformed(`"online" is not true or false`);
  if (typeof timestamp !== "number" || !Number.isSafeInteger(timestamp) || timestamp < 0) {
    throw malformed(`"timestamp" is not a whole number of milliseconds`);
  }
  return { online, timestamp };
}

/** Where hosts before Sparkplug 3.0 say their STATE. @throws {SparkplugError} ID_ILLEGAL */
export function legacyStateTopic(hostId: string): string {
  return stateTopic(hostId).slice("spBv1.0/".length);
}

/** STATE in the form before Sparkplug 3.0. It has no timestamp. @throws {SparkplugError} ID_ILLEGAL */
export function legacyStateMessage(hostId: string, online: boolean): SparkplugMessage {
  return {
    topic: legacyStateTopic(hostId),
    payload: asciiBytes(online ? "ONLINE" : "OFFLINE"),
    qos: 1,
    retain: true,
  };
}

/** Whether a STATE of the form before 3.0 says online. @throws {SparkplugError} STATE_MALFORMED */
export function readLegacyState(payload: Uint8Array): boolean {
  const text = textOf(payload);
  if (text === "ONLINE") return true;
  if (text === "OFFLINE") return false;
  throw malformed("it is neither ONLINE nor OFFLINE");
}

function parsed(payload: Uint8Array): unknown {
  const text = textOf(payload);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed("it is no JSON", cause);
  }
}

/** UTF-8 without a TextDecoder, which not every runtime has. STATE is short. */
function textOf(payload: Uint8Array): string {
  if (payload.length > LONGEST_STATE_BYTES) throw malformed(`it has ${payload.length} bytes`);
  const escaped = Array.from(payload, (byte) => `%${byte.toString(16).padStart(2, "0")}`);
  try {
    return decodeURIComponent(escaped.join(""));
  } catch (cause) {
    throw malformed("it is no UTF-8", cause);
  }
}

function malformed(because: string, cause?: unknown): SparkplugError {
  return new SparkplugError("STATE_MALFORMED", `not a STATE message: ${because}`, { cause });
}

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
