/** What is wrong with a server's certificate, apart from who trusts it. Each problem has a name and can be waived. */
import { isIP } from "node:net";
import type { Waivable } from "../config.ts";
import { day, KEY_USAGES, type CertificateFacts } from "@unshub/opcua-trust";

/** One thing wrong, and a sentence about it. */
export interface CertificateProblem {
  readonly name: Waivable;
  readonly because: string;
}

/** What the certificate is held against. */
export interface Expected {
  /** The host that we connect to. */
  readonly host: string;
  /** What the server calls itself in its endpoint. */
  readonly applicationUri: string | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

const LEAST_KEY_BITS = 2_048;

/** All problems, the worst first. */
export function judge(facts: CertificateFacts, expected: Expected): readonly CertificateProblem[] {
  return [
    ...validityProblems(facts, expected.now),
    ...keyProblems(facts),
    ...nameProblems(facts, expected),
  ];
}

function* validityProblems(facts: CertificateFacts, now: number): Generator<CertificateProblem> {
  if (now > facts.validTo) {
    const because = `it expired on ${day(facts.validTo)}; renew it on the server`;
    yield { name: "expired", because };
  }
  if (now < facts.validFrom) {
    const because = `it is valid from ${day(facts.validFrom)}, and here it is ${day(now)}; look at the clocks`;
    yield { name: "notYetValid", because };
  }
}

function* keyProblems({ keyBits, keyUsage }: CertificateFacts): Generator<CertificateProblem> {
  if (keyBits === undefined || keyBits < LEAST_KEY_BITS) {
    const because = `its key has ${keyBits ?? "no RSA"} bits; ${LEAST_KEY_BITS} are the least`;
    yield { name: "weakKey", because };
  }
  const missing = KEY_USAGES.filter((usage) => keyUsage?.has(usage) === false);
  if (keyUsage === undefined || missing.length > 0) {
    const what = keyUsage === undefined ? "keyUsage" : missing.join(", ");
    yield { name: "keyUsage", because: `it lacks ${what}, which OPC UA asks for` };
  }
}

function* nameProblems(facts: CertificateFacts, expected: Expected): Generator<CertificateProblem> {
  if (!facts.hosts.some((host) => sameHost(host, expected.host))) {
    const made = facts.hosts.join(", ") || "no host at all";
    const because = `it is made for ${made}, and we connect to ${expected.host}`;
    yield { name: "hostName", because };
  }
  const { applicationUri } = expected;
  if (applicationUri !== undefined && facts.applicationUri !== applicationUri) {
    const because = `it names the application ${facts.applicationUri ?? "not at all"}, and the server calls itself ${applicationUri}`;
    yield { name: "applicationUri", because };
  }
}

function sameHost(named: string, asked: string): boolean {
  const [a, b] = [plainHost(named), plainHost(asked)];
  return a === b;
}

/** Node writes the addresses of certificates in full; `new URL` makes one form of all. */
function plainHost(host: string): string {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return isIP(bare) === 6 ? new URL(`http://[${bare}]`).hostname : bare;
}
