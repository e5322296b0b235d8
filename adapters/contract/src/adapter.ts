/** What an adapter is: it speaks one protocol to devices and says what they say. It knows no MQTT. */
import type { BornMetric, MetricReading, SampleBatch, TemplateDefinition } from "@unshub/sparkplug";
import type { BrowseNode, BrowseRequest } from "./browse.ts";
import type { ConfigPlace } from "./config.ts";
import type { AdapterDiagnostics, TracedFrame } from "./diagnostics.ts";
import type { DeviceEvent } from "./event.ts";
import type { ExportedTags, ExportWish } from "./exported-tags.ts";
import type {
  NodesAnswer,
  RawAnswer,
  RawQuestion,
  RegistersAnswer,
  RegistersQuestion,
} from "./look.ts";
import type { AdapterPlan, PlannedBirth, PlannedPeer } from "./plan.ts";
import type { SimulateOptions, Simulation } from "./simulation.ts";
import type { TrialContext, TrialStep } from "./trial.ts";
import type { TagTables } from "./table/index.ts";
import type { AdapterTool } from "./tool.ts";
import type { WriteCommand, WriteResult } from "./write.ts";
import type { TagKey } from "./tag-keys.ts";
import type { WrittenSchema } from "./written-schema.ts";
import type { WrittenTags } from "./written-tags.ts";

/** Where an adapter says what its devices say. The edge node turns these calls into DBIRTH, DDATA and DDEATH. */
export interface DeviceReporter {
  /** A device answered and these are all its metrics, freshly read. Say it again whenever that set changes. */
  born(deviceId: string, metrics: readonly BornMetric[]): void;
  /** Readings of a born device. The edge node drops what did not change. */
  changed(deviceId: string, readings: readonly MetricReading[]): void;
  /**
   * Samples of a born device, in columns; one batch becomes at most one DDATA. All of it is published: the adapter has
   * applied report by exception already. When this returns the columns are free to be used again.
   */
  samples(deviceId: string, batch: SampleBatch): void;
  /**
   * All templates that metrics of its devices refer to, before the birth that uses them. Said again when that set changes:
   * the edge node gives birth anew, so nothing is taken away that comes back. Whoever hears of values only leaves it out.
   */
  defined?(templates: readonly TemplateDefinition[]): void;
  /** Something happened that is no value. Not kept for anybody who comes later: what still holds belongs into metrics. */
  happened?(deviceId: string, event: DeviceEvent): void;
  /** The device no longer answers. `reason` goes to the log, not onto the wire. */
  died(deviceId: string, reason: Error): void;
}

/** Fields first, then a constant sentence. Who logs handles; nothing is logged twice. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the hub lends an adapter. Time and logging come from here, so that tests can hand in their own. */
export interface AdapterContext {
  readonly report: DeviceReporter;
  readonly log: Logger;
  /** A directory of this adapter's own, for certificates and what it learnt. It exists and outlives restarts. */
  readonly dataDir: string;
  /** A directory that all adapters of the protocol share, e.g. for one certificate of the hub. Left out: `dataDir`. */
  readonly sharedDir?: string;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /**
   * The hub has not taken what was said before. What is said now waits, and of what does not fit only the last value of
   * each metric is kept; the others are counted as `coalesced`. Who can poll less may.
   */
  isSlow(): boolean;
}

/** What a reload came to. Whatever is not named went on untouched. */
export interface ReloadReport {
  /** Devices that were born again, because their tags changed. */
  readonly reborn: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Links that were closed and opened. */
  readonly reconnected: readonly string[];
  /** Tags that changed without anything on the wire, e.g. a deadband. */
  readonly adjustedTags: number;
}

