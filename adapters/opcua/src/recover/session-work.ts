/**
 * What is done with one connection: bring everything up on it, notice when it is in doubt, and say when it is over. What
 * survives a connection, the subscriptions and their values, is handed from one to the next as `Survivor`.
 */
import type { Logger } from "@unshub/adapter";
import type { Connection } from "../connection.ts";
import { within } from "../deadline.ts";
import { OpcUaError, firstLine } from "../errors.ts";
import { rawSession, type RawSession } from "../raw-session.ts";
import type { OpcUaLink } from "../session.ts";
import { PublishLoop } from "../subscribe/publish-loop.ts";
import type { LocatedTag } from "../values/tag-node.ts";
import { Live, type LiveOptions } from "./live.ts";
import { readHealth, ServerWatch, type ServerHealth, type WatchTimes } from "./server-watch.ts";

/** What goes from one connection to the next. */
export interface Survivor {
  readonly live: Live;
  readonly loop: PublishLoop;
}

/** How a connection came to have its subscriptions. */
export type BroughtUp = "new" | "resumed" | "transferred";

export interface SessionWorkOptions {
  readonly link: OpcUaLink;
  readonly endpoint: string;
  readonly log: Logger;
  readonly live: LiveOptions;
  readonly watch: WatchTimes;
  /** How long a connection may take from its first byte to values, in ms. */
  readonly readyWithinMs: number;
  readonly retryMissingMs: number;
  locate(session: RawSession): Promise<readonly LocatedTag[]>;
  /** Whatever else is worth a look once in a while. */
  lookAround(session: RawSession): Promise<void>;
  readonly listener: WorkListener;
}

interface WorkListener {
  /** Values are in the tables of `live`. */
  arrived(): void;
  /** The link may be dead. */
  doubt(word: string, reason: Error): void;
  /** It is not. */
  trust(): void;
  /** Everything was read again; the devices are as in `live`. */
  renewed(live: Live, why: BroughtUp | "renewed"): void;
  health(health: ServerHealth): void;
  /** Whether a birth because of a changed type may be now; it counts as one. */
  mayRenew(): boolean;
}

const RUNNING = "Running";

export class SessionWork {
  readonly #options: SessionWorkOptions;
  readonly #session: RawSession;
  /** Aborted with the connection: whoever waits for an answer over it waits no longer. */
  readonly #ended = new AbortController();
  readonly #connection: Connection;
  #live: Live | undefined;
  #loop: PublishLoop | undefined;
  #watch: ServerWatch | undefined;
  #located: readonly LocatedTag[] = [];
  #retry: NodeJS.Timeout | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #isRenewing = false;
  /** Something changed again while everything was being read anew. */
  #isRenewalStale = false;
  #isServerDown = false;
  #silences = 0;
  #isOver = false;

  constructor(options: SessionWorkOptions) {
    this.#options = options;
    this.#session = rawSession(options.link.session);
    this.#connection = { session: this.#session, ended: this.#ended.signal };
  }

  get live(): Live | undefined {
    return this.#live;
  }

  /** Whether values may be shown: the server says that it is at work. */
  get isServerUp(): boolean {
    return !this.#isServerDown;
  }

