/** Says in the log that a client's certificate ends soon: once a day for each, from 30 days before. */
import type { X509Certificate } from "node:crypto";
import type { Logger } from "@unshub/adapter";
import { shownCertificate } from "./client-certificate.ts";

const DAY_MS = 86_400_000;
const WARN_DAYS = 30;
const MOST_KNOWN = 10_000;

export class ExpiryNotice {
  readonly #log: Logger;
  readonly #now: () => number;
  /** When it was said last, by fingerprint. */
  readonly #saidAt = new Map<string, number>();

  /** `now`: milliseconds since 1970 UTC. */
  constructor(log: Logger, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** It has been shown, and counts. */
  seen(certificate: X509Certificate): void {
    const now = this.#now();
    const leftMs = certificate.validToDate.getTime() - now;
    if (leftMs >= WARN_DAYS * DAY_MS) return;
    const { fingerprint256: id } = certificate;
    if (now - (this.#saidAt.get(id) ?? Number.NEGATIVE_INFINITY) < DAY_MS) return;
    if (this.#saidAt.size >= MOST_KNOWN) this.#saidAt.clear();
    this.#saidAt.set(id, now);
    const daysLeft = Math.floor(leftMs / DAY_MS);
    const fields = { certificate: shownCertificate(certificate), daysLeft };
    this.#log.warn(fields, "the certificate of a client expires soon; it is let in until then");
  }
}
