/**
 * Reads `unshub.yaml`: all problems at once, each with file, line, column and path. Opens nothing but the file.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  ConfigError,
  describeProblem,
  parseWith,
  type ConfigPlace,
  type ConfigProblem,
} from "@unshub/adapter";
import { LineCounter, parseDocument, visit, type Document } from "yaml";
import type { z } from "zod";
import { crossCheck } from "./cross-check.ts";
import { toHistoryConfig } from "./history-schema.ts";
import { toMqttConfig } from "./mqtt-schema.ts";
import { placeAt, placeOf, type Place } from "./place.ts";
import { toIdentityConfig } from "./identity-schema.ts";
import { hubSchema, type AdapterEntry, type HubConfig } from "./schema.ts";

/** Checks one adapter's part; files that it names are seen from `place`. @throws {ConfigError} with every problem. */
export type CheckAdapter = (
  protocol: string,
  input: unknown,
  place: ConfigPlace,
) => Promise<unknown>;

/** A configuration that cannot be used. The message has one line per problem, ready to print. */
export class ConfigFileError extends Error {
  override readonly name = "ConfigFileError";
  readonly problems: readonly LocatedProblem[];

  constructor(file: string, problems: readonly LocatedProblem[]) {
    const lines = problems.map(
      (problem) => `${file}:${problem.line}:${problem.column}  ${problem.message}`,
    );
    super(lines.join("\n"));
    this.problems = problems;
  }
}

export interface LocatedProblem extends Place {
  /** With the path in front: `adapters[0].link.port: …`. */
  readonly message: string;
  /** Left out where the file could not be read that far. */
  readonly path?: ConfigProblem["path"];
}

/**
 * The configuration in `file`; a relative `dataDir` is seen from the file's folder.
 * @throws {ConfigFileError} with every problem.
 */
export async function loadConfig(file: string, checkAdapter: CheckAdapter): Promise<HubConfig> {
  return parseConfig(readConfigFile(file), { file, checkAdapter });
}

/** As `loadConfig`, of a text. */
export async function parseConfig(
  text: string,
  { file, checkAdapter }: { readonly file: string; readonly checkAdapter: CheckAdapter },
): Promise<HubConfig> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      ...placeAt(lines, error.pos[0]),
      message: error.message,
    }));
    throw new ConfigFileError(file, problems);
  }
  const input = contentsOf(document, { file, lines });
  const place = { folder: dirname(resolve(file)) };
  const { parsed, problems } = parseHub(input);
  const found = [
    ...problems,
    ...(await adapterProblems(input, (protocol, entry) => checkAdapter(protocol, entry, place))),
    ...crossCheck(input),
  ];
  if (parsed === undefined || found.length > 0)
    throw new ConfigFileError(file, located(document, lines, found));
  return toHubConfig(parsed, place.folder);
}

/** What the file says. @throws {ConfigFileError} for aliases that name nothing, or that multiply without end. */
function contentsOf(
  document: Document,
  { file, lines }: { readonly file: string; readonly lines: LineCounter },
): unknown {
  try {
    return document.toJS() ?? {};
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause; // what yaml throws for aliases
    const place = placeAt(lines, firstBrokenAlias(document) ?? 0);
    throw new ConfigFileError(file, [{ ...place, message: cause.message }]);
  }
}

function firstBrokenAlias(document: Document): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) === undefined) offset ??= alias.range?.[0];
    },
  });
  return offset;
}

/** What the schema makes of a file. */
type ParsedHub = z.output<typeof hubSchema>;

function parseHub(input: unknown): {
  readonly parsed: ParsedHub | undefined;
  readonly problems: readonly ConfigProblem[];
} {
  try {
    return { parsed: parseWith(hubSchema, input), problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { parsed: undefined, problems: error.problems };
  }
}

/** @throws {ConfigFileError} when it cannot be read. */
export function readConfigFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    const why = code === "ENOENT" ? "there is no such file" : `it cannot be read (${String(code)})`;
    const message = `${why}; name another with -c FILE, or start the demo plant with --demo`;
    throw new ConfigFileError(file, [{ line: 1, column: 1, message }]);
  }
}

/** Each adapter sees its entry even when other parts of the file are wrong, so that all problems show at once. */
async function adapterProblems(
  input: unknown,
  check: (protocol: string, input: unknown) => Promise<unknown>,
): Promise<readonly ConfigProblem[]> {
  const found: ConfigProblem[] = [];
  for (const [index, entry] of adapterEntries(input).entries()) {
    if (typeof entry !== "object" || entry === null) continue; // the schema has said so
    const { protocol, rest } = splitEntry(entry);
    if (typeof protocol !== "string") continue; // the schema has said so
    try {
      await check(protocol, rest);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const { path, message } of error.problems) {
        found.push({ path: ["adapters", index, ...path], message });
      }
    }
  }
  return found;
}

