/** What an adapter asks of its devices, as the hub works it out: requests, how often, how busy a line is. */
import { listOf, numberOf, textOf } from "./json-parts.ts";
import { isRecord } from "./hub-request.ts";
import { textsOf } from "./tags.ts";

export interface WorkRequest {
  /** In the words of the protocol. */
  readonly what: string;
  readonly group: string;
  /** `null`: on demand only. */
  readonly intervalMs: number | null;
  readonly tags: number;
  readonly bytes: number | null;
  /** Of these, what no tag asked for. */
  readonly unusedBytes: number | null;
  readonly wireMs: number | null;
}

interface WorkLink {
  readonly name: string;
  readonly requestsPerSecond: number;
  /** 0 to 1 and above; `null`: nobody knows, or there is no line. */
  readonly busLoad: number | null;
  readonly devices: readonly {
    readonly device: string;
    readonly tags: number;
    readonly requests: readonly WorkRequest[];
  }[];
}

export interface Work {
  readonly links: readonly WorkLink[];
  /** In the hub's words. */
  readonly warnings: readonly string[];
  readonly problems: readonly string[];
}

export function parseWork(value: unknown): Work | null {
  if (!isRecord(value) || !Array.isArray(value["links"])) return null;
  return {
    links: listOf(value["links"]).map((link) => ({
      name: textOf(link["name"]) ?? "",
      requestsPerSecond: numberOf(link["requestsPerSecond"]) ?? 0,
      busLoad: numberOf(link["busLoad"]),
      devices: listOf(link["devices"]).map((device) => ({
        device: textOf(device["deviceId"]) ?? "",
        tags: numberOf(device["tags"]) ?? 0,
        requests: listOf(device["requests"]).map(requestIn),
      })),
    })),
    warnings: textsOf(value["warnings"]),
    problems: textsOf(value["problems"]),
  };
}

function requestIn(json: Readonly<Record<string, unknown>>): WorkRequest {
  return {
    what: textOf(json["what"]) ?? "",
    group: textOf(json["group"]) ?? "",
    intervalMs: numberOf(json["intervalMs"]),
    tags: numberOf(json["tags"]) ?? 0,
    bytes: numberOf(json["bytes"]),
    unusedBytes: numberOf(json["unusedBytes"]),
    wireMs: numberOf(json["wireMs"]),
  };
}

/** A figure of the work before and after; they are the same when nothing changes. */
export interface WorkFigure {
  readonly key: "tags" | "requests" | "perSecond" | "busLoad";
  /** `null`: there is none. */
  readonly before: number | null;
  readonly after: number | null;
}

/** Of a whole adapter. */
export function workFigures(before: Work | null, after: Work | null): readonly WorkFigure[] {
  const keys = ["tags", "requests", "perSecond", "busLoad"] as const;
  return keys
    .map((key) => ({ key, before: figureOf(key, before), after: figureOf(key, after) }))
    .filter((figure) => figure.before !== null || figure.after !== null);
}

function figureOf(key: WorkFigure["key"], work: Work | null): number | null {
  if (work === null) return null;
  const { links } = work;
  const devices = links.flatMap((link) => link.devices);
  switch (key) {
    case "tags":
      return sum(devices.map(({ tags }) => tags));
    case "requests":
      return sum(devices.map(({ requests }) => requests.length));
    case "perSecond":
      return sum(links.map(({ requestsPerSecond }) => requestsPerSecond));
    case "busLoad": {
      const loads = links.flatMap(({ busLoad }) => busLoad ?? []);
      return loads.length === 0 ? null : Math.max(...loads);
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
