/** What the settings show, out of the hub's answers. Whatever is not as expected is left out; a whole answer that is not, is `null`. */
import { isRecord } from "./hub-request.ts";

export const ROLES = ["viewer", "operator", "engineer", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Times are milliseconds since 1970 UTC, by the hub's clock. */
export interface User {
  readonly name: string;
  readonly role: Role;
  readonly grants: readonly string[];
  readonly isDisabled: boolean;
  readonly hasPassword: boolean;
}

export interface Token {
  readonly name: string;
  readonly role: Role;
  readonly grants: readonly string[];
  readonly createdBy: string;
  readonly expiresAt: number;
  readonly lastUsedAt: number | null;
}

export interface PageSession {
  readonly id: string;
  readonly user: string;
  readonly address: string;
  readonly browser: string;
  readonly usedAt: number;
  readonly isThis: boolean;
}

/** An address, or a name from an address, that must wait after failed logins. */
export interface Ban {
  readonly address: string;
  readonly name: string | null;
  readonly failures: number;
  readonly until: number;
}

export interface Generation {
  readonly number: number;
  readonly at: number;
  readonly by: string;
  readonly isRunning: boolean;
}

export interface Certificate {
  readonly listener: string;
  readonly validTo: number;
}

export interface HubFacts {
  readonly uptimeSeconds: number;
  readonly isRecording: boolean;
  /** Why values are not recorded; `null` when they are. */
  readonly notRecordingBecause: string | null;
  readonly historyBytes: number | null;
  readonly historySince: number | null;
  readonly freeDiskBytes: number | null;
  readonly durability: string;
  readonly certificates: readonly Certificate[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Entries of the list under `key`, those that can be read; `null`: there is no such list. */
function listOf<T>(value: unknown, key: string, read: (entry: Fields) => T | null): T[] | null {
  const list = isRecord(value) ? value[key] : undefined;
  if (!Array.isArray(list)) return null;
  return list.flatMap((entry: unknown) => (isRecord(entry) ? (read(entry) ?? []) : []));
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
/** NaN, a time that is none, when it is something else. */
const moment = (value: unknown): number => (typeof value === "number" ? value : Number.NaN);
const timeOrNull = (value: unknown): number | null =>
  typeof value === "string" ? Date.parse(value) : null;
const numberOrNull = (value: unknown): number | null => (typeof value === "number" ? value : null);
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
const roleOf = (value: unknown): Role | null => ROLES.find((role) => role === value) ?? null;

export function parseUsers(value: unknown): readonly User[] | null {
  return listOf(value, "users", ({ name, role, grants, isDisabled, hasPassword }) => {
    const known = roleOf(role);
    if (typeof name !== "string" || known === null) return null;
    return {
      name,
      role: known,
      grants: texts(grants),
      isDisabled: isDisabled === true,
      hasPassword: hasPassword === true,
    };
  });
}

export function parseTokens(value: unknown): readonly Token[] | null {
  return listOf(value, "tokens", ({ name, role, grants, createdBy, expiresAt, lastUsedAt }) => {
    const known = roleOf(role);
    if (typeof name !== "string" || known === null) return null;
    return {
      name,
      role: known,
      grants: texts(grants),
      createdBy: text(createdBy),
      expiresAt: moment(expiresAt),
      lastUsedAt: numberOrNull(lastUsedAt),
    };
  });
}

export function parseSessions(value: unknown): readonly PageSession[] | null {
  return listOf(value, "sessions", ({ id, user, address, browser, usedAt, isThis }) =>
    typeof id === "string"
      ? {
          id,
          user: text(user),
          address: text(address),
          browser: text(browser),
          usedAt: moment(usedAt),
          isThis: isThis === true,
        }
      : null,
  );
}

export function parseBans(value: unknown): readonly Ban[] | null {
  return listOf(value, "bans", ({ address, name, failures, until }) =>
    typeof address === "string"
      ? {
          address,
          name: textOrNull(name),
          failures: numberOrNull(failures) ?? 0,
          until: moment(until),
        }
      : null,
  );
}

/** The newest first. */
export function parseGenerations(value: unknown): readonly Generation[] | null {
  const running = isRecord(value) ? value["running"] : null;
  const all = listOf(value, "generations", ({ number, at, by }) =>
    typeof number === "number"
      ? { number, at: moment(at), by: text(by), isRunning: number === running }
      : null,
  );
  return all?.toSorted((a, b) => b.number - a.number) ?? null;
}

export function parseHealth(value: unknown): HubFacts | null {
  if (!isRecord(value) || !isRecord(value["components"])) return null;
  const { mqtt, http, store, history } = value["components"];
  if (!isRecord(store) || !isRecord(history)) return null;
  return {
    uptimeSeconds: numberOrNull(value["uptimeSeconds"]) ?? 0,
    isRecording: history["recording"] === true,
    notRecordingBecause: textOrNull(history["because"]),
    historyBytes: numberOrNull(history["bytes"]),
    historySince: timeOrNull(history["oldest"]),
    freeDiskBytes: numberOrNull(store["freeDiskBytes"]),
    durability: text(store["durability"]),
    certificates: [...mqttCertificates(mqtt), ...httpCertificates(http)],
  };
}

function mqttCertificates(mqtt: unknown): readonly Certificate[] {
  return (
    listOf(mqtt, "certificates", ({ listener, validTo }) =>
      typeof listener === "string"
        ? { listener, validTo: moment(Date.parse(text(validTo))) }
        : null,
    ) ?? []
  );
}

function httpCertificates(http: unknown): readonly Certificate[] {
  const certificate = isRecord(http) ? http["certificate"] : null;
  if (!isRecord(certificate)) return [];
  return [{ listener: "https", validTo: moment(Date.parse(text(certificate["validTo"]))) }];
}

/** The hub's description of itself. */
export const VERSION_URL = "/api/v1/openapi.json";

/** @returns the version that the hub's own description says, or `null` */
export function parseVersion(value: unknown): string | null {
  const info = isRecord(value) ? value["info"] : null;
  return isRecord(info) ? textOrNull(info["version"]) : null;
}

/** Grants as they are typed: one on a line. */
export function grantsOf(typed: string): readonly string[] {
  return typed
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

const BYTES_A_STEP = 1024;
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** 1 536 bytes are 1.5 KiB. */
export function formatBytes(bytes: number): string {
  let [size, step] = [bytes, 0];
  while (size >= BYTES_A_STEP && step < UNITS.length - 1)
    [size, step] = [size / BYTES_A_STEP, step + 1];
  return `${step === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${UNITS[step]}`;
}
