/** Revocation lists of issuers (X.509 CRL, RFC 5280): which certificates an issuer took back before they ended. */
import { verify, type X509Certificate } from "node:crypto";
import { derChildren, derValue, type DerValue } from "./der.ts";

/** One list. */
export interface RevocationList {
  /** The name of the issuer, in DER. */
  readonly issuer: Buffer;
  /** Serial numbers of what was taken back, as bytes in hex without leading zeros. */
  readonly serials: ReadonlySet<string>;
  /** When it was made, and when the next one is due; ms since 1970 UTC. Left out: the list does not say. */
  readonly madeAt: number;
  readonly nextAt?: number;
  /** What the issuer signed, and how. */
  readonly body: Buffer;
  readonly hash: string;
  readonly signature: Buffer;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
/** Version of a certificate. */
const EXPLICIT_0 = 0xa0;
const PEM = /-----BEGIN X509 CRL-----([\s\S]+?)-----END X509 CRL-----/;

/** The hash of a signature by its object identifier in hex: RSA PKCS #1 and ECDSA. Others are not understood. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ["2a864886f70d010105", "sha1"],
  ["2a864886f70d01010b", "sha256"],
  ["2a864886f70d01010c", "sha384"],
  ["2a864886f70d01010d", "sha512"],
  ["2a8648ce3d040302", "sha256"],
  ["2a8648ce3d040303", "sha384"],
  ["2a8648ce3d040304", "sha512"],
]);

/** A list in DER or PEM; `undefined` when the bytes are none, or signed in a way that is not understood. */
export function readRevocationList(bytes: Buffer): RevocationList | undefined {
  const list = derValue(derOf(bytes));
  const [body, algorithm, signature] = list?.tag === SEQUENCE ? derChildren(list) : [];
  if (body === undefined || algorithm === undefined || signature?.tag !== BIT_STRING) {
    return undefined;
  }
  const hash = HASHES.get(derChildren(algorithm)[0]?.content.toString("hex") ?? "");
  const named = namesIn(body);
  if (hash === undefined || named === undefined) return undefined;
  const signed = signature.content.subarray(1); // after the count of unused bits
  return { ...named, body: body.whole, hash, signature: signed };
}

function derOf(bytes: Buffer): Buffer {
  const text = PEM.exec(bytes.toString("latin1"))?.[1];
  return text === undefined ? bytes : Buffer.from(text, "base64");
}

type Named = Pick<RevocationList, "issuer" | "serials" | "madeAt" | "nextAt">;

/** Issuer, times and what it names; `undefined`: it is no list. */
function namesIn(body: DerValue): Named | undefined {
  const parts = derChildren(body).filter(({ tag }, index) => index > 0 || tag !== INTEGER); // without its version
  const [, issuer, thisUpdate, nextUpdate] = parts;
  const madeAt = timeIn(thisUpdate);
  if (issuer?.tag !== SEQUENCE || madeAt === undefined) return undefined;
  const nextAt = timeIn(nextUpdate);
  const serials = serialsIn(parts.slice(3));
  return { issuer: issuer.whole, serials, madeAt, ...(nextAt !== undefined && { nextAt }) };
}

/** After an optional next update: one entry each, the serial number first. */
function serialsIn(rest: readonly DerValue[]): ReadonlySet<string> {
  const entries = rest.find(({ tag }) => tag === SEQUENCE);
  if (entries === undefined) return new Set();
  const serials = derChildren(entries).flatMap((entry) => derChildren(entry)[0] ?? []);
  return new Set(serials.map(({ content }) => plainSerial(content.toString("hex"))));
}

/** `261126071500Z`, or with four digits of the year; years of two digits are 1950 to 2049. */
function timeIn(value: DerValue | undefined): number | undefined {
  if (value?.tag !== UTC_TIME && value?.tag !== GENERALIZED_TIME) return undefined;
  const text = value.content.toString("latin1");
  const full = value.tag === UTC_TIME ? `${Number(text.slice(0, 2)) < 50 ? 20 : 19}${text}` : text;
  const [, year, month, day, hour, minute, second = "00"] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?/.exec(full) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** What people call an issuer: `CN=Plant CA, O=Plant`; parts of a name that are rare are left out. */
export function issuerName({ issuer }: Pick<RevocationList, "issuer">): string {
  const name = derValue(issuer);
  const parts = name === undefined ? [] : derChildren(name).flatMap(derChildren);
  const texts = parts.flatMap((part) => {
    const [type, value] = derChildren(part);
    const key = NAMES.get(type?.content.toString("hex") ?? "");
    return key === undefined || value === undefined ? [] : [`${key}=${textIn(value)}`];
  });
  return texts.join(", ");
}

/** The parts of a name by their object identifiers in hex. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["550403", "CN"],
  ["550406", "C"],
  ["550407", "L"],
  ["550408", "ST"],
  ["55040a", "O"],
  ["55040b", "OU"],
]);
const UTF16 = 0x1e;

function textIn({ tag, content }: DerValue): string {
  if (tag === UTF16) return Buffer.from(content).swap16().toString("utf16le");
  return content.toString("utf8");
}

/** Whether its issuer has taken the certificate back. `issuers`: those that may have signed a list. */
export function isRevoked(
  certificate: X509Certificate,
  lists: readonly RevocationList[],
  issuers: readonly X509Certificate[],
): boolean {
  const serial = plainSerial(certificate.serialNumber.toLowerCase());
  const issuer = issuerOf(certificate);
  return lists
    .filter((list) => issuer?.equals(list.issuer) === true && list.serials.has(serial))
    .some((list) => issuers.some((by) => certificate.checkIssued(by) && isSignedBy(list, by)));
}

/** Whether the key of this certificate has signed the list. */
export function isSignedBy(
  { body, hash, signature }: RevocationList,
  { publicKey }: X509Certificate,
): boolean {
  try {
    return verify(hash, body, publicKey, signature);
  } catch {
    return false; // a key of another kind
  }
}

/** The name of the issuer, in DER. */
function issuerOf({ raw }: X509Certificate): Buffer | undefined {
  const whole = derValue(raw);
  const body = whole && derChildren(whole)[0];
  const parts = body === undefined ? [] : derChildren(body);
  return parts[parts[0]?.tag === EXPLICIT_0 ? 3 : 2]?.whole;
}

function plainSerial(hex: string): string {
  return hex.replace(/^0+(?=.)/, "");
}
