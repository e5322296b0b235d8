/** What an adapter is: it speaks one protocol to devices and says what they say. It knows no MQTT. */
import type { BornMetric, MetricReading, MetricValue } from "@unshub/sparkplug";

/** Where an adapter says what its devices say. The edge node turns these calls into DBIRTH, DDATA and DDEATH. */
export interface DeviceReporter {
  /** A device answered and these are all its metrics, freshly read. Say it again whenever that set changes. */
  born(deviceId: string, metrics: readonly BornMetric[]): void;
  /** Readings of a born device. The edge node drops what did not change. */
  changed(deviceId: string, readings: readonly MetricReading[]): void;
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
  /** Milliseconds since 1970 UTC. */
  now(): number;
}

/** A running connection to one or more devices. */
export interface Adapter {
  /**
   * Begins to reach for its devices and returns at once: it resolves when the adapter runs, not when a device
   * answers. A device that cannot be reached is tried again with back-off and harms no other device.
   * Rejects only when nothing can ever work, e.g. a library that does not load.
   */
  start(): Promise<void>;
  /**
   * Carries out one metric of a command. Resolves when the device accepted it; the value read back follows as
   * `changed`.
   * @throws {AdapterError} when the metric is unknown or not writable, the value does not fit, the device is
   * offline or refuses.
   */
  write(deviceId: string, metric: string, value: MetricValue): Promise<void>;
  /** Closes everything `start` opened and reports nothing afterwards. Calling it twice does no harm. */
  stop(): Promise<void>;
}

/** The default export of every `adapter-*` package. */
export interface AdapterModule<Config> {
  /** The name used in the configuration file, e.g. `"modbus"`. */
  readonly protocol: string;
  /**
   * Checks this adapter's part of the configuration without opening a connection.
   * @throws {ConfigError} with every problem and its path.
   */
  parseConfig(input: unknown): Config;
  create(config: Config, context: AdapterContext): Adapter;
}
