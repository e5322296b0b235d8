/**
 * The live protocol as the page speaks it (`uns.v1`): hello and welcome, which rows are watched, credit, and what to
 * do when frames are missing. Values go to the store, everything else to the events. It holds no tree and no screen.
 */
import type {
  DeltaMessage,
  ClientMessage,
  HubMessage,
  NamesMessage,
  StatMessage,
  WelcomeMessage,
} from "@unshub/hub/feed";
import type { HubClock } from "./clock.ts";
import { parseHubMessage, STRIDE } from "./messages.ts";
import { createSignal, type Signal } from "./signal.ts";
import { openSocket, type Socket, type SocketWorld } from "./socket.ts";
import type { ValueStore } from "./store.ts";
import type { StartTimer } from "./timer.ts";

export type Link =
  /** Never connected since the page was opened. */
  | { readonly kind: "opening"; readonly tries: number }
  | { readonly kind: "live" }
  /** @see `valuesFrom` the hub's time of the last frame */
  | { readonly kind: "lost"; readonly tries: number; readonly valuesFrom: number };

/** What the hub says once a second, and how late the picture is. */
export interface Traffic {
  readonly in: number;
  readonly shown: number;
  /** Changes that the values shown stand for: of each row only the last one is drawn. */
  readonly merged: number;
  /** Values that changed in the whole plant. */
  readonly changes: number;
  /** Pages that are open at this hub. */
  readonly pages: number;
  /** The largest of: the hub's own lag, how late its frames come, how long it has been silent. */
  readonly lagMs: number;
}

interface LiveEvents {
  /** @param epoch `same`: the ids still hold; `new`: they do not */
  welcomed(welcome: WelcomeMessage, epoch: "first" | "same" | "new"): void;
  namesChanged(message: NamesMessage): void;
}

export interface LiveOptions {
  readonly socket: SocketWorld;
  readonly clock: HubClock;
  readonly store: ValueStore;
  readonly events: LiveEvents;
  /** The build of this page. */
  readonly ui: string;
}

export interface Live {
  readonly link: Signal<Link>;
  readonly traffic: Signal<Traffic | null>;
  /** The hub's time at which the picture was frozen; `null` while it moves. */
  readonly pausedAt: Signal<number | null>;
  /** Values that changed in the whole plant since then. */
  readonly missed: Signal<number>;
  /** The rows on screen; told to the hub when they have not changed for 50 ms. */
  watch(ids: readonly number[]): void;
  pause(): void;
  resume(): void;
  /** The tab went to the background, or came back. */
  hide(): void;
  show(): void;
  /** Does not wait for the next try. */
  retry(): void;
  stop(): void;
}

/** Freezes the picture, or lets it go on. */
export function togglePause(live: Pick<Live, "pausedAt" | "pause" | "resume">): void {
  if (live.pausedAt.get() === null) live.pause();
  else live.resume();
}

const VIEW_AFTER_MS = 50;
/** The hub takes 20 messages a second from a page; acknowledgements leave room for views. */
const ACK_EVERY_MS = 80;
const HEARTBEAT_MS = 1000;
/** `stat` comes once a second: two missing are worth saying, ten mean that the line is dead. */
const SILENT_AFTER_MS = 2500;
const DEAD_AFTER_MS = 10_000;
const MOST_ROWS = 400;

export function createLive(options: LiveOptions): Live {
  return new LiveLink(options);
}

class LiveLink implements Live {
  readonly link = createSignal<Link>({ kind: "opening", tries: 0 });
  readonly traffic = createSignal<Traffic | null>(null);
  readonly pausedAt = createSignal<number | null>(null);
  readonly missed = createSignal(0);

