/** The link of an adapter from its start to its end: connections one after the other, and the tags that each of them has. */
import { setTimeout as delay } from "node:timers/promises";
import type { AdapterContext } from "@unshub/adapter";
import type { OpcUaConfig } from "./config.ts";
import type { LinkTap } from "./connect/link-tap.ts";
import type { Library } from "./library.ts";
import type { RawSession } from "./raw-session.ts";
import { EndpointChoice } from "./recover/endpoint-choice.ts";
import type { Live, LiveOptions } from "./recover/live.ts";
import { Recovery, type RecoveryOptions, type RecoveryTimes } from "./recover/recovery.ts";
import { ServerTags } from "./server-tags.ts";
import type { LocatedTag } from "./values/tag-node.ts";

export interface LinkRunOptions {
  readonly library: Library;
  readonly context: AdapterContext;
  readonly times: RecoveryTimes;
  readonly tap: LinkTap;
  /** As it is now. Tags may be others after a reload; whatever belongs to the connection stays as it was at the start. */
  config(): OpcUaConfig;
  live(tags: ServerTags): LiveOptions;
  /** The tags that are to be watched, of all that were located. */
  located(
    tags: ServerTags,
    session: RawSession,
    found: readonly LocatedTag[],
  ): readonly LocatedTag[];
  readonly listener: RecoveryOptions["listener"];
}

/** Begins at once; `stop` ends it. */
export class LinkRun {
  readonly recovery: Recovery;
  readonly tags: ServerTags;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;
  readonly #options: LinkRunOptions;
  /** How often the tags became others, and which of it the nodes that were located last are of. */
  #revision = 0;
  #locatedRevision = 0;

  constructor(options: LinkRunOptions) {
    this.#options = options;
    const { library, context, times, tap, listener } = options;
    const { signal } = this.#stopping;
    const config = options.config();
    this.tags = new ServerTags({
      get config() {
        return options.config();
      },
      library,
      context,
      signal,
      tap,
      changed: () => this.renew(),
    });
    this.recovery = new Recovery({
      log: context.log,
      times,
      endpoints: new EndpointChoice(config.endpoints, config.handBackMs),
      signal,
      rebirthHoldoffMs: config.rebirthHoldoffMs,
      mostTags: () => mostTags(options.config()),
      live: options.live(this.tags),
      open: (endpoint, ended, kept) => this.tags.open({ endpoint, signal: ended, kept }),
      locate: (session) => this.#locate(session),
      lookAround: (session) => this.tags.lookForOtherHubs(session),
      listener: {
        ...listener,
        ready: (live, hasGap) => this.#ready(live, hasGap),
      },
    });
    this.#loop = this.recovery.run();
  }

  /** Locates and reads everything anew, now or as soon as there is a connection. */
  renew(): void {
    this.#revision += 1;
    this.recovery.renew();
  }

  /** Looks at once for what the server has now. */
  look(): void {
    if (this.#options.config().browse.length === 0) this.renew();
    else this.tags.look();
  }

  /** Aborted when it stops. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Resolves when everything is closed, or after `withinMs`. */
  async stop(withinMs: number): Promise<void> {
    this.#stopping.abort();
    const tooLong = delay(withinMs, undefined, { ref: false });
    await Promise.race([Promise.all([this.tags.close(), this.#loop]), tooLong]);
  }

  async #locate(session: RawSession): Promise<readonly LocatedTag[]> {
    this.#locatedRevision = this.#revision;
    const found = await this.tags.locate(session);
    return this.#options.located(this.tags, session, found);
  }

  async #ready(live: Live, hasGap: boolean): Promise<void> {
    // A connection that came up with what the one before had, or was on its way, knows of nothing newer.
    if (this.#locatedRevision !== this.#revision) this.recovery.renew();
    await this.#options.listener.ready(live, hasGap);
  }
}

/** What browsing will find nobody knows beforehand. */
function mostTags({ tags, browse }: OpcUaConfig): number {
  return browse.reduce((sum, { maxNodes }) => sum + maxNodes, tags.length);
}