/** A running connection to one or more devices. */
export interface Adapter<Config = unknown> {
  /**
   * Begins to reach for its devices and returns at once: it resolves when the adapter runs, not when a device
   * answers. A device that cannot be reached is tried again with back-off and harms no other device.
   * Rejects only when nothing can ever work, e.g. a library that does not load.
   */
  start(): Promise<void>;
  /**
   * Carries out the metrics of a command, in their order; one result for each. The values read back follow as `samples`
   * or `changed`. Never rejects: what cannot be done is a result.
   */
  write(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]>;
  /**
   * Takes a new configuration and applies the difference only. Left out, or `undefined`: it cannot, and the hub stops the
   * adapter and starts it anew.
   */
  reload?(config: Config): Promise<ReloadReport | undefined>;
  /** Looks again at what its devices have: of one device, or of all. */
  rescan?(deviceId?: string): Promise<void>;
  /** Reads registers besides its tags. Left out: its devices have none. @throws a sentence, when they cannot be seen. */
  look?(question: RegistersQuestion): Promise<RegistersAnswer>;
  /** Reads the first tag of a device at once, over the connection that there is. @throws a sentence, when there is none. */
  readOnce?(deviceId: string): Promise<TrialStep>;
  /**
   * What the values of some tags were made of. It is kept only of tags that were asked for lately. Left out: it cannot tell.
   * @throws a sentence, when there is no such device.
   */
  raw?(question: RawQuestion): Promise<RawAnswer>;
  /**
   * What its devices have, one after the other as it is found; nothing is kept of it. Ends soon when `signal` is aborted and
   * when the adapter stops. Left out: it cannot. @throws a sentence, when nothing can be seen.
   */
  browse?(request: BrowseRequest, signal: AbortSignal): AsyncIterable<BrowseNode>;
  /** What one node of its server holds, for a tree that is unfolded. Left out: it cannot. @throws a sentence, when nothing can be seen. */
  nodes?(parent: string): Promise<NodesAnswer>;
  /** How everything stands. Cheap: it is asked often. */
  diagnostics(): AdapterDiagnostics;
  /** Switches the trace of a link. `false`: there is no such link. */
  setTrace?(link: string, isOn: boolean): boolean;
  /** The last frames of a link, oldest first; `undefined`: there is no such link. */
  trace?(link: string): readonly TracedFrame[] | undefined;
  /**
   * Closes everything `start` opened and reports nothing afterwards. Calling it twice does no harm. It resolves within
   * `deadlineMs`, default 3000, whatever its devices do.
   */
  stop(options?: { readonly deadlineMs: number }): Promise<void>;
}

/** The default export of every `adapter-*` package. */
export interface AdapterModule<Config> {
  /** The name used in the configuration file, e.g. `"modbus"`. */
  readonly protocol: string;
  /**
   * Checks this adapter's part of the configuration without opening a connection. Files that it names are read, seen
   * from `place`; left out: the folder of the process.
   * @throws {ConfigError} with every problem and its path.
   */
  parseConfig(input: unknown, place?: ConfigPlace): Config;
  create(config: Config, context: AdapterContext): Adapter<Config>;
  /** What `unshub check` prints beside problems. Opens nothing. */
  describe?(config: Config): AdapterPlan;
  /** Whom it will ask, so that it can be told when another entry asks the same. Opens nothing, and costs little. */
  peers?(config: Config): readonly PlannedPeer[];
  /** Its devices as they will be born; left out: nobody knows before they are asked. Opens nothing. */
  births?(config: Config): readonly PlannedBirth[];
  /** All of its devices; `undefined`: some are only found by asking. Opens nothing, and costs little. */
  deviceIds?(config: Config): readonly string[] | undefined;
  /** The tags of its part of the configuration as written, device by device; those of files that it names, too. */
  writtenTags?(input: unknown, place: ConfigPlace): readonly WrittenTags[];
  /** What may stand in a tag, for whoever writes one by hand. */
  readonly tagKeys?: readonly TagKey[];
  /** Its part of an entry, for forms in which somebody writes a new one. */
  readonly entrySchema?: WrittenSchema;
  /** How its tags stand in tables. */
  readonly tagTables?: TagTables;
  /** Other programs whose files `exportTags` writes, e.g. `kepware`. */
  readonly exportFormats?: readonly string[];
  /**
   * The tags of a device of its part of the configuration, as another program reads them; `undefined`: there is no such
   * device or format. Opens no connection. @throws {ConfigError} when the device is written wrongly.
   */
  exportTags?(input: unknown, place: ConfigPlace, wish: ExportWish): ExportedTags | undefined;
  /**
   * Connects as the configuration says and reads one value, step by step; ends with the first step that fails. It asks nothing
   * but what the protocol begins with. Left out: it cannot be tried.
   */
  tryConnection?(config: Config, context: TrialContext): AsyncIterable<TrialStep>;
  /** `unshub <protocol> <tool> …` */
  readonly tools?: readonly AdapterTool[];
  /** Servers that behave as the devices of the configuration; for `unshub simulate`. */
  simulate?(config: Config, options: SimulateOptions): Promise<Simulation>;
}
