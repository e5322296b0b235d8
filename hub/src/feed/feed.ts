/**
 * The live feed: every open page on its WebSocket, the index from a row to the pages that watch it, and the clock that
 * sends each page at most ten frames a second. A busy plant costs one look-up a change, not one loop over pages.
 */
import type { Logger } from "@unshub/adapter";
import type { WebSocket } from "ws";
import { ROOT, type UnsTree, type Watch } from "../tree/index.ts";
import { readClientMessage } from "./client-message.ts";
import { LivePage, MAX_VIEW_ROWS } from "./live-page.ts";
import type { HubMessage, StatMessage } from "./protocol.ts";
import type { Sight } from "./sight.ts";

const FRAMES_PER_SECOND = 10;
const STAT_EVERY_MS = 1000;
const HIDDEN_STAT_EVERY = 10;
const MAX_PAGES = 64;
const MAX_BUFFERED_BYTES = 1_000_000;
/** A page that has not said hello, or whose browser does not answer a ping, is closed after so many seconds. */
const HELLO_WITHIN = 5;
const PING_EVERY = 15;
const SILENT_FOR = 45;
/** A page that acknowledges nothing for so many seconds does not draw what it gets: it begins anew. */
const ACKNOWLEDGED_WITHIN = 30;
/** Frames a page may send a second, and how many it may save up. */
const MESSAGES_PER_SECOND = 20;
const MESSAGE_BURST = 60;

/** WebSocket close codes. */
const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;
const SIGNED_OUT = 4401;
const SEES_OTHERS = 4403;

export interface FeedOptions {
  readonly tree: UnsTree;
  readonly hubId: string;
  /** Names the build of the page that the hub serves now. */
  build(): string;
  /** Names this run of the hub; ids are valid within it. */
  readonly epoch: string;
  readonly log: Logger;
  now(): number;
  /** MQTT messages taken since the start. */
  messagesIn(): number;
}

/** Who looks at a page. */
export interface Viewer {
  /** What he may see now; `undefined`: nothing any more. */
  sight(): Sight | undefined;
  /** Changes with what he may do. */
  role(): string | undefined;
}

interface OpenPage {
  readonly socket: WebSocket;
  readonly page: LivePage;
  readonly viewer: Viewer;
  readonly sight: Sight;
  readonly role: string | undefined;
  greeted: boolean;
  allowance: number;
  /** Seconds since its browser last answered. */
  silent: number;
  /** Seconds for which it has acknowledged nothing of what it should have. */
  owing: number;
}

export class Feed {
  readonly #options: FeedOptions;
  readonly #pages = new Set<OpenPage>();
  readonly #watchers = new Map<number, Set<OpenPage>>();
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #values: Watch;
  readonly #stopObserving: () => void;
  #lastIn = 0;
  #stats = 0;
  #lagMs = 0;
  #tickDueAt = performance.now() + 1000 / FRAMES_PER_SECOND;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#timers = [
      setInterval(() => this.#tick(), 1000 / FRAMES_PER_SECOND),
      setInterval(() => this.#stat(), STAT_EVERY_MS),
    ];
    this.#values = options.tree.watch((id) => this.#metricChanged(id));
    const stopSilences = options.tree.silences.observe((id) => this.#countsChanged(id));
    const stopRows = options.tree.observe({
      rowAdded: (id) => this.#rowChanged(id),
      rowChanged: (id) => this.#rowChanged(id),
      countsChanged: (id) => this.#countsChanged(id),
    });
    this.#stopObserving = () => {
      stopSilences();
      stopRows();
    };
  }

  get epoch(): string {
    return this.#options.epoch;
  }

  /** Takes a WebSocket that was accepted at `/live`. */
  accept(socket: WebSocket, viewer: Viewer): void {
    if (this.#pages.size >= MAX_PAGES) {
      socket.close(TRY_AGAIN_LATER, `${MAX_PAGES} pages are open already`);
      return;
    }
    const sight = viewer.sight();
    if (sight === undefined) return socket.close(SIGNED_OUT, "sign in again");
    const open: OpenPage = {
      socket,
      page: new LivePage(sight),
      viewer,
      sight,
      role: viewer.role(),
      greeted: false,
      allowance: MESSAGE_BURST,
      silent: 0,
      owing: 0,
    };
    this.#pages.add(open);
    void this.#options.tree.silences.catchUp(() => this.#options.now()); // counts stood still meanwhile
    socket.on("message", (data, isBinary) => {
      if (isBinary) socket.close(POLICY_VIOLATION, "uns.v1 is text, not binary");
      else if (Buffer.isBuffer(data)) this.#hear(open, data.toString("utf8"));
    });
    socket.on("pong", () => {
      open.silent = 0;
    });
    socket.on("close", () => this.#closed(open));
    socket.on("error", (error) => {
      this.#options.log.debug({ error: error.message }, "page connection failed");
    });
  }

  /** Rights have changed: pages that may see or do something else begin anew, those that may see nothing end. */
  reconsider(): void {
    for (const { socket, viewer, sight, role } of this.#pages) {
      const now = viewer.sight();
      if (now === undefined) socket.close(SIGNED_OUT, "sign in again");
      else if (now.key !== sight.key || viewer.role() !== role)
        socket.close(SEES_OTHERS, "your rights have changed");
    }
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#values.stop();
    this.#stopObserving();
    for (const { socket } of this.#pages) socket.close(GOING_AWAY, "the hub stops");
  }

  /** Once a second: pages that never spoke, or vanished without a word, give their places back. */
  #watchOver(open: OpenPage): void {
    open.silent += 1;
    open.owing = open.page.keepsUp() ? 0 : open.owing + 1;
    if (!open.greeted && open.silent > HELLO_WITHIN) {
      open.socket.close(POLICY_VIOLATION, `no hello within ${HELLO_WITHIN} s`);
    } else if (open.owing > ACKNOWLEDGED_WITHIN) {
      open.socket.close(TRY_AGAIN_LATER, `nothing was acknowledged for ${ACKNOWLEDGED_WITHIN} s`);
    } else if (open.silent > SILENT_FOR) open.socket.terminate();
    else if (open.silent % PING_EVERY === 0) open.socket.ping();
  }

  /** A fault of ours while one page is served ends that page, never the hub. */
  #hear(open: OpenPage, text: string): void {
    try {
      this.#heard(open, text);
    } catch (error) {
      this.#options.log.error({ error }, "a page could not be served");
      open.socket.close(INTERNAL_ERROR, "the hub could not serve the page; its log says why");
    }
  }

