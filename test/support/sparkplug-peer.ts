/** `sparkplug-payload`, the other implementation in JavaScript, in our words. */
import sparkplugPayload from "sparkplug-payload";

type Peer = NonNullable<ReturnType<typeof sparkplugPayload.get>>;
export type PeerPayload = Parameters<Peer["encodePayload"]>[0];
export type PeerMetric = NonNullable<PeerPayload["metrics"]>[number];

function peer(): Peer {
  const found = sparkplugPayload.get("spBv1.0");
  if (found === null || found === undefined) throw new Error("no peer");
  return found;
}

export const PEER: Peer = peer();

/** Its Long objects as we give such integers. Unsigned unless it says otherwise. */
export function exact(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("toSigned" in value)) return value;
  // oxlint-disable-next-line no-base-to-string -- a Long, whose text is its digits
  const integer = BigInt(String(value));
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
}
