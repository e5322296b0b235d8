/** Reads a command's arguments; a mistake becomes a sentence, exit code 2. */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { messageOf } from "../caught.ts";

/** The caller's mistake: printed as it is, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Something that did not work: printed as it is, exit code 1. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  /** Of the answer of a hub that refused. */
  readonly status: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options);
    this.status = options.status;
  }
}

/** @throws {UsageError} for options that the command does not have. */
export function readArguments<Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}

/** Everything a command may touch of the outside, so that tests can hand in their own. */
export interface Console {
  /** A line on stdout. */
  print(line: string): void;
  /** A line on stderr. */
  complain(line: string): void;
  /** Tells on a terminal how far long work has come; each call replaces the one before, an empty one ends it. */
  readonly progress?: (text: string) => void;
  /** Whether `print` shows colours: a terminal, and nobody said NO_COLOR. */
  readonly isColoured?: boolean;
  /** Ends what the command waits for: Ctrl-C, SIGTERM. */
  readonly stop: AbortSignal;
  /** Lines that somebody types or pipes in, until `stop` or their end. */
  readonly lines?: () => AsyncIterable<string>;
  /** Calls `run` whenever somebody asks to read files again: SIGHUP. */
  readonly onReload?: (run: () => void) => void;
}

/** Exit codes: done, failed, the caller's mistake. */
export type ExitCode = 0 | 1 | 2;

export const DEFAULT_HTTP_URL = "http://127.0.0.1:8080";
export const DEFAULT_MQTT_URL = "mqtt://127.0.0.1:1883";

/** Options of commands that ask a hub. */
export const URL_OPTION = { url: { type: "string", default: DEFAULT_HTTP_URL } } as const;
export const ASKING_OPTIONS = { ...URL_OPTION, json: { type: "boolean", default: false } } as const;
const NONE: string[] = [];
/** What somebody who is let in may do. */
export const GRANT_OPTIONS = {
  role: { type: "string", default: "viewer" },
  grant: { type: "string", multiple: true, default: NONE },
} as const;

/** The one edge node that a command names, and its part of an address. @throws {UsageError} */
export function oneNode(
  positionals: readonly string[],
  usage: string,
): { readonly node: string; readonly path: string } {
  const [node = "", ...more] = positionals;
  const ids = node.split("/").map(encodeURIComponent);
  if (ids.length !== 2 || ids.includes("") || more.length > 0)
    throw new UsageError(`one edge node, please: GROUP/NODE\n${usage}`);
  return { node, path: ids.join("/") };
}
