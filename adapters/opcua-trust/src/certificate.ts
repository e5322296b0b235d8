/** What a certificate says, in the words of a person who must decide about it. Uses Node's own X.509 reader only. */
import { createHash, X509Certificate } from "node:crypto";
import { derValue } from "./der.ts";

/** One certificate. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly isSelfSigned: boolean;
  readonly applicationUri: string | undefined;
  /** DNS names and addresses it is made for. */
  readonly hosts: readonly string[];
  /** Milliseconds since 1970 UTC. */
  readonly validFrom: number;
  readonly validTo: number;
  /** 64 hex digits in lower case. */
  readonly sha256: string;
  /** 40 hex digits in upper case, as most servers show it. */
  readonly sha1: string;
  /** `undefined` when it is no RSA key. */
  readonly keyBits: number | undefined;
  /** What the key may be used for; `undefined` when it does not say. */
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
}

/** Bits 0 to 3 of the extension keyUsage. */
export const KEY_USAGES = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
] as const;
type KeyUsage = (typeof KEY_USAGES)[number];

/** A certificate and those that signed it, in DER, as a server sends them; the first is its own. */
export function splitChain(bytes: Uint8Array): readonly Buffer[] {
  const certificates: Buffer[] = [];
  let rest = Buffer.from(bytes);
  for (let next = derValue(rest); next?.tag === SEQUENCE; next = derValue(rest)) {
    certificates.push(next.whole);
    rest = rest.subarray(next.whole.length);
  }
  return certificates;
}

/** The certificate in DER, or `undefined` when the bytes are none. */
export function readCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined; // whatever a server sends: the caller says that it is no certificate
  }
}

export function factsOf(certificate: X509Certificate): CertificateFacts {
  const names = alternativeNames(certificate.subjectAltName);
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    isSelfSigned: certificate.checkIssued(certificate),
    applicationUri: names.find(({ kind }) => kind === "URI")?.name,
    hosts: names.filter(({ kind }) => kind !== "URI").map(({ name }) => name),
    validFrom: certificate.validFromDate.getTime(),
    validTo: certificate.validToDate.getTime(),
    sha256: sha256Of(certificate.raw),
    sha1: createHash("sha1").update(certificate.raw).digest("hex").toUpperCase(),
    keyBits: certificate.publicKey.asymmetricKeyDetails?.modulusLength,
    keyUsage: keyUsageIn(certificate.raw),
  };
}

/** The fingerprint by which a certificate is trusted: 64 hex digits in lower case. */
export function sha256Of(der: Uint8Array): string {
  return createHash("sha256").update(der).digest("hex");
}

const SEQUENCE = 0x30;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
/** The object identifier 2.5.29.15 with tag and length. */
const KEY_USAGE_ID = Buffer.from("0603551d0f", "hex");
const CRITICAL = Buffer.from("0101ff", "hex");

function keyUsageIn(der: Buffer): ReadonlySet<KeyUsage> | undefined {
  const found = der.indexOf(KEY_USAGE_ID);
  if (found < 0) return undefined;
  let at = found + KEY_USAGE_ID.length;
  if (der.subarray(at, at + CRITICAL.length).equals(CRITICAL)) at += CRITICAL.length;
  if (der[at] !== OCTET_STRING || der[at + 2] !== BIT_STRING) return undefined;
  const bits = der[at + 5] ?? 0; // after two heads and the count of unused bits
  return new Set(KEY_USAGES.filter((_, index) => (bits & (0x80 >> index)) !== 0));
}

interface AlternativeName {
  readonly kind: string;
  readonly name: string;
}

/** `URI:urn:x, DNS:plc, IP Address:10.0.0.1`; Node quotes a name that has commas. */
function alternativeNames(text: string | undefined): readonly AlternativeName[] {
  const parts = text?.matchAll(
    /(?<kind>URI|DNS|IP Address):(?:"(?<quoted>[^"]*)"|(?<plain>[^,]*))/g,
  );
  return [...(parts ?? [])].map(({ groups }) => ({
    kind: groups?.["kind"] ?? "",
    name: groups?.["quoted"] ?? groups?.["plain"] ?? "",
  }));
}

function oneLine(name: string): string {
  return name.trim().split("\n").join(", ");
}
