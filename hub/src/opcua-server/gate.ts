/**
 * Whose certificates count, of clients and of users: those that a person has trusted. Unknown ones are kept in `waiting/` and told
 * in the log with the file to move; it counts at the next attempt.
 */
import { join } from "node:path";
import { callbackify } from "node:util";
import type { Logger } from "@unshub/adapter";
import {
  certificateLines,
  factsOf,
  readCertificate,
  splitChain,
  type CertificateFacts,
  type TrustStore,
} from "@unshub/opcua-trust";
import type { StatusCode } from "node-opcua-client";
import type { OPCUAServerOptions } from "node-opcua-server";
import type { Library } from "./library.ts";

type CertificateManager = NonNullable<OPCUAServerOptions["serverCertificateManager"]>;

/** A certificate, or a chain of them, in DER. */
type Shown = Uint8Array | readonly Uint8Array[];
type StatusCallback = (error: Error | null, status: StatusCode) => void;

/** Who shows certificates, and what is said of those that are not taken. */
interface Guests {
  readonly unknown: string;
  readonly outOfTime: string;
}

/** Programs: without a trusted certificate they have no secured channel. */
export const CLIENTS: Guests = {
  unknown:
    "an OPC UA client shows a certificate that nobody has trusted yet; compare it, then move its file",
  outOfTime: "an OPC UA client was refused: its certificate is expired or not yet valid",
};
/** People and programs who log in with a certificate instead of a password. */
export const USERS: Guests = {
  unknown:
    "a user of OPC UA shows a certificate that nobody has trusted yet; compare it, then move its file",
  outOfTime: "a user of OPC UA was refused: the certificate is expired or not yet valid",
};

export interface GateOptions {
  readonly guests: Guests;
  readonly library: Library;
  readonly store: TrustStore;
  /** The folder of the store, for the log. */
  readonly folder: string;
  /** SHA-256 fingerprints that are trusted without a file. */
  readonly pinned: readonly string[];
  readonly log: Logger;
  now(): number;
}

export class CertificateGate {
  readonly #options: GateOptions;
  readonly #toldOf = new Set<string>();

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** What whoever shows it is told of the certificate. */
  async judge(shown: Shown): Promise<StatusCode> {
    const { library, store, pinned } = this.#options;
    const { StatusCodes } = library;
    const chain = chainOf(shown);
    const [leaf] = chain;
    const certificate = leaf === undefined ? undefined : readCertificate(leaf);
    if (certificate === undefined) return StatusCodes.BadCertificateInvalid;
    const facts = factsOf(certificate);
    const verdict = await store.verdict(chain);
    if (verdict.kind === "rejected") return StatusCodes.BadCertificateUntrusted;
    if (verdict.kind === "revoked") return StatusCodes.BadCertificateRevoked;
    if (verdict.kind === "unknown" && !pinned.includes(facts.sha256)) {
      await this.#wait(facts, chain);
      return StatusCodes.BadCertificateUntrusted;
    }
    return this.#validity(facts);
  }

  #validity(facts: CertificateFacts): StatusCode {
    const { library, log } = this.#options;
    const { StatusCodes } = library;
    const now = this.#options.now();
    if (now >= facts.validFrom && now <= facts.validTo) return StatusCodes.Good;
    if (this.#isNews(`time ${facts.sha256}`)) {
      const fields = { certificate: certificateLines(facts) };
      log.warn(fields, this.#options.guests.outOfTime);
    }
    return StatusCodes.BadCertificateTimeInvalid;
  }

  async #wait(facts: CertificateFacts, chain: readonly Buffer[]): Promise<void> {
    const { store, folder, log } = this.#options;
    await store.keepWaiting(chain);
    if (!this.#isNews(facts.sha256)) return;
    const file = join(folder, "waiting", `${facts.sha256}.der`);
    const fields = { certificate: certificateLines(facts), trust: `mv ${file} ${folder}/trusted/` };
    log.warn(fields, this.#options.guests.unknown);
  }

  /** Strangers must not fill the memory either. */
  #isNews(what: string): boolean {
    if (this.#toldOf.size >= MOST_TOLD) this.#toldOf.clear();
    const isNews = !this.#toldOf.has(what);
    this.#toldOf.add(what);
    return isNews;
  }
}

const MOST_TOLD = 1000;

/** As the library asks for it, by promise or callback. */
export function managerOf(judge: (shown: Shown) => Promise<StatusCode>): CertificateManager {
  const judgeLater = callbackify(judge);
  const check = (shown: Shown, callback?: StatusCallback): Promise<StatusCode> | undefined => {
    if (callback === undefined) return judge(shown);
    judgeLater(shown, callback);
    return undefined;
  };
  const manager = {
    referenceCounter: 0,
    initialize: nothing,
    dispose: nothing,
    checkCertificate: check,
    getTrustStatus: check,
    verifyCertificate: () => Promise.resolve("Good"), // asked of our own certificate only
    trustCertificate: nothing,
    rejectCertificate: nothing,
    addIssuer: nothing,
    addRevocationList: nothing,
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the library names its class, and calls only these
  return manager as unknown as CertificateManager;
}

function nothing(): Promise<void> {
  return Promise.resolve();
}

function chainOf(shown: Shown): readonly Buffer[] {
  return (shown instanceof Uint8Array ? [shown] : shown).flatMap((der) => splitChain(der));
}
