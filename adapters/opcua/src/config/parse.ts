/** One OPC UA entry of the configuration: reads, checks all of it, and says all problems at once. Opens no connection. */
import { isAbsolute, join } from "node:path";
import { ConfigError, tryParse, type ConfigPlace } from "@unshub/adapter";
import type { ConnectionConfig, Identity, OpcUaConfig } from "../config.ts";
import type { TagConfig } from "../data-config.ts";
import { entrySchema, type EntryInput } from "./entry-schema.ts";
import { parseTags } from "./parse-tags.ts";
import { isRecord } from "./parts.ts";
import { problemsBetween } from "./rules.ts";
import { gatherTags } from "./tag-sources.ts";
import { toBrowseRule } from "./to-tag.ts";

/**
 * The entry as the adapter runs it; `name`, `protocol`, `group` and `edgeNode` are no longer in it. Files that it names
 * are seen from `place.folder`.
 * @throws {ConfigError} with every problem.
 */
export function parseConfig(
  input: unknown,
  place: ConfigPlace = { folder: process.cwd() },
): OpcUaConfig {
  const entry = tryParse(entrySchema, input);
  const written = isRecord(input) ? input : {};
  const gathered = gatherTags(written, place);
  const groups = isRecord(written["groups"]) ? Object.keys(written["groups"]) : undefined;
  const device = entry.value === undefined ? "" : deviceOf(entry.value);
  const tags = parseTags(gathered.tags, { device, groups });
  const problems = [
    ...entry.problems,
    ...(isRecord(input) ? problemsBetween(written) : []),
    ...gathered.problems,
    ...tags.problems,
  ];
  if (entry.value === undefined || problems.length > 0) throw new ConfigError(problems);
  return toConfig(entry.value, { device, tags: tags.tags, place });
}

function toConfig(
  entry: EntryInput,
  found: {
    readonly device: string;
    readonly tags: readonly TagConfig[];
    readonly place: ConfigPlace;
  },
): OpcUaConfig {
  const { device, tags, place } = found;
  const { devicesFrom, rebrowse } = entry;
  return {
    ...toConnection(entry, place),
    device,
    ...(devicesFrom === undefined
      ? {}
      : { devicesFrom: { root: devicesFrom.path, level: devicesFrom.level } }),
    readOnly: entry.readOnly,
    maxCommandAgeMs: entry.maxCommandAge,
    offlineGraceMs: entry.offlineGrace,
    timestamp: entry.timestamp,
    maxSourceSkewMs: entry.maxSourceSkew,
    historicalAfterMs: entry.historicalAfter,
    historyBackfill: entry.historyBackfill,
    maxBackfill: entry.maxBackfill,
    uncertainAs: entry.uncertainAs,
    groups: new Map(Object.entries(entry.groups)),
    tags,
    browse: entry.browse.map((rule) => toBrowseRule(rule, device)),
    describeTags: entry.describeTags,
    ...(rebrowse === undefined ? {} : { rebrowseMs: rebrowse }),
    rebirthHoldoffMs: entry.rebirthHoldoff,
    events: entry.events.map(({ notifier, ...event }) => ({
      ...event,
      notifier: notifier === "server" ? undefined : notifier,
      device: event.device ?? device,
    })),
    methods: entry.methods.map(({ timeout, ...method }) => ({
      ...method,
      device: method.device ?? device,
      timeoutMs: timeout,
    })),
  };
}

function toConnection(entry: EntryInput, place: ConfigPlace): ConnectionConfig {
  const endpoints = entry.endpoints ?? (entry.endpoint === undefined ? [] : [entry.endpoint]);
  return {
    endpoint: endpoints[0] ?? "",
    endpoints,
    endpointUrl: entry.endpointUrl,
    security: entry.security,
    allowNone: entry.allowNone,
    allowDeprecated: entry.allowDeprecated,
    allowPlainPassword: entry.allowPlainPassword,
    identity: placed(entry.identity, place),
    trust: { fingerprints: entry.trust, onFirstUse: entry.trustOnFirstUse, waive: entry.waive },
    sessionTimeoutMs: entry.sessionTimeout,
    handBackMs: entry.handBack,
    maxMessageBytes: entry.maxMessageSize,
    ...(entry.profile === undefined ? {} : { profile: entry.profile }),
  };
}

/** The files of an identity, seen from the configuration. */
function placed(identity: Identity, { folder }: ConfigPlace): Identity {
  if (identity.kind !== "certificate") return identity;
  const at = (file: string): string => (isAbsolute(file) ? file : join(folder, file));
  return { kind: "certificate", certificate: at(identity.certificate), key: at(identity.key) };
}

/** Without `device`, what lies outside `devicesFrom` belongs to a device that is named like its root. */
function deviceOf({ device, devicesFrom }: EntryInput): string {
  return device ?? devicesFrom?.path.path.at(-1)?.name ?? "";
}
