/**
 * Who may come in now. Of one address: so many connections, and so many new ones a second; what is above is turned away
 * at once. Of all together: so many new ones a second; what is above waits its turn, in order, and is not refused for
 * being late. It sees addresses and time only, so it costs next to nothing before a TLS handshake.
 */
import { isIPv4 } from "node:net";
import { Bucket } from "./bucket.ts";
import type { BrokerLimits } from "./limits.ts";
import { isLoopbackName } from "./origin.ts";

/** A connection that wants to come in. One of the two is called, once, at once or later. */
export interface Arrival {
  /** The address of the other side, without port. */
  readonly host: string;
  readonly enter: () => void;
  readonly turnAway: (because: string) => void;
}

export type AdmissionLimits = Pick<
  BrokerLimits,
  | "maxConnections"
  | "maxConnectionsPerAddress"
  | "connectsPerSecond"
  | "connectsPerSecondPerAddress"
  | "exemptLoopback"
>;

interface OfAddress {
  /** Connections that are in or wait. */
  open: number;
  readonly bucket: Bucket;
}

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #monotonic: () => number;
  readonly #all: Bucket;
  readonly #addresses = new Map<string, OfAddress>();
  readonly #waiting: Arrival[] = [];

  constructor(limits: AdmissionLimits, monotonic: () => number) {
    this.#limits = limits;
    this.#monotonic = monotonic;
    this.#all = new Bucket(limits.connectsPerSecond, monotonic());
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Addresses that are remembered; no more than connections and a second's newcomers. */
  get addresses(): number {
    return this.#addresses.size;
  }

  arrived(arrival: Arrival): void {
    if (this.#isExempt(arrival.host)) return arrival.enter();
    const because = this.#count(addressKey(arrival.host));
    if (because !== undefined) return arrival.turnAway(because);
    if (this.#waiting.length === 0 && this.#all.take(this.#monotonic())) arrival.enter();
    else this.#waiting.push(arrival);
  }

  /** A connection that was let in, or waits, has gone. Not to be called for one that was turned away. */
  left(host: string): void {
    const address = this.#addresses.get(addressKey(host));
    if (address !== undefined) address.open -= 1;
  }

  /** Time has passed: lets in those whose turn it is, and forgets addresses that nothing is held against. */
  release(): void {
    const now = this.#monotonic();
    while (this.#waiting.length > 0 && this.#all.take(now)) this.#waiting.shift()?.enter();
    for (const [key, { open, bucket }] of this.#addresses) {
      if (open <= 0 && bucket.isFull(now)) this.#addresses.delete(key);
    }
  }

  #isExempt(host: string): boolean {
    return this.#limits.exemptLoopback && isLoopback(host);
  }

  /** Counts one more of this address, or says why not. */
  #count(key: string): string | undefined {
    const { maxConnectionsPerAddress, connectsPerSecondPerAddress, maxConnections } = this.#limits;
    if (this.#waiting.length >= maxConnections) return "as many connections wait as may";
    const now = this.#monotonic();
    const known = this.#addresses.get(key);
    const address = known ?? { open: 0, bucket: new Bucket(connectsPerSecondPerAddress, now) };
    if (known === undefined) this.#addresses.set(key, address);
    if (address.open >= maxConnectionsPerAddress) return "its address has as many as it may";
    if (!address.bucket.take(now)) return "its address connects too often";
    address.open += 1;
    return undefined;
  }
}

/** What counts as one address: IPv4 as it is; of IPv6 the first half, because one machine has all of the second. */
export function addressKey(host: string): string {
  const plain = withoutMapping(host);
  if (isIPv4(plain)) return plain;
  const [front = "", back] = plain.split("::");
  const groups = front === "" ? [] : front.split(":");
  const missing =
    back === undefined ? 0 : 8 - groups.length - (back === "" ? 0 : back.split(":").length);
  const all = [
    ...groups,
    ...Array<string>(Math.max(missing, 0)).fill("0"),
    ...(back ?? "").split(":"),
  ];
  return all.slice(0, 4).join(":");
}

/** Of an address as a socket shows it. */
export function isLoopback(host: string): boolean {
  return isLoopbackName(withoutMapping(host));
}

/** IPv4 as a socket for both kinds shows it: `::ffff:10.0.0.1`. */
function withoutMapping(host: string): string {
  return host.toLowerCase().startsWith("::ffff:") && isIPv4(host.slice(7)) ? host.slice(7) : host;
}
