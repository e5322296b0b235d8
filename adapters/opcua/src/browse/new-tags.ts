/** Keeps looking for new and vanished tags as long as a connection lasts: everything that browsing needs after the birth. */
import type { ClientSession } from "node-opcua-client";
import type { Logger } from "@unshub/adapter";
import type { OpcUaConfig } from "../config.ts";
import { firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import type { WatchedPart } from "../subscribe/agreements.ts";
import { watchModel, type ModelWatch } from "./model-watch.ts";
import { RebrowseSchedule } from "./rebrowse-schedule.ts";
import type { SearchSession, TagFinder } from "./tag-finder.ts";

export interface NewTagsOptions {
  readonly at: SearchSession;
  openAnother(): Promise<ClientSession>;
  readonly finder: TagFinder;
  readonly config: OpcUaConfig;
  readonly library: Library;
  readonly log: Logger;
  /** The finder's tags are others now: locate them, and give birth again. */
  changed(): void;
}

/** Of one connection; does nothing when the configuration has no browse rules. */
export class NewTags {
  readonly #schedule: RebrowseSchedule;
  #model: ModelWatch | undefined;

  private constructor(options: NewTagsOptions) {
    const { config, finder, log, at } = options;
    const { endpoint, rebrowseMs } = config;
    this.#schedule = new RebrowseSchedule({
      holdoffMs: config.rebirthHoldoffMs,
      look: () => finder.rebrowse(at),
      changed: () => options.changed(),
      failed: (cause) => log.warn({ endpoint, cause: firstLine(cause) }, "could not browse again"),
      ...(rebrowseMs === undefined ? {} : { everyMs: rebrowseMs }),
    });
  }

  /** Call it before the tags are located: what changes between that and listening would be missed. Never rejects. */
  static async open(options: NewTagsOptions): Promise<NewTags> {
    const { config, library, log } = options;
    const newTags = new NewTags(options);
    if (config.browse.length === 0) return newTags;
    newTags.#model = await watchModel({
      library,
      log,
      endpoint: config.endpoint,
      openAnother: () => options.openAnother(),
      changed: () => newTags.ask(),
    });
    return newTags;
  }

  /** What was asked of the server to tell of new nodes, and granted. */
  get watched(): readonly WatchedPart[] {
    const watched = this.#model?.watched;
    return watched === undefined ? [] : [watched];
  }

  /** Somebody wants it looked at now. */
  ask(): void {
    this.#schedule.ask();
  }

  async stop(): Promise<void> {
    this.#schedule.stop();
    await this.#model?.close();
  }
}
