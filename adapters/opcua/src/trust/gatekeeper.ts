/** Decides about a server's certificate before anything secret is said: who it is, what is wrong, who trusts it. */
import type { Logger } from "@unshub/adapter";
import type { TrustConfig, Waivable } from "../config.ts";
import { OpcUaError, type OpcUaErrorCode } from "../errors.ts";
import {
  certificateLines,
  factsOf,
  readCertificate,
  splitChain,
  type CertificateFacts,
  type TrustStore,
} from "@unshub/opcua-trust";
import { judge, type Expected } from "./judge.ts";

/** A server that shows its certificate. */
export interface Visitor {
  /** As configured; names the server in messages. */
  readonly endpoint: string;
  /** DER, the chain behind it. */
  readonly certificate: Buffer;
  readonly applicationUri: string | undefined;
}

const CODES: Readonly<Record<Waivable, OpcUaErrorCode>> = {
  applicationUri: "CERTIFICATE_APPLICATION_URI",
  expired: "CERTIFICATE_EXPIRED",
  hostName: "CERTIFICATE_HOST_NAME",
  keyUsage: "CERTIFICATE_KEY_USAGE",
  notYetValid: "CERTIFICATE_NOT_YET_VALID",
  weakKey: "CERTIFICATE_WEAK_KEY",
};

/** Stands at the door of one adapter. */
export class Gatekeeper {
  readonly #trust: TrustConfig;
  readonly #store: TrustStore;
  readonly #log: Logger;
  /** By SHA-256; told once each, not at each attempt. */
  readonly #toldOf = new Set<string>();

  constructor(trust: TrustConfig, store: TrustStore, log: Logger) {
    this.#trust = trust;
    this.#store = store;
    this.#log = log;
  }

  /**
   * Returns when the certificate is trusted and nothing is wrong with it that was not waived.
   * @throws {OpcUaError} AWAITING_TRUST, CERTIFICATE_…
   */
  async admit(visitor: Visitor, now: number): Promise<CertificateFacts> {
    const { endpoint } = visitor;
    const chain = splitChain(visitor.certificate);
    const certificate = chain[0] === undefined ? undefined : readCertificate(chain[0]);
    if (certificate === undefined) {
      const message = `${endpoint}: the server shows no certificate, or something else instead of one`;
      throw new OpcUaError("CERTIFICATE_MISSING", message);
    }
    const facts = factsOf(certificate);
    await this.#checkTrust(facts, chain, endpoint);
    const { applicationUri } = visitor;
    this.#checkContent(facts, { host: hostOf(endpoint), applicationUri, now }, endpoint);
    return facts;
  }

  async #checkTrust(
    facts: CertificateFacts,
    chain: readonly Buffer[],
    endpoint: string,
  ): Promise<void> {
    const verdict = await this.#store.verdict(chain);
    if (verdict.kind === "rejected") {
      const message = `${endpoint}: the certificate of the server (${facts.subject}, SHA-256 ${facts.sha256}) was rejected here; unshub opcua trust takes that back`;
      throw new OpcUaError("CERTIFICATE_REJECTED", message);
    }
    if (verdict.kind === "revoked") {
      const message = `${endpoint}: the certificate of the server (${facts.subject}, SHA-256 ${facts.sha256}) was taken back by its issuer (${facts.issuer}); the server needs a new one`;
      throw new OpcUaError("CERTIFICATE_REVOKED", message);
    }
    if (verdict.kind === "trusted" || this.#trust.fingerprints.includes(facts.sha256)) return;
    const known = await this.#store.list("trusted");
    if (this.#trust.onFirstUse && known.length === 0) {
      const fields = { endpoint, certificate: certificateLines(facts) };
      this.#log.warn(fields, "trustOnFirstUse: the certificate of the server is trusted unseen");
      return await this.#store.trust(chain);
    }
    await this.#wait(facts, chain, { endpoint, former: known.at(-1)?.facts });
  }

  /** Shows the certificate to whoever must decide. */
  async #wait(
    facts: CertificateFacts,
    chain: readonly Buffer[],
    {
      endpoint,
      former,
    }: { readonly endpoint: string; readonly former?: CertificateFacts | undefined },
  ): Promise<never> {
    await this.#store.keepWaiting(chain);
    const changed =
      former === undefined ? "" : ` It is not the one that was trusted before (${former.sha256}).`;
    if (!this.#toldOf.has(facts.sha256)) {
      this.#toldOf.add(facts.sha256);
      const fields = {
        endpoint,
        certificate: certificateLines(facts),
        ...(former === undefined ? {} : { trustedBefore: certificateLines(former) }),
      };
      this.#log.warn(fields, "the server shows a certificate that nobody has trusted yet");
    }
    const message = `${endpoint}: nobody has said yet whether the certificate of the server is the right one: ${facts.subject}, SHA-256 ${facts.sha256}.${changed} Compare it with what the server shows, then: unshub opcua trust <adapter> ${facts.sha256.slice(0, 16)}`;
    throw new OpcUaError("AWAITING_TRUST", message);
  }

  #checkContent(facts: CertificateFacts, expected: Expected, endpoint: string): void {
    const { waive } = this.#trust;
    const problems = judge(facts, expected);
    const [worst] = problems.filter(({ name }) => !waive.includes(name));
    if (worst !== undefined) {
      const message = `${endpoint}: the certificate of the server (${facts.subject}): ${worst.because}; waive: [${worst.name}] accepts it nevertheless`;
      throw new OpcUaError(CODES[worst.name], message);
    }
    if (problems.length === 0 || this.#toldOf.has(`waived ${facts.sha256}`)) return;
    this.#toldOf.add(`waived ${facts.sha256}`);
    const fields = { endpoint, waived: problems.map(({ because }) => because) };
    this.#log.warn(fields, "the certificate of the server has problems that were waived");
  }
}

function hostOf(endpoint: string): string {
  return new URL(endpoint.replace(/^opc\.tcp:/i, "http:")).hostname;
}