  /** Brings everything up, with what survived where the server still has it. */
  async bringUp(survivor: Survivor | undefined): Promise<void> {
    const { readyWithinMs, endpoint } = this.#options;
    const message = `${endpoint}: not ready ${readyWithinMs / 1000} s after the connection`;
    const late = (): OpcUaError => new OpcUaError("SUBSCRIBE_FAILED", message);
    await within({ ms: readyWithinMs, late }, this.#bringUp(survivor));
  }

  async #bringUp(survivor: Survivor | undefined): Promise<void> {
    const health = await readHealth(this.#session, this.#options.watch.withinMs);
    this.#isServerDown = health.state !== RUNNING;
    const how = survivor === undefined ? "new" : await this.#takeOver(survivor);
    if (how === "new") await this.#openNew();
    this.#begin(how);
    this.#options.listener.health(health);
    if (this.#isServerDown) this.#suspend(health);
  }

  /** The same session still has its subscriptions; a new one can be given those of the old. */
  async #takeOver({ live, loop }: Survivor): Promise<BroughtUp> {
    const { isResumed } = this.#options.link;
    if (!isResumed && !(await this.#transfer(loop))) return "new";
    this.#located = [];
    loop.moveTo(this.#session);
    this.#adopt(live, loop);
    if (await live.resume(this.#connection)) return isResumed ? "resumed" : "transferred";
    await live.close(true); // they are of this session by now, and would only use up what the server has
    this.#live = undefined;
    this.#loop = undefined;
    return "new";
  }

  #adopt(live: Live, loop: PublishLoop): void {
    live.owner = this;
    this.#live = live;
    this.#loop = loop;
  }

  async #transfer(loop: PublishLoop): Promise<boolean> {
    const subscriptionIds = [...loop.subscriptionIds];
    if (subscriptionIds.length === 0) return false;
    try {
      const request = { subscriptionIds, sendInitialValues: false };
      const { results } = await this.#session.transferSubscriptions(request);
      return (results ?? []).every(({ statusCode }) => statusCode.value === 0);
    } catch (cause) {
      this.#options.log.debug({ cause: firstLine(cause) }, "subscriptions were not transferred");
      return false;
    }
  }

  async #openNew(): Promise<void> {
    const loop = this.#newLoop();
    this.#loop = loop;
    this.#live = await this.#openLive(loop);
  }

  async #openLive(loop: PublishLoop): Promise<Live> {
    this.#located = await this.#options.locate(this.#session);
    const { live: options } = this.#options;
    const old = this.#live;
    const makeRoom = async (): Promise<boolean> => {
      await old?.close(true);
      return old !== undefined;
    };
    const parts = { loop, located: this.#located, options, owner: this, makeRoom };
    return await Live.open(this.#connection, parts);
  }

  #newLoop(): PublishLoop {
    return new PublishLoop(this.#session, {
      library: this.#options.live.library,
      owner: () => this.#live?.owner,
    });
  }

  #begin(how: BroughtUp): void {
    const live = this.#live;
    if (live === undefined || this.#isOver) return;
    this.#options.listener.renewed(live, how);
    this.#loop?.start();
    this.#watch = new ServerWatch(this.#session, this.#options.watch, {
      health: (health) => this.#health(health),
      silent: (why, askedAtMs) => this.#unanswered(why, askedAtMs),
    });
    this.#retryLater();
  }

