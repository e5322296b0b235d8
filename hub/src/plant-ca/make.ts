/** Certificates, keys and revocation lists as `@peculiar/x509` makes them: P-256 and SHA-256, as every device knows. */
// oxlint-disable-next-line import/no-unassigned-import -- the library is built on it and asks that it comes first
import "reflect-metadata";
import { KeyObject, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
  X509CrlReason,
} from "@peculiar/x509";

cryptoProvider.set(webcrypto);

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };
/** A clock that is a little behind must not refuse what was made just now. */
const BEFORE_MS = 300_000;
const SERIAL_BYTES = 16;
const CRL_NUMBER = "2.5.29.20";

/** Both PEM. */
export interface MadeCertificate {
  readonly cert: string;
  readonly key: string;
  /** Hex in upper case. */
  readonly serial: string;
}

/** A CA with its key, ready to sign. */
export interface Signer {
  readonly certificate: X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

export interface Term {
  /** Milliseconds since 1970 UTC. */
  readonly from: number;
  readonly to: number;
}

export async function makeCa(name: string, term: Term): Promise<MadeCertificate> {
  const keys = await makeKeys();
  const serialNumber = newSerial();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber,
    name: [{ CN: [name] }],
    ...datesOf(term),
    signingAlgorithm: SIGNATURE,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return made(certificate, keys);
}

export interface Wish {
  readonly kind: "server" | "client";
  readonly name: string;
  /** Host names and addresses of a server; URIs of a client. */
  readonly for: readonly string[];
}

export async function makeCertificate(
  ca: Signer,
  wish: Wish,
  term: Term,
): Promise<MadeCertificate> {
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: [{ CN: [wish.name] }],
    issuer: ca.certificate.subjectName.toJSON(),
    ...datesOf(term),
    signingAlgorithm: SIGNATURE,
    publicKey: keys.publicKey,
    signingKey: ca.key,
    extensions: [...extensionsOf(wish), ...(await identifiers(ca, keys))],
  });
  return made(certificate, keys);
}

/** PEM. `revoked`: serial numbers and when. */
export async function makeCrl(
  ca: Signer,
  revoked: readonly { readonly serial: string; readonly at: number }[],
  term: Term,
): Promise<string> {
  const list = await X509CrlGenerator.create({
    issuer: ca.certificate.subjectName,
    extensions: [
      await AuthorityKeyIdentifierExtension.create(ca.certificate),
      new Extension(CRL_NUMBER, false, derNumber(term.from)),
    ],
    thisUpdate: new Date(term.from),
    nextUpdate: new Date(term.to),
    signingAlgorithm: SIGNATURE,
    signingKey: ca.key,
    entries: revoked.map(({ serial, at }) => ({
      serialNumber: serial,
      revocationDate: new Date(at),
      reason: X509CrlReason.cessationOfOperation,
    })),
  });
  return PemConverter.encode(list.rawData, "X509 CRL") + "\n"; // the name that OpenSSL and others read
}

/** Each list has a higher number than the one before; milliseconds since 1970 do that. As a DER INTEGER. */
function derNumber(ms: number): Buffer {
  const hex = ms.toString(16);
  const value = Buffer.from(hex.padStart(hex.length + 2 - (hex.length % 2), "0"), "hex");
  const start = value[0] === 0 && (value[1] ?? 0) < 0x80 ? 1 : 0; // no zero but before a set sign bit
  return Buffer.concat([Buffer.of(0x02, value.length - start), value.subarray(start)]);
}

export async function signerOf(cert: string, key: string): Promise<Signer> {
  const der = Buffer.from(key.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  return {
    certificate: new X509Certificate(cert),
    key: await webcrypto.subtle.importKey("pkcs8", der, CURVE, true, ["sign"]),
  };
}

function extensionsOf({ kind, for: names }: Wish): readonly Extension[] {
  const general = names.map((value) => {
    if (kind === "client") return { type: "url", value } as const;
    return { type: isIP(value) === 0 ? "dns" : "ip", value } as const;
  });
  const usage = kind === "server" ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth;
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([usage]),
    ...(general.length === 0 ? [] : [new SubjectAlternativeNameExtension(general)]),
  ];
}

async function identifiers(
  ca: Signer,
  keys: webcrypto.CryptoKeyPair,
): Promise<readonly Extension[]> {
  return [
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    await AuthorityKeyIdentifierExtension.create(ca.certificate),
  ];
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
}

function made(
  certificate: X509Certificate,
  { privateKey }: webcrypto.CryptoKeyPair,
): MadeCertificate {
  return {
    cert: `${certificate.toString("pem")}\n`,
    key: KeyObject.from(privateKey).export({ type: "pkcs8", format: "pem" }),
    serial: certificate.serialNumber.toUpperCase(),
  };
}

function datesOf({ from, to }: Term): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(from - BEFORE_MS), notAfter: new Date(to) };
}

/** Positive, and so without a zero in front. */
function newSerial(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
