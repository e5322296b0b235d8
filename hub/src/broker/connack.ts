/** CONNACK: accepted or refused, in the client's version of MQTT. */
import type { ConnectRequest } from "./connect-packet.ts";
import type { BrokerLimits } from "./limits.ts";
import type { Refusal } from "./verdict.ts";
import { type Version, writeExplained, writePacket } from "./wire/packets.ts";

/** The return code of MQTT 3.1 and 3.1.1 that comes nearest to a reason code of MQTT 5. [MQTT311-3.2.2-4] */
export function returnCodeFor(reasonCode: number): number {
  return RETURN_CODES.get(reasonCode) ?? 5;
}

const RETURN_CODES: ReadonlyMap<number, number> = new Map([
  [0x84, 1], // unsupported protocol version
  [0x85, 2], // client identifier not valid
  [0x86, 4], // bad user name or password
  [0x88, 3], // server unavailable
  [0x89, 3], // server busy
  [0x97, 3], // quota exceeded
  [0x9f, 3], // connection rate exceeded
]);

/** The CONNACK that refuses, in at most `maxBytes`. [MQTT5-3.2.2-7] [MQTT5-3.2.2-8] [MQTT311-3.2.2-4] */
export function refusal(
  version: Version,
  { reasonCode, because }: Refusal,
  maxBytes: number,
): Buffer {
  const refused = { cmd: "connack", sessionPresent: false } as const; // [MQTT5-3.2.2-6]
  return version === 5
    ? writeExplained({ ...refused, reasonCode }, because, maxBytes)
    : writePacket({ ...refused, returnCode: returnCodeFor(reasonCode) }, version);
}

/**
 * The CONNACK that accepts. It has no Response Information and no user properties, and only the flag Session Present.
 * [MQTT5-3.1.2-28] [MQTT5-3.2.2-1] [MQTT5-3.2.2-2] [MQTT5-3.2.2-3] [MQTT5-3.2.2-20]
 * [MQTT311-3.2.2-1] [MQTT311-3.2.2-2] [MQTT311-3.2.2-3]
 */
export function acceptance(
  { version, answer }: ConnectRequest,
  limits: BrokerLimits,
  sessionPresent: boolean,
): Buffer {
  if (version < 5)
    return writePacket(
      { cmd: "connack", sessionPresent: version === 4 && sessionPresent, returnCode: 0 },
      version,
    );
  const properties = {
    ...answer,
    receiveMaximum: limits.receiveMaximum,
    maximumPacketSize: limits.maxPacketBytes,
    topicAliasMaximum: limits.topicAliasMaximum,
  };
  return writePacket({ cmd: "connack", sessionPresent, reasonCode: 0, properties }, 5);
}
