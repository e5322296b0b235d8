/** What an OPC UA entry comes to, ready to run: defaults filled in, durations in ms, nodes parsed, tables read. */
import type { Secret } from "@unshub/adapter";
import type { BrowsePath } from "./config/browse-path.ts";
import type { ProfileName } from "./connect/profiles.ts";
import type { NodeAddress } from "./node-id.ts";

/** How messages are protected, by the names of the standard. */
export type SecurityMode = "None" | "Sign" | "SignAndEncrypt";

/** Which protection the entry asks for. `auto`: the best that the server offers, never none. */
export type SecurityChoice =
  | { readonly kind: "auto" }
  | { readonly kind: "none" }
  /** `policy`: the last part of its URI, e.g. `Basic256Sha256`. */
  | { readonly kind: "named"; readonly policy: string; readonly mode: SecurityMode };

/** As whom the hub opens its session. */
export type Identity =
  | { readonly kind: "anonymous" }
  | { readonly kind: "user"; readonly user: string; readonly password: Secret }
  /** Files in PEM (the certificate also in DER). */
  | { readonly kind: "certificate"; readonly certificate: string; readonly key: string };

/** What may be wrong with a server's certificate besides that nobody trusts it; each can be waived. */
export const WAIVABLE = [
  "applicationUri",
  "expired",
  "hostName",
  "keyUsage",
  "notYetValid",
  "weakKey",
] as const;
export type Waivable = (typeof WAIVABLE)[number];

/** Whose certificates are accepted. */
export interface TrustConfig {
  /** SHA-256 of certificates that are trusted without being asked, 64 hex digits in lower case. */
  readonly fingerprints: readonly string[];
  /** The first certificate of a server is trusted unseen. */
  readonly onFirstUse: boolean;
  readonly waive: readonly Waivable[];
}

/** Where the connection leads and how it is protected. */
export interface ConnectionConfig {
  /** `opc.tcp://host:port/path`; the first of `endpoints`. */
  readonly endpoint: string;
  /** One, or the members of a redundant set, the preferred one first. */
  readonly endpoints: readonly string[];
  /** `asConfigured`: as typed, whatever the server calls itself. `asServer`: as the server says. */
  readonly endpointUrl: "asConfigured" | "asServer";
  readonly security: SecurityChoice;
  readonly allowNone: boolean;
  readonly allowDeprecated: boolean;
  readonly allowPlainPassword: boolean;
  readonly identity: Identity;
  readonly trust: TrustConfig;
  /** After how long without a word the server forgets the session, in ms. */
  readonly sessionTimeoutMs: number;
  /** How long the preferred server of a set must be well before the hub goes back to it, in ms. */
  readonly handBackMs: number;
  /** The largest message taken, in bytes. */
  readonly maxMessageBytes: number;
  /** A profile by name; left out: as the server introduces itself. */
  readonly profile?: ProfileName;
}

/** How often the values of a group arrive. */
export interface GroupConfig {
  /** How often the server sends what it has, in ms. */
  readonly intervalMs: number;
  /** How often the server looks at a value, in ms. */
  readonly samplingMs: number;
  /** How many changes of one value the server keeps until it may send them. */
  readonly queue: number;
  /** `poll`: read at the interval, for servers without subscriptions. */
  readonly mode: "subscribe" | "poll";
  /** Who leaves out small changes. `auto`: the server where it can. */
  readonly deadbandIn: "auto" | "server" | "local";
  /** Whether polled nodes are registered with the server. */
  readonly registeredNodes: boolean;
}

/** When a value is worth publishing. */
export interface TagRule {
  readonly publish: "onChange" | "always" | "onChangeOrInterval";
  readonly deadband?: number;
  readonly deadbandPercent?: number;
  readonly of?: "range" | "value";
  readonly euRange?: readonly [low: number, high: number];
  readonly minIntervalMs?: number;
  readonly maxIntervalMs?: number;
}

/** How a write is checked. */
export interface WriteHabits {
  /** Smallest and largest number a command may give, both inclusive. */
  readonly range?: readonly [min: number, max: number];
  /** Whether 1.7 may become 2 for a whole number. */
  readonly round: boolean;
  /** How long after a write the node is read, and how long until it must show the value, in ms. */
  readonly verify: "readBack" | "none";
  readonly verifyAfterMs: number;
  readonly verifyTimeoutMs: number;
  /** Whether a write without an answer may be sent again. */
  readonly idempotent: boolean;
  /** Tags of the same name are written in one call. */
  readonly writeGroup?: string;
}