  readonly #options: LiveOptions;
  readonly #socket: Socket;
  readonly #timer: StartTimer;
  #epoch: string | null = null;
  /** The last `s`; `null` right after a hello, when any number may come. */
  #sequence: number | null = null;
  #generation = 0;
  #maxRows = MOST_ROWS;
  #rows: readonly number[] = [];
  #isHidden = false;
  #heardAt: number;
  /** How late the latest message with a time since the last `stat` was. */
  #latestMs = 0;
  /** Changes that came since the last `stat`, merged ones, too. */
  #merged = 0;
  #cancelView: (() => void) | null = null;
  #cancelAck: (() => void) | null = null;
  /** The frame to acknowledge next; `null` when all are. */
  #ackDue: number | null = null;
  #cancelHeartbeat: () => void;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#timer = options.socket.timer;
    this.#heardAt = options.clock.now();
    this.#socket = openSocket(options.socket, {
      opened: () => this.#sayHello(),
      received: (text) => this.#receive(text),
      lost: (tries) => this.#lose(tries),
    });
    this.#cancelHeartbeat = this.#timer(HEARTBEAT_MS, () => this.#heartbeat());
  }

  watch(ids: readonly number[]): void {
    const rows = ids.slice(0, this.#maxRows);
    if (sameIds(rows, this.#rows)) return;
    this.#rows = rows;
    this.#cancelView?.();
    this.#cancelView = this.#timer(VIEW_AFTER_MS, () => this.#sendView());
  }

  pause(): void {
    if (this.pausedAt.get() !== null) return;
    this.pausedAt.set(this.#options.clock.now());
    this.missed.set(0);
    this.#send({ op: "pause" });
  }

  resume(): void {
    if (this.pausedAt.get() === null) return;
    this.pausedAt.set(null);
    this.#send({ op: "resume" });
    this.#sendView();
  }

  hide(): void {
    this.#isHidden = true;
    this.#options.store.markAllLastKnown();
    this.#send({ op: "hide" });
  }

  show(): void {
    this.#isHidden = false;
    this.#heardAt = this.#options.clock.now();
    this.#socket.hurry();
    this.#sendView();
  }

  retry(): void {
    this.#socket.hurry();
  }

  stop(): void {
    this.#cancelView?.();
    this.#cancelAck?.();
    this.#cancelHeartbeat();
    this.#socket.stop();
  }

  #send(message: ClientMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  #sayHello(): void {
    const resume =
      this.#epoch === null ? {} : { resume: { epoch: this.#epoch, seq: this.#sequence ?? 0 } };
    this.#sequence = null;
    this.#send({ op: "hello", v: 1, ui: this.#options.ui, ...resume });
  }

  /** Frames are missing: nothing on screen is certain until the hub has said it all again. */
  #resync(): void {
    this.#options.store.markAllLastKnown();
    this.#sayHello();
    this.#sendView();
  }

  #lose(tries: number): void {
    this.#ackDue = null; // numbers begin anew with the next line
    const before = this.link.get();
    const valuesFrom = before.kind === "lost" ? before.valuesFrom : this.#heardAt;
    this.link.set(
      before.kind === "opening" ? { kind: "opening", tries } : { kind: "lost", tries, valuesFrom },
    );
    this.traffic.set(null);
    if (before.kind === "live") this.#options.store.markAllLastKnown();
  }

  #sendView(): void {
    this.#cancelView?.();
    this.#cancelView = null;
    if (this.link.get().kind !== "live") return;
    this.#generation += 1;
    this.#options.store.watch(this.#rows);
    // A paused hub sends nothing; rows that come into the frozen picture are filled in once, then it is still again.
    if (this.pausedAt.get() !== null) this.#send({ op: "resume" });
    this.#send({ op: "view", g: this.#generation, rows: this.#rows });
  }

  #receive(text: string): void {
    const message = parseHubMessage(text);
    if (message === null) return; // a newer hub may say more than this page knows
    // What came is acknowledged even when frames before it are missing: without credit the hub would fall silent.
    if ("s" in message) this.#acknowledge(message.s);
    if ("s" in message && !this.#isNext(message.s)) return this.#resync();
    this.#apply(message);
    this.#heardAt = this.#options.clock.now();
  }

  #isNext(sequence: number): boolean {
    const isNext = this.#sequence === null || sequence === this.#sequence + 1;
    this.#sequence = sequence;
    return isNext;
  }

  #apply(message: HubMessage): void {
    switch (message.op) {
      case "welcome":
        return this.#welcome(message);
      case "d": {
        this.#heardTime(message.t);
        if (message.g !== this.#generation) return; // asked for before the last view
        return this.#paint(message);
      }
      case "n":
        return this.#options.events.namesChanged(message);
      case "stat":
        return this.#count(message);
      case "reset":
        return this.#resync();
    }
  }

  /** The hub said at this moment that its clock shows `hubMs`. */
  #heardTime(hubMs: number): void {
    const { clock } = this.#options;
    clock.heard(hubMs);
    this.#latestMs = Math.max(this.#latestMs, clock.delayOf(hubMs));
  }

  #paint(frame: DeltaMessage): void {
    const isPaused = this.pausedAt.get() !== null;
    this.#merged += changesIn(frame);
    this.#options.store.apply(frame, isPaused ? "paused" : "live");
    if (isPaused) this.#send({ op: "pause" });
  }

  #count({ t, in: received, shown, lag, clients: pages, changes = 0 }: StatMessage): void {
    if (t !== undefined) this.#heardTime(t);
    if (this.pausedAt.get() !== null) this.missed.set(this.missed.get() + changes);
    const merged = this.#merged;
    const lagMs = Math.max(lag, this.#latestMs);
    this.traffic.set({ in: received, shown, merged, changes, pages, lagMs });
    this.#latestMs = 0;
    this.#merged = 0;
  }

  #welcome(welcome: WelcomeMessage): void {
    const isFirst = this.#epoch === null;
    const isSame = this.#epoch === welcome.epoch;
    this.#epoch = welcome.epoch;
    this.#maxRows = Math.min(welcome.maxRows, MOST_ROWS);
    this.#options.clock.restart(welcome.now);
    this.#heardAt = this.#options.clock.now();
    if (!isSame) {
      this.#rows = []; // ids of another epoch
      this.#options.store.clear();
    }
    this.link.set({ kind: "live" });
    this.#options.events.welcomed(welcome, isFirst ? "first" : isSame ? "same" : "new");
    if (this.#rows.length > 0) this.#sendView();
    if (this.#isHidden) this.#send({ op: "hide" });
  }

  /** At once, or with the next when the last one is not yet 80 ms ago. */
  #acknowledge(sequence: number): void {
    this.#ackDue = sequence;
    if (this.#cancelAck === null) this.#sendAck();
  }

  #sendAck(): void {
    this.#cancelAck = null;
    if (this.#ackDue === null) return;
    this.#send({ op: "ack", s: this.#ackDue });
    this.#ackDue = null;
    this.#cancelAck = this.#timer(ACK_EVERY_MS, () => this.#sendAck());
  }

  /** A cable that was pulled does not close a connection: silence is how one learns of it. */
  #heartbeat(): void {
    this.#cancelHeartbeat = this.#timer(HEARTBEAT_MS, () => this.#heartbeat());
    if (this.link.get().kind !== "live" || this.#isHidden) return;
    const silentMs = this.#options.clock.now() - this.#heardAt;
    if (silentMs > DEAD_AFTER_MS) return this.#socket.restart();
    const traffic = this.traffic.get();
    if (silentMs > SILENT_AFTER_MS && traffic !== null) {
      this.traffic.set({ ...traffic, lagMs: Math.max(traffic.lagMs, silentMs) });
    }
  }
}

/** Each value is told with how many changes it stands for. */
function changesIn({ u }: DeltaMessage): number {
  let sum = 0;
  for (let at = STRIDE - 1; at < u.length; at += STRIDE) sum += Number(u[at]);
  return sum;
}

function sameIds(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id, at) => id === b[at]);
}
