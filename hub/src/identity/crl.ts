/** A list of revoked certificates (RFC 5280), read and proved: as much DER as that takes. */
import { verify, type X509Certificate } from "node:crypto";
import { CrlError, INTEGER, isTime, nodesIn, SEQUENCE, timeOf, type DerNode } from "./der.ts";

/** Whom it is from, and which of his certificates no longer count. */
export interface RevocationList {
  /** DER of the name, in hex. */
  readonly issuer: string;
  /** Serial numbers, hex in upper case without leading zeros. */
  readonly serials: ReadonlySet<string>;
  /** Milliseconds since 1970 UTC; `undefined`: it does not say. */
  readonly nextUpdate: number | undefined;
}

/**
 * Reads one, PEM or DER, and proves that one of `authorities` signed it.
 * @throws {CrlError} with what is wrong.
 */
export function readCrl(bytes: Buffer, authorities: readonly X509Certificate[]): RevocationList {
  const list = partsOf(derOf(bytes));
  const signer = authorities.find(
    (authority) => subjectOf(authority) === list.issuer && isSignedBy(list, authority),
  );
  if (signer === undefined) throw new CrlError("none of the CAs in clientCa has signed it");
  const { issuer, serials, nextUpdate } = list;
  return { issuer, serials, nextUpdate };
}

/** Issuer and serial number of a certificate, as they stand in a list. */
export function certificateId(certificate: X509Certificate): {
  readonly issuer: string;
  readonly serial: string;
} {
  const [, serial, , issuer] = tbsOf(certificate);
  if (serial === undefined || issuer === undefined) throw new CrlError("is no certificate");
  return { issuer: issuer.whole.toString("hex"), serial: hexOf(serial.value) };
}

interface Parts extends RevocationList {
  readonly signed: Buffer;
  readonly hash: string | undefined;
  readonly signature: Buffer;
}

/** Signature algorithms by the hex of their object identifiers; `undefined`: the key says it itself. */
const HASHES: ReadonlyMap<string, string | undefined> = new Map([
  ["2a8648ce3d040302", "sha256"],
  ["2a8648ce3d040303", "sha384"],
  ["2a8648ce3d040304", "sha512"],
  ["2a864886f70d01010b", "sha256"],
  ["2a864886f70d01010c", "sha384"],
  ["2a864886f70d01010d", "sha512"],
  ["2b6570", undefined],
  ["2b6571", undefined],
]);

function partsOf(der: Buffer): Parts {
  const { tbs, algorithm, signature } = signedIn(der);
  const fields = nodesIn(tbs.value);
  const [, issuer, , ...rest] = fields[0]?.tag === INTEGER ? fields.slice(1) : fields;
  if (issuer === undefined) throw new CrlError(NO_LIST);
  const next = isTime(rest[0]) ? rest.shift() : undefined;
  const revoked = rest[0]?.tag === SEQUENCE ? nodesIn(rest[0].value) : [];
  refuseUnusual(rest.find(({ tag }) => tag === EXTENSIONS));
  return {
    issuer: issuer.whole.toString("hex"),
    serials: new Set(revoked.map(({ value }) => hexOf(nodesIn(value)[0]?.value ?? Buffer.of()))),
    nextUpdate: next && timeOf(next),
    signed: tbs.whole,
    hash: HASHES.get(algorithm),
    signature,
  };
}

const EXTENSIONS = 0xa0;
const CRITICAL = "0101ff";

/** Lists of changes only, or of somebody else's certificates, say so by an extension that nobody may overlook. */
function refuseUnusual(extensions: DerNode | undefined): void {
  const [list] = extensions === undefined ? [] : nodesIn(extensions.value);
  if (list === undefined || !nodesIn(list.value).some(isCritical)) return;
  throw new CrlError("it lists only a part (a delta or indirect list); give the whole list");
}

function isCritical({ value }: DerNode): boolean {
  return nodesIn(value).some(({ whole }) => whole.toString("hex") === CRITICAL);
}

const NO_LIST = "it is no list of revoked certificates, or is signed in an unusual way";

/** What is signed, how (hex of the object identifier), and the signature. */
function signedIn(der: Buffer): {
  readonly tbs: DerNode;
  readonly algorithm: string;
  readonly signature: Buffer;
} {
  const [outer] = nodesIn(der);
  const [tbs, identifier, signature] = outer?.tag === SEQUENCE ? nodesIn(outer.value) : [];
  const algorithm = identifier && nodesIn(identifier.value)[0]?.value.toString("hex");
  if (
    tbs === undefined ||
    signature === undefined ||
    algorithm === undefined ||
    !HASHES.has(algorithm)
  ) {
    throw new CrlError(NO_LIST);
  }
  return { tbs, algorithm, signature: signature.value.subarray(1) }; // after the count of unused bits
}

function isSignedBy({ signed, hash, signature }: Parts, { publicKey }: X509Certificate): boolean {
  try {
    return verify(hash, signed, publicKey, signature);
  } catch {
    return false; // a key of another kind
  }
}

function subjectOf(authority: X509Certificate): string {
  return tbsOf(authority)[5]?.whole.toString("hex") ?? "";
}

/** Version, serial number, algorithm, issuer, validity, subject … */
function tbsOf({ raw }: X509Certificate): readonly DerNode[] {
  const [outer] = nodesIn(raw);
  const [tbs] = outer === undefined ? [] : nodesIn(outer.value);
  return tbs === undefined ? [] : nodesIn(tbs.value);
}

function hexOf(number: Buffer): string {
  return number
    .toString("hex")
    .toUpperCase()
    .replace(/^0+(?=.)/, "");
}

function derOf(bytes: Buffer): Buffer {
  const text = bytes.toString("latin1");
  const base64 = /-----BEGIN (?:X509 )?CRL-----(?<base64>[^-]+)-----END/.exec(text);
  return base64?.groups?.["base64"] === undefined
    ? bytes
    : Buffer.from(base64.groups["base64"], "base64");
}
