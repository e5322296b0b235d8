/** Certificates of OPC UA as the hub tells them, and how they are read by a person. */
import { isRecord } from "./hub-request.ts";

export type Folder = "waiting" | "trusted" | "issuers" | "rejected";

/** Times in milliseconds since 1970 UTC. */
export interface Certificate {
  readonly subject: string;
  readonly issuer: string;
  readonly isSelfSigned: boolean;
  readonly applicationUri: string | null;
  readonly hosts: readonly string[];
  readonly validFrom: number;
  readonly validTo: number;
  /** Hex digits without colons. */
  readonly sha256: string;
  readonly sha1: string;
}

export interface StoredCertificate extends Certificate {
  readonly folder: Folder;
  /** Those that signed it. */
  readonly chain: readonly Certificate[];
}

/** What an issuer took back. Times in milliseconds since 1970 UTC. */
export interface RevocationList {
  readonly issuer: string;
  readonly revoked: number;
  readonly madeAt: number;
  /** When a newer one is due. */
  readonly nextAt: number | null;
  /** Whether somebody who is trusted has signed it. */
  readonly isSigned: boolean;
}

/** Whose certificates they are: of servers that an adapter meets, or of clients of the hub or their users (no adapter). */
export interface TrustPlace {
  readonly id: string;
  readonly adapter: string | null;
  readonly certificates: readonly StoredCertificate[];
  readonly lists: readonly RevocationList[];
}

export interface Trust {
  /** The hub's time. */
  readonly now: number;
  /** The hub's own; `null` while it has none. */
  readonly own: Certificate | null;
  readonly places: readonly TrustPlace[];
}

/** `null` when it is something else. */
export function parseTrust(value: unknown): Trust | null {
  if (!isRecord(value)) return null;
  const { now, own, places } = value;
  if (typeof now !== "number" || !Array.isArray(places)) return null;
  return { now, own: parseCertificate(own), places: listOf(places, parsePlace) };
}

function parsePlace(value: unknown): TrustPlace | null {
  if (!isRecord(value)) return null;
  const { id, adapter, certificates, lists } = value;
  if (typeof id !== "string" || !Array.isArray(certificates)) return null;
  return {
    id,
    adapter: typeof adapter === "string" ? adapter : null,
    certificates: listOf(certificates, parseStored),
    lists: Array.isArray(lists) ? listOf(lists, parseList) : [],
  };
}

function parseList(value: unknown): RevocationList | null {
  if (!isRecord(value)) return null;
  const { issuer, revoked, madeAt, nextAt, isSigned } = value;
  if (typeof issuer !== "string" || typeof revoked !== "number") return null;
  if (typeof madeAt !== "number") return null;
  const next = typeof nextAt === "number" ? nextAt : null;
  return { issuer, revoked, madeAt, nextAt: next, isSigned: isSigned === true };
}

function parseStored(value: unknown): StoredCertificate | null {
  const certificate = parseCertificate(value);
  if (certificate === null || !isRecord(value)) return null;
  const { folder, chain } = value;
  const isFolder =
    folder === "waiting" || folder === "trusted" || folder === "issuers" || folder === "rejected";
  if (!isFolder) return null;
  return {
    ...certificate,
    folder,
    chain: Array.isArray(chain) ? listOf(chain, parseCertificate) : [],
  };
}

function parseCertificate(value: unknown): Certificate | null {
  if (!isRecord(value)) return null;
  const { subject, issuer, isSelfSigned, applicationUri, hosts, validFrom, validTo } = value;
  const { sha256, sha1 } = value;
  if (typeof subject !== "string" || typeof issuer !== "string") return null;
  if (typeof sha256 !== "string" || typeof sha1 !== "string") return null;
  if (typeof validFrom !== "number" || typeof validTo !== "number") return null;
  return {
    subject,
    issuer,
    isSelfSigned: isSelfSigned === true,
    applicationUri: typeof applicationUri === "string" ? applicationUri : null,
    hosts: Array.isArray(hosts) ? hosts.filter((host) => typeof host === "string") : [],
    validFrom,
    validTo,
    sha256,
    sha1,
  };
}

function listOf<T>(values: readonly unknown[], parse: (value: unknown) => T | null): readonly T[] {
  return values.map(parse).filter((value) => value !== null);
}

/** `CN` of a subject, by which people call it; the whole subject when it has none. */
export function commonName(subject: string): string {
  const name = /(?:^|, )CN=(?<name>[^,]*)/.exec(subject)?.groups?.["name"];
  return name === undefined || name.trim() === "" ? subject : name;
}

/** In groups of four, to be compared with another screen: `A1B2 C3D4 …`. */
export function fingerprint(hex: string): string {
  return hex.toUpperCase().replaceAll(/(.{4})(?=.)/g, "$1 ");
}

/** `expired` and `early` are refused whatever is decided. */
export function validity(
  { validFrom, validTo }: Certificate,
  now: number,
): "valid" | "soon" | "expired" | "early" {
  if (now > validTo) return "expired";
  if (now < validFrom) return "early";
  return validTo - now < SOON_MS ? "soon" : "valid";
}

const SOON_MS = 30 * 86_400_000;

/** `2026-11-26` */
export function day(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "?" : date.toISOString().slice(0, 10);
}