  /** Values came in. Those of a server that is not at work are not believed. */
  arrived(): void {
    if (this.#isOver) return;
    if (!this.#isServerDown) this.#options.listener.arrived();
    else for (const table of this.#live?.values.tables.values() ?? []) table.forget();
  }

  ended(status: string): void {
    this.#giveUp(`the server ended a subscription (${status})`);
  }

  /** The word for why a tag whose type changed has no value until the devices are born anew. */
  typeChanged(live: Live): string {
    const isOld = this.#isRenewing && live === this.#live;
    if (this.#renewal !== undefined || isOld) return "type_changed";
    if (this.#options.listener.mayRenew()) {
      this.renewSoon(0);
      return "type_changed";
    }
    this.renewSoon(this.#options.live.config.rebirthHoldoffMs);
    return "type_flapping";
  }

  /** Reads everything anew: nodes came, went, or became others. */
  renewSoon(afterMs: number): void {
    if (this.#renewal !== undefined || this.#isOver) return;
    this.#renewal = setTimeout(() => void this.#renew(), afterMs);
  }

  async #renew(): Promise<void> {
    this.#renewal = undefined;
    const loop = this.#loop;
    const old = this.#live;
    if (this.#isOver || loop === undefined) return;
    if (this.#isRenewing) {
      this.#isRenewalStale = true;
      return;
    }
    this.#isRenewing = true;
    try {
      const next = await this.#openLive(loop);
      if (this.#isOver) return;
      this.#live = next;
      this.#isRenewing = false;
      this.#options.listener.renewed(next, "renewed");
      await old?.close(true);
    } catch (cause) {
      this.#giveUp(firstLine(cause));
    } finally {
      this.#isRenewing = false;
      if (this.#isRenewalStale) this.renewSoon(0);
      this.#isRenewalStale = false;
    }
  }

  #retryLater(): void {
    if (this.#isOver) return;
    this.#retry = setTimeout(() => void this.#retryMissing(), this.#options.retryMissingMs);
  }

  async #retryMissing(): Promise<void> {
    try {
      const live = this.#live;
      if (!this.#isServerDown) await live?.audit();
      await live?.promote();
      await this.#options.lookAround(this.#session);
      if (live !== undefined && live.toRetry.length > 0) {
        if (this.#located.length === 0) this.#located = await this.#options.locate(this.#session);
        if ((await live.hasFound(this.#located)) && this.#options.listener.mayRenew()) {
          this.renewSoon(0);
        }
      }
    } catch (cause) {
      this.#options.log.debug({ cause: firstLine(cause) }, "missing nodes were not looked for");
    }
    this.#retryLater();
  }

  #health(health: ServerHealth): void {
    this.#options.listener.health(health);
    const isDown = health.state !== RUNNING;
    if (isDown && !this.#isServerDown) this.#suspend(health);
    if (!isDown && this.#isServerDown) void this.#wake();
  }

  #suspend({ state }: ServerHealth): void {
    this.#isServerDown = true;
    const message = `${this.#options.endpoint}: the server is not running, but ${state}`;
    const reason = new OpcUaError("SERVER_NOT_RUNNING", message);
    this.#options.listener.doubt(`server_${state.toLowerCase()}`, reason);
  }

  async #wake(): Promise<void> {
    try {
      this.#isServerDown = false;
      await this.#live?.readAll();
      if (this.#live !== undefined) this.#options.listener.renewed(this.#live, "renewed");
    } catch (cause) {
      this.#giveUp(firstLine(cause));
    }
  }

  /** Nothing was published for too long. One question tells whether the server is still there. */
  silent(): void {
    if (this.#isOver) return;
    this.#silences += 1;
    const message = `${this.#options.endpoint}: nothing came for too long`;
    this.#options.listener.doubt("link_suspect", new OpcUaError("LINK_LOST", message));
    if (this.#silences > 1) {
      this.#giveUp("the server answers, but publishes nothing");
      return;
    }
    readHealth(this.#session, this.#options.watch.withinMs).then(
      () => this.#loop?.rewatch(),
      (cause: unknown) => this.#giveUp(firstLine(cause)),
    );
  }

  heard(): void {
    this.#silences = 0;
    if (!this.#isServerDown && !this.#isOver) this.#options.listener.trust();
  }

  failed(why: string): void {
    this.#giveUp(why);
  }

  /** A busy server that still publishes is not dead. */
  #unanswered(why: string, askedAtMs: number): void {
    if ((this.#loop?.heardAtMs ?? 0) < askedAtMs) this.#giveUp(why);
  }

  #giveUp(why: string): void {
    if (this.#isOver) return;
    this.#options.link.giveUp(new OpcUaError("LINK_LOST", `${this.#options.endpoint}: ${why}`));
  }

  /** Nothing is reported afterwards. Answers what may go on with the next connection. */
  end(): Survivor | undefined {
    this.#isOver = true;
    this.#ended.abort();
    clearTimeout(this.#retry);
    clearTimeout(this.#renewal);
    this.#watch?.stop();
    this.#loop?.stop();
    this.#live?.pause();
    const isWhole = this.#live !== undefined && this.#loop !== undefined && !this.#isRenewing;
    return isWhole && this.#live && this.#loop ? { live: this.#live, loop: this.#loop } : undefined;
  }
}
