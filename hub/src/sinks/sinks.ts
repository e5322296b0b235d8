/** All sinks of a hub. */
import { join } from "node:path";
import type { SinkConfig } from "./config/index.ts";
import { DeadLetters, type DeadLetter } from "./dead-letters.ts";
import { Describer, type DescribeOptions } from "./describe.ts";
import { SinkFindings } from "./findings.ts";
import { PositionFile } from "./position.ts";
import { Sink, type SinkOptions, type SinkState } from "./sink.ts";
import { openTarget, type TargetRooms } from "./targets/index.ts";

export interface SinksOptions
  extends DescribeOptions, TargetRooms, Pick<SinkOptions, "reader" | "head" | "log" | "now"> {
  readonly configs: readonly SinkConfig[];
  readonly dataDir: string;
}

export class Sinks {
  readonly findings: SinkFindings;
  readonly #sinks: ReadonlyMap<string, Sink>;

  constructor(options: SinksOptions) {
    this.findings = new SinkFindings(options.now);
    const folder = join(options.dataDir, "sinks");
    this.#sinks = new Map(
      options.configs.map((config) => [config.name, this.#made(config, folder, options)]),
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
  async retry(name: string): Promise<Awaited<ReturnType<Sink["retry"]>> | undefined> {
    return await this.#sinks.get(name)?.retry();
  }

  #made(config: SinkConfig, folder: string, options: SinksOptions): Sink {
    return new Sink({
      ...options,
      config,
      openTarget: () => openTarget(config, options),
      describer: new Describer(options, config.filter),
      positions: new PositionFile(join(folder, `${config.name}.position.json`)),
      deadLetters: new DeadLetters(join(folder, `${config.name}.dead.jsonl`), config.deadLetters),
      findings: this.findings,
    });
  }
}
