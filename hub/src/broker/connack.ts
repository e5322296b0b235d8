/** How a CONNECT is refused: MQTT 5 has a reason code and a sentence, MQTT 3 five return codes. */
import { generate } from "mqtt-packet";

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

/** The CONNACK that refuses, in the client's version of MQTT. [MQTT5-3.2.2-7] */
export function refusal(protocolVersion: 3 | 4 | 5, reasonCode: number, because: string): Buffer {
  const refused = { cmd: "connack", sessionPresent: false } as const;
  return protocolVersion === 5
    ? generate(
        { ...refused, reasonCode, properties: { reasonString: because } },
        { protocolVersion },
      )
    : generate({ ...refused, returnCode: returnCodeFor(reasonCode) }, { protocolVersion });
}