  #heard(open: OpenPage, text: string): void {
    open.silent = open.greeted ? 0 : open.silent;
    open.allowance -= 1;
    if (open.allowance < 0) {
      open.socket.close(POLICY_VIOLATION, `more than ${MESSAGES_PER_SECOND} messages a second`);
      return;
    }
    const read = readClientMessage(text);
    if ("because" in read) open.socket.close(POLICY_VIOLATION, read.because.slice(0, 120));
    else if (read.message.op === "hello") this.#welcome(open);
    else if (!open.greeted) open.socket.close(POLICY_VIOLATION, "say hello first");
    else if (read.message.op === "view") {
      this.#unwatch(open);
      open.page.obey(read.message);
      this.#watch(open);
    } else open.page.obey(read.message);
  }

  #welcome(open: OpenPage): void {
    open.greeted = true;
    const { epoch, hubId } = this.#options;
    const [now, build] = [this.#options.now(), this.#options.build()];
    const limits = { hz: FRAMES_PER_SECOND, maxRows: MAX_VIEW_ROWS };
    send(open, {
      op: "welcome",
      v: 1,
      epoch: open.sight.epochOf(epoch),
      now,
      build,
      hub: hubId,
      ...limits,
    });
  }

  #watch(open: OpenPage): void {
    for (const id of open.page.watched) {
      const pages = this.#watchers.get(id);
      if (pages === undefined) {
        this.#watchers.set(id, new Set([open]));
        this.#values.add(id);
      } else pages.add(open);
    }
  }

  #unwatch(open: OpenPage): void {
    for (const id of open.page.watched) {
      const pages = this.#watchers.get(id);
      pages?.delete(open);
      if (pages?.size !== 0) continue;
      this.#watchers.delete(id);
      this.#values.delete(id);
    }
  }

  #metricChanged(id: number): void {
    for (const { page } of this.#watchers.get(id) ?? []) page.metricChanged(id);
  }

  /** A row is new or changed: pages that watch its parent, or show the top, are told. */
  #rowChanged(id: number): void {
    if (this.#pages.size === 0) return;
    const parent = this.#options.tree.rows.parent(id);
    const told = parent === ROOT ? this.#pages : (this.#watchers.get(parent) ?? []);
    for (const { page } of told) page.nameChanged(id);
    if (parent !== ROOT) this.#tellPartly(id);
    for (const { page } of this.#watchers.get(id) ?? []) page.nameChanged(id);
  }

  /** Whoever sees a part only may not have seen the rows above before this one came. */
  #tellPartly(id: number): void {
    if (this.#options.tree.rows.isMetric(id)) return;
    for (const { page, sight } of this.#pages) if (!sight.seesAll) page.nameChanged(id);
  }

  #countsChanged(id: number): void {
    if (this.#pages.size === 0) return;
    const { rows } = this.#options.tree;
    for (let row = rows.parent(id); row !== ROOT; row = rows.parent(row)) {
      for (const { page } of this.#watchers.get(row) ?? []) page.countsChanged(row);
    }
  }

  #tick(): void {
    this.#measureLag();
    if (this.#pages.size === 0) return; // then nobody wants to know what is silent, either
    const t = this.#options.now();
    this.#options.tree.silences.look(t);
    for (const open of this.#pages) {
      if (!open.greeted || open.socket.bufferedAmount > MAX_BUFFERED_BYTES) continue;
      for (const frame of open.page.frames(t)) send(open, frame);
    }
  }

  #measureLag(): void {
    const now = performance.now();
    this.#lagMs = Math.max(0, Math.round(now - this.#tickDueAt));
    this.#tickDueAt = now + 1000 / FRAMES_PER_SECOND;
  }

  #stat(): void {
    this.#stats += 1;
    const taken = this.#options.messagesIn();
    const shared = {
      op: "stat",
      t: this.#options.now(),
      in: taken - this.#lastIn,
      lag: this.#lagMs,
      clients: this.#pages.size,
    } as const;
    this.#lastIn = taken;
    this.reconsider(); // sessions and tokens end by themselves, too
    for (const open of this.#pages) {
      this.#watchOver(open);
      open.page.lookForSilence(this.#options.now());
      open.allowance = Math.min(MESSAGE_BURST, open.allowance + MESSAGES_PER_SECOND);
      if (!open.greeted || (open.page.isHidden && this.#stats % HIDDEN_STAT_EVERY !== 0)) continue;
      const changes = open.page.takeChanges();
      send(open, { ...shared, changes, shown: open.page.takeShown() } satisfies StatMessage);
    }
  }

  #closed(open: OpenPage): void {
    this.#unwatch(open);
    this.#pages.delete(open);
  }
}

function send(open: OpenPage, message: HubMessage): void {
  open.socket.send(JSON.stringify(message));
}
