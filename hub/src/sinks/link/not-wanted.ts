/** How the other side says that it does not want an edge node: a new connection would not change that. */
import type { IDisconnectPacket } from "mqtt";

export class NotWanted extends Error {
  override readonly name = "NotWanted";
}

/**
 * Of CONNACK and DISCONNECT: implementation specific, client identifier, not authorized, banned, topic name, packet too large,
 * payload format, Retain and QoS not supported.
 */
const CODES: ReadonlySet<unknown> = new Set([0x83, 0x85, 0x87, 0x8a, 0x90, 0x95, 0x99, 0x9a, 0x9b]);

/** The same error, or what it means. */
export function judged(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const isRefusal = CODES.has(code) && error instanceof Error;
  return isRefusal ? new NotWanted(error.message, { cause: error }) : error;
}

/** `undefined`: it may be tried again. */
export function refusalIn({ reasonCode, properties }: IDisconnectPacket): NotWanted | undefined {
  if (!CODES.has(reasonCode)) return undefined;
  const code = `0x${(reasonCode ?? 0).toString(16)}`;
  return new NotWanted(`refused with ${code}: ${properties?.reasonString ?? "no reason given"}`);
}
