/**
 * Says in the log which client sent bytes that are not MQTT, once a minute for each address and
 * kind of mistake, with the first bytes and a guess at what it wanted to speak.
 */
import type { Logger } from "@unshub/adapter";
import type { Violation } from "./violation.ts";

const ONE_LINE_PER_MS = 60_000;
/** Mistakes remembered at most; beyond that the list begins anew. */
const MAX_MISTAKES = 1000;

export interface MalformedReport {
  /** `host:port` of the other side. */
  readonly address: string;
  readonly clientId: string | undefined;
  readonly violation: Violation;
  /** The first bytes of what it sent. */
  readonly head: Uint8Array;
}

/**
 * Writes the lines. A flood of bad connections from one host is one line a minute that says how many there were;
 * another kind of mistake of the same host has its own line: who tried HTTP first and TLS next sees both hints.
 */
export class MalformedLog {
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #mistakes = new Map<string, { since: number; suppressed: number }>();

  constructor(log: Logger, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  report({ address, clientId, violation, head }: MalformedReport): void {
    const host = address.slice(0, Math.max(address.lastIndexOf(":"), 0)) || address;
    const hint = hintFor(head);
    const key = JSON.stringify([host, clientId, hint]);
    const now = this.#now();
    const before = this.#mistakes.get(key);
    if (before !== undefined && now - before.since < ONE_LINE_PER_MS) {
      before.suppressed += 1;
      return;
    }
    if (this.#mistakes.size >= MAX_MISTAKES) this.#mistakes.clear();
    this.#mistakes.set(key, { since: now, suppressed: 0 });
    const fields = {
      address,
      clientId,
      because: violation.because,
      reasonCode: violation.reasonCode,
      bytes: Buffer.from(head).toString("hex"),
      hint,
      unreported: before?.suppressed ?? 0,
    };
    this.#log.warn(fields, "a client sent what is not MQTT; its connection was ended");
  }
}

/** What the first bytes look like, and what to do about it. */
export function hintFor(head: Uint8Array): string {
  const text = Buffer.from(head).toString("latin1");
  if (/^(?:GET|HEAD|POST|PUT|OPTIONS|DELETE) /.test(text)) {
    return "this looks like HTTP: this is the MQTT port; pages are at listeners.http.port, MQTT over WebSocket at listeners.ws.port";
  }
  if (head[0] === 0x16 && head[1] === 0x03) {
    return "this looks like TLS: the MQTT port speaks plain MQTT; switch TLS off in the client or connect it to a TLS listener";
  }
  if (head[0] === 0x10)
    return "this looks like an MQTT CONNECT on the WebSocket port; plain MQTT is at listeners.mqtt.port";
  return "see which program runs at that address; if it should speak MQTT, check its version and settings";
}
