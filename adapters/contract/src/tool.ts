/** Tools that an adapter brings for the engineer: `unshub <protocol> <tool> …`. */

/** What a tool has of the world. */
export interface ToolContext {
  /** One line on stdout. */
  print(line: string): void;
  /** One line on stderr. */
  complain(line: string): void;
  /** Aborted by Ctrl-C: close what is open and return. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /**
   * The adapter's part of a configuration file, as written; `name` chooses among several entries of the protocol.
   * @throws {ConfigError} when there is none.
   */
  readEntry(file: string, name?: string): Promise<unknown>;
  /**
   * Where an adapter of a configuration file keeps its files; without `name` the one of its protocol.
   * @throws {ConfigError} when there is none, or several.
   */
  foldersOf(file: string, name?: string): Promise<AdapterFolders>;
}

/** As in `AdapterContext`; they exist only after the adapter has run. */
export interface AdapterFolders {
  readonly dataDir: string;
  readonly sharedDir: string;
}

/** One tool. */
export interface AdapterTool {
  /** As typed, e.g. `scan`. */
  readonly name: string;
  /** One line for the list of tools. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly usage: string;
  /** Exit code: 0 done, 1 failed, 2 the caller's mistake. Arguments are those after the tool's name. */
  run(args: readonly string[], context: ToolContext): Promise<number>;
}