/** How values that have no plain form are shown. */
export interface ValueHabits {
  readonly enum: "number" | "text";
  readonly structures: "folder" | "template" | "json";
  readonly allowNan: boolean;
  readonly onBad: "null" | "keepLast";
  /** ByteStrings and texts longer than this are BAD. */
  readonly maxBytes: number;
}

/** Where a node is: by id, or by the names on the way from the root. */
export type NodePlace = NodeAddress | BrowsePath;

/** One metric and the node behind it. Its datatype comes from the server. */
export interface TagConfig {
  readonly name: string;
  /** The Sparkplug device that has it. */
  readonly device: string;
  readonly node: NodePlace;
  readonly group: string;
  /** `r` reads, `rw` reads and writes, `w` only writes. */
  readonly access: "r" | "rw" | "w";
  /** Left out: those of the group. */
  readonly samplingMs?: number;
  readonly queue?: number;
  readonly rule: TagRule;
  readonly write: WriteHabits;
  readonly values: ValueHabits;
  readonly unit?: string;
  readonly description?: string;
  /** A part of an array, e.g. `3` or `0:7`. */
  readonly indexRange?: string;
  /** What the server calls it, where that cannot be the name of a metric. */
  readonly originalName?: string;
  /** What the server calls its values. */
  readonly enumTexts?: ReadonlyMap<number, string>;
}

/** What a tag found by browsing is called. */
export type BrowseNaming = "browsePath" | "displayPath" | "nodeId";

/** Tags that are looked for on the server. */
export interface BrowseRule {
  readonly root: NodePlace;
  /** Globs over the path below the root; a node must match one of `include` and none of `exclude`. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly depth: number;
  readonly maxNodes: number;
  readonly naming: BrowseNaming;
  /** A text with `{path}` in it. */
  readonly template: string;
  /** Whether properties become tags too. */
  readonly properties: boolean;
  /** The kind of references followed: `hierarchical` and its subtypes, or the node id of a type. */
  readonly refs: "hierarchical" | NodeAddress;
  readonly group: string;
  /** `asServer`: writable where the server lets us write. */
  readonly access: "asServer" | "r";
  readonly device: string;
  readonly rule: TagRule;
  readonly values: ValueHabits;
}

/** Each child of `root`, `level` steps down, is a device of its own. */
export interface DevicesFrom {
  readonly root: BrowsePath;
  readonly level: number;
}

/** Events and alarms to be told. */
export interface EventConfig {
  /** `undefined`: the Server object. */
  readonly notifier: NodePlace | undefined;
  /** 1 to 1000. */
  readonly minSeverity: number;
  /** Names of event types; empty: all. */
  readonly types: readonly NodeAddress[];
  /** Globs over SourceName; empty: all. */
  readonly sources: readonly string[];
  /** Whether Acknowledge and Confirm may be sent. */
  readonly acknowledge: boolean;
  readonly device: string;
}

/** A method that may be called by a command. */
export interface MethodConfig {
  readonly name: string;
  readonly object: NodePlace;
  readonly method: NodePlace;
  readonly device: string;
  readonly timeoutMs: number;
}

/** One server. */
export interface OpcUaConfig extends ConnectionConfig {
  /** The device of whatever names none itself. */
  readonly device: string;
  readonly devicesFrom?: DevicesFrom;
  /** No command is carried out, whatever a tag's `access` says. */
  readonly readOnly: boolean;
  readonly maxCommandAgeMs: number;
  /** How long the link may be down before the device counts as dead, in ms. */
  readonly offlineGraceMs: number;
  readonly timestamp: "source" | "server" | "received";
  readonly maxSourceSkewMs: number;
  /** Values older than this when they arrive are told as history, in ms. */
  readonly historicalAfterMs: number;
  readonly historyBackfill: boolean;
  readonly maxBackfill: number;
  readonly uncertainAs: "stale" | "good" | "bad";
  readonly groups: ReadonlyMap<string, GroupConfig>;
  readonly tags: readonly TagConfig[];
  readonly browse: readonly BrowseRule[];
  /** Whether units, ranges and descriptions of tags that have none are read from the server. */
  readonly describeTags: boolean;
  /** Left out: only when the server says that its nodes changed, or somebody asks. */
  readonly rebrowseMs?: number;
  /** At most one birth with new tags in this time, in ms. */
  readonly rebirthHoldoffMs: number;
  readonly events: readonly EventConfig[];
  readonly methods: readonly MethodConfig[];
}
