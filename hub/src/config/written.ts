/** Parts of a configuration file as they were written, for the tools of adapters and for what is found out later. */
import { dirname, resolve } from "node:path";
import { ConfigError, type ConfigProblem } from "@unshub/adapter";
import { LineCounter, parseDocument } from "yaml";
import {
  adapterEntries,
  ConfigFileError,
  located,
  readConfigFile,
  splitEntry,
  type LocatedProblem,
} from "./load.ts";
import { DEFAULT_DATA_DIR } from "./schema.ts";
import { writtenAs } from "./edited-value.ts";

/** Which entry of `adapters:` is meant. */
export interface EntryChoice {
  readonly protocol: string;
  /** Needed only when there are several of the protocol. */
  readonly name?: string | undefined;
}

/**
 * The adapter's part of an entry, as written: nothing is checked, no secret is filled in.
 * @throws {ConfigError} when the file cannot be read, or no entry or several fit.
 */
export function readWrittenEntry(file: string, choice: EntryChoice): unknown {
  return chosen(file, contentOf(file), choice).rest;
}

/**
 * The name of an entry and the data directory of the hub, as written.
 * @throws {ConfigError} when the file cannot be read, or no entry or several fit.
 */
export function readWrittenHome(
  file: string,
  choice: EntryChoice,
): { readonly name: string; readonly dataDir: string } {
  const content = contentOf(file);
  const { name } = chosen(file, content, choice);
  return { name, dataDir: resolve(dirname(file), writtenDataDir(content) ?? DEFAULT_DATA_DIR) };
}

/** The data directory of the hub, as written. @throws {ConfigError} when the file cannot be read. */
export function readWrittenDataDir(file: string): string {
  return resolve(dirname(file), writtenDataDir(contentOf(file)) ?? DEFAULT_DATA_DIR);
}

function writtenDataDir(content: unknown): string | undefined {
  if (typeof content !== "object" || content === null || !("hub" in content)) return undefined;
  const { hub } = content;
  if (typeof hub !== "object" || hub === null || !("dataDir" in hub)) return undefined;
  return typeof hub.dataDir === "string" ? hub.dataDir : undefined;
}

interface ChosenEntry {
  readonly name: string;
  readonly rest: object;
}

function chosen(file: string, content: unknown, { protocol, name }: EntryChoice): ChosenEntry {
  const ofProtocol = adapterEntries(content).flatMap((entry) => {
    if (typeof entry !== "object" || entry === null) return [];
    const split = splitEntry(entry);
    const entryName = "name" in entry ? String(entry.name) : "";
    return split.protocol === protocol ? [{ name: entryName, rest: split.rest }] : [];
  });
  const names = ofProtocol.map((entry) => entry.name).join(", ");
  const fitting = ofProtocol.filter((entry) => name === undefined || entry.name === name);
  const [only, ...more] = fitting;
  if (only === undefined) {
    const what = name === undefined ? `${protocol} adapter` : `${protocol} adapter "${name}"`;
    throw wrong(`${file} has no ${what}; there are: ${names || "none"}`);
  }
  if (more.length > 0) {
    throw wrong(`${file} has several ${protocol} adapters; choose one with --adapter: ${names}`);
  }
  return only;
}

/** An entry of `adapters:` in a text, all of it as written; `undefined`: there is none of this name, or it cannot be read. */
export function writtenEntry(
  text: string,
  name: string,
): Readonly<Record<string, unknown>> | undefined {
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  const entry = adapterEntries(document.toJS()).find(
    (one) => typeof one === "object" && one !== null && "name" in one && one.name === name,
  );
  return typeof entry === "object" && entry !== null ? { ...entry } : undefined;
}

/** The entries of `adapters:` in a text, as written; none where it cannot be read. */
export function writtenEntries(
  text: string,
): readonly { readonly name: string; readonly protocol: string; readonly input: object }[] {
  const document = parseDocument(text);
  if (document.errors.length > 0) return [];
  return adapterEntries(document.toJS()).flatMap((entry) => {
    if (typeof entry !== "object" || entry === null || !("name" in entry)) return [];
    const { protocol, rest } = splitEntry(entry);
    return typeof protocol === "string"
      ? [{ name: String(entry.name), protocol, input: rest }]
      : [];
  });
}

/** The places of `problems` in a file that was read without any. */
export function locateProblems(
  file: string,
  problems: readonly ConfigProblem[],
): readonly LocatedProblem[] {
  const lines = new LineCounter();
  return located(parseDocument(readConfigFile(file), { lineCounter: lines }), lines, problems);
}

/** One value that shall stand in a file. */
export interface WrittenChange {
  readonly path: readonly (string | number)[];
  readonly value: string | number;
}

/** The text of a file with other values, its comments kept. */
export function withChanges(file: string, changes: readonly WrittenChange[]): string {
  const text = readConfigFile(file);
  const document = parseDocument(text);
  for (const { path, value } of changes) document.setIn(path, value);
  return writtenAs(document.toString({ lineWidth: 0 }), text);
}

function contentOf(file: string): unknown {
  try {
    const document = parseDocument(readConfigFile(file), { prettyErrors: false });
    const [broken] = document.errors;
    if (broken !== undefined) throw wrong(`${file}: ${broken.message}`);
    return document.toJS();
  } catch (cause) {
    if (cause instanceof ConfigFileError) throw wrong(cause.message);
    if (cause instanceof ReferenceError) throw wrong(`${file}: ${cause.message}`); // what yaml throws for aliases
    throw cause;
  }
}

function wrong(message: string): ConfigError {
  return new ConfigError([{ path: [], message }]);
}
