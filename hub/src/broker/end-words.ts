/** Why a connection ended, in words for people. */
import type { ConnectionEnd } from "./contract.ts";

/** [MQTT5-3.14.2-1] reason codes of DISCONNECT. */
const WITH_WILL = 0x04;
const KEEP_ALIVE = 0x8d;
const TAKEN_OVER = 0x8e;
const STOPPING = 0x8b;
const KICKED = 0x98;

/** After its subject: `it said DISCONNECT`. */
export function endWords(end: ConnectionEnd, keepAliveSeconds: number): string {
  if (end.by === "network")
    return "its connection was lost without DISCONNECT (reset, power or network)";
  if (end.by === "client") {
    const wanted = end.reasonCode === WITH_WILL ? " and asked for its Will" : "";
    return `it said DISCONNECT${wanted}`;
  }
  const { reasonCode, because } = end;
  if (reasonCode === KEEP_ALIVE)
    return `nothing was heard of it for one and a half times its keep alive of ${keepAliveSeconds} s`;
  if (reasonCode === TAKEN_OVER) return `it was taken over: ${because}`;
  if (reasonCode === STOPPING) return "the hub stopped";
  if (reasonCode === KICKED) return `it was sent off: ${because}`;
  return `the hub ended it: ${because}`;
}
