/**
 * The application certificate of the hub: one for all its sessions, made once and kept, because every server has to be told
 * to trust it. Key and certificate stand in one file, so that they are always those of each other.
 */
import { randomUUID, X509Certificate } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import { factsOf, type CertificateFacts } from "./certificate.ts";
import { day } from "./describe.ts";

/** Key and certificate. */
export interface OwnCertificate {
  readonly facts: CertificateFacts;
  /** DER. */
  readonly certificate: Buffer;
  /** PEM; a secret. */
  readonly key: string;
  /** The certificate alone, for carrying to a server. */
  readonly file: string;
}

const DAY_MS = 86_400_000;
const VALID_MS = 5 * 365 * DAY_MS;
const KEY_BITS = 2_048;
/** Clocks of PLCs are often behind: it is valid already since a day before it was made. */
const BEFORE_MS = DAY_MS;
/** The owner alone may read the key. */
const SECRET_MODE = 0o600;
const WARN_DAYS = [7, 30, 60] as const;

const both = (folder: string): string => join(folder, "key-and-certificate.pem");
const publicFile = (folder: string): string => join(folder, "certificate.der");

/**
 * The certificate in `folder`, made when there is none yet. Several adapters may ask at the same moment.
 * @throws {Error} when the files cannot be read or written.
 */
export async function ownCertificate(folder: string, now: number): Promise<OwnCertificate> {
  const present = await readOwnCertificate(folder);
  if (present !== undefined) return present;
  await mkdir(folder, { recursive: true });
  const file = await writeAside(folder, await makePem({ now, applicationUri: newUri() }));
  // A link is made by one only; who comes second uses what the first one made.
  await link(file, both(folder)).catch((cause: unknown) => {
    if (!isExisting(cause)) throw cause;
  });
  await rm(file);
  const made = await readOwnCertificate(folder);
  if (made === undefined) throw new Error(`${both(folder)} has vanished`);
  return made;
}

/** The certificate in `folder`; `undefined` when there is none yet. @throws {Error} when the file is damaged. */
export async function readOwnCertificate(folder: string): Promise<OwnCertificate | undefined> {
  const pem = await readFile(both(folder), "utf8").catch((cause: unknown) => {
    if (isMissing(cause)) return undefined;
    throw cause;
  });
  if (pem === undefined) return undefined;
  const key = /-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----\n?/.exec(pem)?.[0];
  const text = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n?/.exec(pem)?.[0];
  if (key === undefined || text === undefined) {
    throw new Error(`${both(folder)} has no key and certificate; remove it to have new ones made`);
  }
  const certificate = new X509Certificate(text);
  await showPublic(folder, certificate.raw);
  return {
    facts: factsOf(certificate),
    certificate: certificate.raw,
    key,
    file: publicFile(folder),
  };
}

/** A new certificate for the same application; the former one is kept beside it. Servers have to be told again. */
export async function renewCertificate(
  folder: string,
  options: { readonly keepKey: boolean; readonly now: number },
): Promise<OwnCertificate> {
  const former = await ownCertificate(folder, options.now);
  const pem = await makePem({
    now: options.now,
    applicationUri: former.facts.applicationUri ?? newUri(),
    ...(options.keepKey ? { key: former.key } : {}),
  });
  const file = await writeAside(folder, pem);
  await link(both(folder), join(folder, `former-${former.facts.sha1}.pem`)).catch(() => undefined);
  await rename(file, both(folder));
  const renewed = await readOwnCertificate(folder);
  if (renewed === undefined) throw new Error(`${both(folder)} has vanished`);
  return renewed;
}

/** A sentence when our certificate ends within 60 days; `level` rises at 30 and 7. */
export function expiryWarning(
  { validTo }: CertificateFacts,
  now: number,
): { readonly withinDays: number; readonly because: string } | undefined {
  const left = Math.floor((validTo - now) / DAY_MS);
  const withinDays = left < 0 ? 0 : WARN_DAYS.find((days) => left <= days);
  if (withinDays === undefined) return undefined;
  const when = left < 0 ? `expired on ${day(validTo)}` : `ends on ${day(validTo)}, in ${left} days`;
  const because = `our application certificate ${when}; unshub opcua renew-cert makes a new one, which each server must be told to trust`;
  return { withinDays, because };
}

function newUri(): string {
  return `urn:${hostname()}:unshub`;
}

/** Loaded only here: most starts find a certificate. */
async function makePem(wanted: {
  readonly now: number;
  readonly applicationUri: string;
  readonly key?: string;
}): Promise<string> {
  const crypto = await import("node-opcua-crypto/web");
  const privateKey =
    wanted.key === undefined
      ? (await crypto.generateKeyPair(KEY_BITS)).privateKey
      : await crypto.pemToPrivateKey(wanted.key);
  const { privPem } = await crypto.privateKeyToPEM(privateKey);
  const { cert } = await crypto.createSelfSignedCertificate({
    privateKey,
    notBefore: new Date(wanted.now - BEFORE_MS),
    notAfter: new Date(wanted.now + VALID_MS),
    subject: `CN=UNS Hub@${hostname()}/O=UNS Hub`,
    applicationUri: wanted.applicationUri,
    dns: [...new Set([hostname(), "localhost"])],
    ip: addresses(),
    purpose: crypto.CertificatePurpose.ForApplication,
  });
  return `${privPem.trimEnd()}\n${cert.trimEnd()}\n`;
}

/** Of this machine, those that change with each start left out. */
function addresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const usable = all.filter(({ family, internal }) => family === "IPv4" && !internal);
  return [...new Set([...usable.map(({ address }) => address), "127.0.0.1"])];
}

async function writeAside(folder: string, pem: string): Promise<string> {
  const file = join(folder, `${randomUUID()}.new`);
  await writeFile(file, pem, { mode: SECRET_MODE });
  return file;
}

async function showPublic(folder: string, certificate: Buffer): Promise<void> {
  const file = publicFile(folder);
  const shown = await readFile(file).catch(() => undefined);
  if (shown?.equals(certificate) === true) return;
  const aside = join(folder, `${randomUUID()}.new`);
  await writeFile(aside, certificate);
  await rename(aside, file);
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ENOENT";
}

function isExisting(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "EEXIST";
}
