/** X.509 certificates made on the spot, with any dates: as much DER as that takes. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface TestCertificate {
  readonly name: string;
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly privateKey: KeyObject;
}

export interface CertificateWishes {
  readonly isCa?: boolean;
  /** Without one it signs itself. */
  readonly signedBy?: TestCertificate;
  readonly validFrom?: Date;
  readonly validTo?: Date;
}

const DAY_MS = 86_400_000;

/** A certificate for `localhost` and 127.0.0.1 with a key of its own (P-256). */
export function makeCertificate(name: string, wishes: CertificateWishes = {}): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const {
    isCa = false,
    signedBy,
    validFrom = new Date(Date.now() - DAY_MS),
    validTo = new Date(Date.now() + 365 * DAY_MS),
  } = wishes;
  const body = sequence(
    tlv(0xa0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    distinguishedName(signedBy?.name ?? name),
    sequence(time(validFrom), time(validTo)),
    distinguishedName(name),
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, sequence(basicConstraints(isCa), LOCAL_NAMES)),
  );
  const signature = sign("sha256", body, signedBy?.privateKey ?? privateKey);
  const der = sequence(body, ECDSA_SHA256, tlv(0x03, Buffer.from([0]), signature));
  const base64 = der.toString("base64").replaceAll(/.{64}(?=.)/g, "$&\n");
  return {
    name,
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }),
    privateKey,
  };
}

/** Writes `cert.pem` and `key.pem` into the folder and answers where they are. */
export function writeCertificate(
  folder: string,
  { cert, key }: Pick<TestCertificate, "cert" | "key">,
): { readonly cert: string; readonly key: string } {
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  return files;
}

function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const { length } = value;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, ...parts);
}

function integer(value: Buffer): Buffer {
  return tlv(0x02, value);
}

/** As GeneralizedTime, which every reader takes for any year. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, ""); // 20300101000000Z
  return tlv(0x18, Buffer.from(digits));
}

function objectId(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, "hex"));
}

const ECDSA_SHA256 = sequence(objectId("2a8648ce3d040302"));

function distinguishedName(commonName: string): Buffer {
  const attribute = sequence(objectId("550403"), tlv(0x0c, Buffer.from(commonName)));
  return sequence(tlv(0x31, attribute));
}

function basicConstraints(isCa: boolean): Buffer {
  const value = isCa ? sequence(tlv(0x01, Buffer.from([0xff]))) : sequence();
  return sequence(objectId("551d13"), tlv(0x01, Buffer.from([0xff])), tlv(0x04, value));
}

const LOCAL_NAMES = sequence(
  objectId("551d11"),
  tlv(0x04, sequence(tlv(0x82, Buffer.from("localhost")), tlv(0x87, Buffer.from([127, 0, 0, 1])))),
);
