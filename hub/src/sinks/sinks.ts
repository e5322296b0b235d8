/** All sinks of a hub. */
import { join } from "node:path";
import type { SinkConfig } from "./config/index.ts";
import { DeadLetters, type DeadLetter } from "./dead-letters.ts";
import { Describer, type DescribeOptions } from "./describe.ts";
import { SinkFindings } from "./findings.ts";
import { LinkFile } from "./link/link-file.ts";
import { SparkplugLink, type SparkplugLinkOptions } from "./link/sparkplug-link.ts";
import { PositionFile } from "./position.ts";
import type { SinkState } from "./sink-status.ts";
import { Sink, type SinkOptions } from "./sink.ts";
import { openTarget, type TargetRooms } from "./targets/index.ts";

/** What those need that read the history. */
interface RecordRooms
  extends
    DescribeOptions,
    Pick<TargetRooms, "tree" | "write">,
    Pick<SinkOptions, "reader" | "head"> {}

export interface SinksOptions extends Pick<SinkOptions, "log" | "now"> {
  readonly configs: readonly SinkConfig[];
  readonly hubId: string;
  readonly dataDir: string;
  /** `undefined`: nothing is recorded. */
  readonly records: RecordRooms | undefined;
  /** `undefined`: messages of `spBv1.0` are not kept. */
  readonly link: Pick<SparkplugLinkOptions, "source" | "online" | "requestRebirth"> | undefined;
}

/** A sink, whatever it reads. */
type AnySink = Pick<Sink, "start" | "stop" | "state" | "deadLetters" | "retry">;

export class Sinks {
  readonly findings: SinkFindings;
  readonly #sinks: ReadonlyMap<string, AnySink>;

  constructor(options: SinksOptions) {
    this.findings = new SinkFindings(options.now);
    const folder = join(options.dataDir, "sinks");
    this.#sinks = new Map(
      options.configs.flatMap((config) => {
        const sink = this.#made(config, folder, options);
        return sink === undefined ? [] : [[config.name, sink] as const];
      }),
    );
  }

  start(): void {
    for (const sink of this.#sinks.values()) sink.start();
  }

  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#sinks.values(), (sink) => sink.stop()));
  }

  states(): readonly SinkState[] {
    return Array.from(this.#sinks.values(), (sink) => sink.state());
  }

  /** Rows that the target refused, the oldest first; `undefined`: there is no such sink. */
  async deadLetters(name: string): Promise<readonly DeadLetter[] | undefined> {
    return await this.#sinks.get(name)?.deadLetters();
  }

  /** Has its dead letters written again; `undefined`: there is no such sink. */
  async retry(name: string): Promise<Awaited<ReturnType<AnySink["retry"]>> | undefined> {
    return await this.#sinks.get(name)?.retry();
  }

  /** `undefined`: what it reads is not kept, which the configuration does not allow. */
  #made(config: SinkConfig, folder: string, options: SinksOptions): AnySink | undefined {
    const { records, link, hubId, log, now } = options;
    const { findings } = this;
    if (config.type === "sparkplug") {
      const file = new LinkFile(join(folder, config.name));
      return link && new SparkplugLink({ ...link, config, hubId, file, findings, log, now });
    }
    if (records === undefined) return undefined;
    const fileOf = (ending: string): string => join(folder, `${config.name}.${ending}`);
    return new Sink({
      ...records,
      log,
      now,
      config,
      openTarget: () => openTarget(config, { ...records, hubId, log, fileOf, now }),
      staysOpen: config.type === "thingsboard" && config.rpc !== undefined,
      describer: new Describer(records, config.filter),
      positions: new PositionFile(fileOf("position.json")),
      deadLetters: new DeadLetters(fileOf("dead.jsonl"), config.deadLetters),
      findings,
    });
  }
}
