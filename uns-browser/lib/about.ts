/** What the hub says of itself: versions, where it listens, what its history will take. */
import { isRecord } from "./hub-request.ts";
import { listOf, numberOf, numberOr0, textOf, type Json } from "./json-parts.ts";

export interface About {
  readonly node: string;
  readonly sqlite: string;
  readonly platform: string;
  readonly listeners: readonly HubListener[];
  /** `null`: nothing is to be recorded. */
  readonly history: HistoryNeed | null;
}

export interface HubListener {
  readonly kind: string;
  readonly address: string;
  readonly certificate: ShownCertificate | null;
}

/** Times are milliseconds since 1970 UTC. */
interface ShownCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly sha256: string;
  readonly validTo: number;
}

export interface HistoryNeed {
  /** `null`: for ever. */
  readonly keepMs: number | null;
  /** `null`: half of the disk. */
  readonly maxBytes: number | null;
  /** How many parts of the plant are kept otherwise. */
  readonly rules: number;
  readonly bytes: number;
  /** `null`: not known yet. */
  readonly bytesPerDay: number | null;
  /** When everything is there that it keeps; `null`: not known, or without end. */
  readonly neededBytes: number | null;
  readonly freeBytes: number | null;
}

export interface Licensed {
  readonly name: string;
  readonly version: string;
  /** "": its manifest names none. */
  readonly licence: string;
  /** Built into the page; else it runs in the hub. */
  readonly isInPage: boolean;
}

export function parseAbout(value: unknown): About | null {
  if (!isRecord(value) || !Array.isArray(value["listeners"])) return null;
  const { history } = value;
  return {
    node: textOf(value["node"]) ?? "",
    sqlite: textOf(value["sqlite"]) ?? "",
    platform: textOf(value["platform"]) ?? "",
    listeners: listOf(value["listeners"]).map(listenerIn),
    history: isRecord(history) ? historyIn(history) : null,
  };
}

function listenerIn({ kind, host, port, certificate }: Json): HubListener {
  const name = textOf(host) ?? "";
  return {
    kind: textOf(kind) ?? "",
    address: `${name.includes(":") ? `[${name}]` : name}:${numberOr0(port)}`,
    certificate: isRecord(certificate)
      ? {
          subject: textOf(certificate["subject"]) ?? "",
          issuer: textOf(certificate["issuer"]) ?? "",
          sha256: textOf(certificate["sha256"]) ?? "",
          validTo: numberOr0(certificate["validTo"]),
        }
      : null,
  };
}

function historyIn(json: Json): HistoryNeed {
  return {
    keepMs: numberOf(json["keepMs"]),
    maxBytes: numberOf(json["maxBytes"]),
    rules: listOf(json["rules"]).length,
    bytes: numberOr0(json["bytes"]),
    bytesPerDay: numberOf(json["bytesPerDay"]),
    neededBytes: numberOf(json["neededBytes"]),
    freeBytes: numberOf(json["freeBytes"]),
  };
}

/** Whether there is not enough room on the disk for what it is still to take. */
export function isTooMuch({ neededBytes, bytes, freeBytes }: HistoryNeed): boolean {
  return neededBytes !== null && freeBytes !== null && neededBytes - bytes > freeBytes;
}

export function parseLicences(value: unknown): readonly Licensed[] | null {
  if (!isRecord(value) || !Array.isArray(value["packages"])) return null;
  return listOf(value["packages"]).map(({ name, version, licence, isInPage }) => ({
    name: textOf(name) ?? "",
    version: textOf(version) ?? "",
    licence: textOf(licence) ?? "",
    isInPage: isInPage === true,
  }));
}