/** The entries under `adapters:`, whatever they are. */
export function adapterEntries(input: unknown): readonly unknown[] {
  if (typeof input !== "object" || input === null || !("adapters" in input)) return [];
  return Array.isArray(input.adapters) ? input.adapters : [];
}

/** The keys that are the hub's, and those that are the adapter's. */
export function splitEntry(entry: object): { readonly protocol: unknown; readonly rest: object } {
  const {
    protocol,
    name: _name,
    group: _group,
    edgeNode: _edgeNode,
    memoryLimit: _memoryLimit,
    enabled: _enabled,
    stopped: _stopped,
    ...rest
  } = {
    protocol: undefined,
    name: undefined,
    group: undefined,
    edgeNode: undefined,
    memoryLimit: undefined,
    enabled: undefined,
    stopped: undefined,
    ...entry,
  };
  return { protocol, rest };
}

/** With line and column, in the order of the file. */
export function located(
  document: Document,
  lines: LineCounter,
  problems: readonly ConfigProblem[],
): readonly LocatedProblem[] {
  return problems
    .map((problem) => ({
      ...placeOf(document, lines, problem.path),
      message: describeProblem(problem),
      path: problem.path,
    }))
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function toHubConfig(parsed: ParsedHub, folder: string): HubConfig {
  const { hub, identity, namespace, uns, commands, mcp, metrics, i3x, sinks } = parsed;
  return {
    hub: { id: hub.id, dataDir: resolve(folder, hub.dataDir) },
    listeners: toListeners(parsed, folder),
    mqtt: toMqttConfig(parsed.mqtt),
    identity: toIdentityConfig(identity, folder),
    namespace,
    replay: parsed.replay,
    blackBox: parsed.blackBox,
    history: toHistoryConfig(
      parsed.history,
      sinks.some(({ type }) => type !== "sparkplug"),
    ),
    uns,
    commands,
    mcp,
    metrics,
    i3x,
    sinks,
    adapters: parsed.adapters.map((entry): AdapterEntry => ({
      name: entry.name,
      protocol: entry.protocol,
      groupId: entry.group,
      edgeNodeId: entry.edgeNode,
      memoryLimitBytes: entry.memoryLimit,
      folder,
      input: splitEntry(entry).rest,
      stopped: toStopped(entry),
    })),
  };
}

/** `undefined`: it runs. What stands beside `enabled: true` of an earlier stop says nothing. */
function toStopped({ enabled, stopped }: ParsedHub["adapters"][number]): AdapterEntry["stopped"] {
  if (enabled) return undefined;
  const at = stopped === undefined ? undefined : Date.parse(stopped.at);
  return { by: stopped?.by, at, because: stopped?.because };
}

function toListeners(
  { listeners, cors }: Pick<ParsedHub, "listeners" | "cors">,
  folder: string,
): HubConfig["listeners"] {
  const { mqtt, mqtts, ws, wss, psk, http, metrics, opcua } = listeners;
  return {
    mqtt,
    ws,
    psk,
    http: http && {
      host: http.host,
      port: http.port,
      names: http.names,
      origins: cors.origins,
      tls: toHttpTls(http, folder),
    },
    metrics,
    opcua,
    mqtts: mqtts && {
      host: mqtts.host,
      port: mqtts.port,
      tls: toTlsFiles(mqtts, folder),
    },
    wss: wss && {
      host: wss.host,
      port: wss.port,
      origins: wss.origins,
      tls: toTlsFiles(wss, folder),
    },
  };
}

type TlsFiles = Pick<
  NonNullable<ParsedHub["listeners"]["mqtts"]>,
  "cert" | "key" | "clientCa" | "clientCertificates"
>;

/** As they stand in the file, relative ones seen from its folder. */
function toTlsFiles(
  files: TlsFiles,
  folder: string,
): NonNullable<HubConfig["listeners"]["mqtts"]>["tls"] {
  const { cert, key, clientCa, clientCertificates } = files;
  return {
    cert: resolve(folder, cert),
    key: resolve(folder, key),
    ...(clientCa !== undefined && { clientCa: resolve(folder, clientCa) }),
    clientCertificates,
  };
}

/** `undefined` where none is configured; the schema saw to it that both files are named, or none. */
function toHttpTls(
  { cert, key, ...clients }: NonNullable<ParsedHub["listeners"]["http"]>,
  folder: string,
): NonNullable<HubConfig["listeners"]["http"]>["tls"] {
  if (cert === undefined || key === undefined) return undefined;
  return toTlsFiles({ cert, key, ...clients }, folder);
}
