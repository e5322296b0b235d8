/** What a server says of itself after the session is open: who it is, what it can take, which namespaces it has. */
import type { ClientSession, DataValue } from "node-opcua-client";
import type { ConnectionConfig } from "../config.ts";
import { profileNamed, profileOf, type Profile } from "./profiles.ts";

/** How much one call may ask for. 0: the server sets no limit. */
export interface OperationLimits {
  readonly read: number;
  readonly write: number;
  readonly browse: number;
  readonly monitoredItems: number;
  readonly translate: number;
  readonly call: number;
  readonly registerNodes: number;
  readonly historyRead: number;
  /** Elements of an array; characters of a text. */
  readonly arrayLength: number;
  readonly stringLength: number;
  readonly continuationPoints: number;
}

/** One server at one connection. */
export interface ServerFacts {
  readonly manufacturer: string;
  readonly product: string;
  readonly productUri: string;
  readonly softwareVersion: string;
  /** Milliseconds since 1970 UTC; `undefined` when it does not say. */
  readonly startTime: number | undefined;
  /** 0 to 255; `undefined` when it does not say. */
  readonly serviceLevel: number | undefined;
  /** The fastest it looks at a value, in ms; 0: it does not say. */
  readonly minSamplingMs: number;
  /** By index. */
  readonly namespaces: readonly string[];
  /** As they were at the first connection: what an index in the configuration means. */
  readonly namespacesAtFirst: readonly string[];
  readonly limits: OperationLimits;
  readonly profile: Profile;
}

/** Node ids of the standard namespace. */
const NODES = {
  namespaces: "i=2255",
  startTime: "i=2257",
  product: "i=2261",
  productUri: "i=2262",
  manufacturer: "i=2263",
  softwareVersion: "i=2264",
  serviceLevel: "i=2267",
  minSamplingMs: "i=2272",
  continuationPoints: "i=2735",
  arrayLength: "i=11702",
  stringLength: "i=11703",
  read: "i=11705",
  write: "i=11707",
  call: "i=11709",
  browse: "i=11710",
  registerNodes: "i=11711",
  translate: "i=11712",
  monitoredItems: "i=11714",
  historyRead: "i=12165",
} as const;
type Fact = keyof typeof NODES;
const FACTS = Object.keys(NODES).filter((name): name is Fact => name in NODES);

const VALUE_ATTRIBUTE = 13;
/** Small enough for every server, whose limits are not known yet. */
const READS_PER_CALL = 10;

/** Reads it; what a server does not tell is as if it set no limit. Rejects when the session is gone. */
export async function readServerFacts(
  session: ClientSession,
  { profile }: ConnectionConfig,
  namespacesAtFirst?: readonly string[],
): Promise<ServerFacts> {
  const said = new Map<Fact, unknown>();
  for (let start = 0; start < FACTS.length; start += READS_PER_CALL) {
    const names = FACTS.slice(start, start + READS_PER_CALL);
    const answers: readonly DataValue[] = await session.read(
      names.map((name) => ({ nodeId: NODES[name], attributeId: VALUE_ATTRIBUTE })),
    );
    for (const [index, name] of names.entries()) said.set(name, answers[index]?.value.value);
  }
  const namespaces = texts(said.get("namespaces"));
  const identity = {
    manufacturer: text(said.get("manufacturer")),
    product: text(said.get("product")),
    productUri: text(said.get("productUri")),
  };
  return {
    ...identity,
    softwareVersion: text(said.get("softwareVersion")),
    startTime: time(said.get("startTime")),
    serviceLevel: level(said.get("serviceLevel")),
    minSamplingMs: count(said.get("minSamplingMs")),
    namespaces,
    namespacesAtFirst: namespacesAtFirst ?? namespaces,
    limits: limitsIn(said),
    profile: profile === undefined ? profileOf(identity) : profileNamed(profile),
  };
}

/** How many of one kind one call may ask for at most: what the server takes, capped by what is known of its kind. */
export function callLimit({ limits, profile }: ServerFacts, kind: keyof OperationLimits): number {
  const reported = limits[kind] === 0 ? UNLIMITED : limits[kind];
  // A profile that grows names a first size only.
  const known = profile.grows ? UNLIMITED : (profile.itemsPerCall ?? UNLIMITED);
  return Math.max(1, Math.min(reported, known));
}

/** How many to ask for without having tried. */
export function callSize(server: ServerFacts, kind: keyof OperationLimits): number {
  return Math.min(callLimit(server, kind), server.profile.itemsPerCall ?? UNLIMITED);
}

/** A call without any limit would make one message of everything. */
const UNLIMITED = 1_000;

function limitsIn(said: ReadonlyMap<Fact, unknown>): OperationLimits {
  return {
    read: count(said.get("read")),
    write: count(said.get("write")),
    browse: count(said.get("browse")),
    monitoredItems: count(said.get("monitoredItems")),
    translate: count(said.get("translate")),
    call: count(said.get("call")),
    registerNodes: count(said.get("registerNodes")),
    historyRead: count(said.get("historyRead")),
    arrayLength: count(said.get("arrayLength")),
    stringLength: count(said.get("stringLength")),
    continuationPoints: count(said.get("continuationPoints")),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

function count(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 0;
}

function level(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function time(value: unknown): number | undefined {
  return value instanceof Date && value.getTime() > 0 ? value.getTime() : undefined;
}
