/** What an OPC UA entry comes to, ready to run: defaults filled in, durations in ms, nodes parsed, tables read. */
import type { PublishRule, Secret } from "@unshub/adapter";
import type { BrowsePath } from "./config/browse-path.ts";
import type { ProfileName } from "./connect/profiles.ts";
import type { DataConfig, NodePlace, ValueHabits } from "./data-config.ts";
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

/** What a tag found by browsing is called. */
type BrowseNaming = "browsePath" | "displayPath" | "nodeId";

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
  readonly rule: PublishRule;
  readonly values: ValueHabits;
}

/** Each child of `root`, `level` steps down, is a device of its own. */
interface DevicesFrom {
  readonly root: BrowsePath;
  readonly level: number;
}

/** One server. */
export interface OpcUaConfig extends ConnectionConfig, DataConfig {
  /** The device of whatever names none itself. */
  readonly device: string;
  readonly devicesFrom?: DevicesFrom;
  readonly browse: readonly BrowseRule[];
  /** Whether units, ranges and descriptions of tags that have none are read from the server. */
  readonly describeTags: boolean;
  /** Left out: only when the server says that its nodes changed, or somebody asks. */
  readonly rebrowseMs?: number;
}
