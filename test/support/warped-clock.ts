/**
 * Time of this whole process that passes only while there is nothing to do: a day with real sockets and real libraries
 * takes as long as its work. Import it first: libraries may keep the functions that it replaces.
 *
 * Timers, `Date`, `performance.now` and `process.hrtime` follow it; sockets, files and threads are real. Before a timer
 * fires the event loop must have turned without an event, and what a socket of this process wrote must have come to the
 * other one, so a message on the loopback always comes before the time-out that waits for it.
 */
import { createHook } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { Socket } from "node:net";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import { syncBuiltinESMExports } from "node:module";

const real = { setImmediate, setTimeout, Date, now: performance.now.bind(performance) };
const START_MS = real.Date.now();
const START_TICKS_MS = real.now();
/** So many turns without an event mean that nothing is left to do. */
const CALM_TURNS = 2;
/** So many turns in which nothing came, though something should, are taken at once. */
const MOST_BUSY_TURNS = 20;
/** Requests that the kernel or another thread works on: files, names, connections, keys. Random bytes are made at once. */
const REQUEST = /^(?!RANDOMBYTES).*REQ/;

/** As much of `NodeJS.Timeout` as libraries use. */
class WarpedTimer {
  readonly id = ++lastId;
  readonly #run: () => void;
  readonly #everyMs: number | undefined;
  readonly #afterMs: number;
  dueMs: number;

  constructor(run: () => void, afterMs: number, isRepeated: boolean) {
    this.#run = run;
    this.#afterMs = Math.max(1, Number.isFinite(afterMs) ? afterMs : 1);
    this.#everyMs = isRepeated ? this.#afterMs : undefined;
    this.dueMs = nowMs + this.#afterMs;
    waiting.add(this);
  }

  fire(): void {
    if (this.#everyMs === undefined) waiting.delete(this);
    else this.dueMs += this.#everyMs;
    this.#run();
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  refresh(): this {
    this.dueMs = nowMs + this.#afterMs;
    waiting.add(this);
    return this;
  }

  close(): this {
    waiting.delete(this);
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.id;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Since the start, in ms. */
let nowMs = 0;
let lastId = 0;
const waiting = new Set<WarpedTimer>();
/** One end of a connection over TCP. */
interface End {
  readonly socket: Socket;
  /** Unknown until both ends have heard of each other. */
  other: End | undefined;
}

/** By their own port and that of the other end. */
const ends = new Map<string, End>();
/** The kernel may take a while on a busy machine; what takes longer than this does not come. */
const ON_THE_WAY_MS = 200;
/** Ids of requests, and when they began. */
const requests = new Map<number, number>();
/** Some were done at once, which nobody is told. */
const REQUEST_MS = 5_000;

type Task = (...args: unknown[]) => void;

function start(isRepeated: boolean) {
  return (task: Task, ms = 1, ...args: unknown[]): WarpedTimer =>
    new WarpedTimer(() => task(...args), ms, isRepeated);
}

function clear(timer: unknown): void {
  if (timer instanceof WarpedTimer) timer.close();
}

/** As that of `node:timers/promises`. */
function pause(
  ms?: number,
  value?: unknown,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (): void => {
      timer.close();
      reject(new DOMException("The operation was aborted", "AbortError"));
    };
    const timer = new WarpedTimer(
      () => {
        signal?.removeEventListener("abort", ended);
        resolve(value);
      },
      ms ?? 1,
      false,
    );
    if (signal?.aborted === true) ended();
    else signal?.addEventListener("abort", ended, { once: true });
  });
}

function dateNow(): number {
  return START_MS + Math.floor(nowMs);
}

const WarpedDate = new Proxy(real.Date, {
  construct(date, given: unknown[], newTarget): object {
    const made: unknown = Reflect.construct(
      date,
      given.length === 0 ? [dateNow()] : given,
      newTarget,
    );
    return Object(made);
  },
  get: (date, key): unknown => (key === "now" ? dateNow : Reflect.get(date, key)),
});

function hrtime(before: readonly [number, number] = [0, 0]): [number, number] {
  const ns = hrtimeBig() - BigInt(before[0]) * 1_000_000_000n - BigInt(before[1]);
  return [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
}

function hrtimeBig(): bigint {
  return BigInt(Math.round((START_TICKS_MS + nowMs) * 1_000_000));
}

function install(): void {
  const begin = { setTimeout: start(false), setInterval: start(true) };
  const end = { clearTimeout: clear, clearInterval: clear };
  Object.assign(globalThis, begin, end, { Date: WarpedDate });
  Object.assign(timers, begin, end);
  Object.assign(timersPromises, { setTimeout: pause });
  performance.now = () => START_TICKS_MS + nowMs;
  process.hrtime = Object.assign(hrtime, { bigint: hrtimeBig });
  syncBuiltinESMExports();
}

/** The time of this process. */
export const warped = {
  /** Since the start, in ms. */
  get nowMs(): number {
    return nowMs;
  },

  /** Lets so much time pass, with all that happens in it. */
  async pass(ms: number): Promise<void> {
    const endMs = nowMs + ms;
    for (;;) {
      await calm();
      const next = nextTimer();
      if (next === undefined || next.dueMs > endMs) break;
      nowMs = Math.max(nowMs, next.dueMs);
      next.fire();
    }
    nowMs = endMs;
  },

  /**
   * Lets time pass until `holds`, which is asked whenever nothing is left to do; resolves with how long that took, in ms.
   * @throws {Error} when it does not hold after `withinMs`.
   */
  async until(holds: () => boolean, withinMs = 600_000): Promise<number> {
    const startMs = nowMs;
    for (;;) {
      await calm();
      if (holds()) return nowMs - startMs;
      const next = nextTimer();
      if (next === undefined)
        throw new Error(`nothing is left to happen, but not ${String(holds)}`);
      if (next.dueMs > startMs + withinMs)
        throw new Error(`not within ${withinMs} ms: ${String(holds)}`);
      nowMs = Math.max(nowMs, next.dueMs);
      next.fire();
    }
  },

  /** Lets time pass until `work` is done. */
  async finish<Result>(work: Promise<Result>): Promise<Result> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    await warped.until(() => isDone);
    return await done;
  },
};

function nextTimer(): WarpedTimer | undefined {
  let first: WarpedTimer | undefined;
  for (const timer of waiting) {
    if (first === undefined || timer.dueMs < first.dueMs) first = timer;
  }
  return first;
}

/** Resolves once nothing happens by itself any more. */
async function calm(): Promise<void> {
  let turns = 0;
  let seen = -1;
  let busyTurns = 0;
  let seenAt = 0;
  while (turns < CALM_TURNS) {
    await (busyTurns < MOST_BUSY_TURNS ? nextTurn() : nextMillisecond());
    const { events } = performance.nodeTiming.uvMetricsInfo;
    const isIdle = events === seen && !isUnderWay();
    if (!isIdle) seenAt = real.now();
    turns = isIdle && !isOnTheWay(real.now() - seenAt > ON_THE_WAY_MS) ? turns + 1 : 0;
    busyTurns = turns > 0 || events !== seen ? 0 : busyTurns + 1;
    seen = events;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    real.setImmediate(resolve);
  });
}

/** Leaves the processor to the kernel, which has something to deliver. */
function nextMillisecond(): Promise<void> {
  return new Promise((resolve) => {
    real.setTimeout(resolve, 1);
  });
}

function isUnderWay(): boolean {
  for (const [id, begunAt] of requests) {
    if (real.now() - begunAt > REQUEST_MS) requests.delete(id);
    else return true;
  }
  return false;
}

function watchRequests(): void {
  createHook({
    trackPromises: false,
    init(id, type) {
      if (REQUEST.test(type)) requests.set(id, real.now());
    },
    before: (id) => void requests.delete(id),
    destroy: (id) => void requests.delete(id),
  }).enable();
}

/** Whether a socket has not heard yet what the other end of its connection wrote, or that it is gone. */
function isOnTheWay(isTooLate: boolean): boolean {
  let isMoving = false;
  for (const [key, end] of ends) {
    if (!isAhead(end)) {
      if (end.socket.destroyed) ends.delete(key);
    } else if (isTooLate) {
      ends.delete(key); // it is not waited for again
    } else {
      isMoving = true;
    }
  }
  return isMoving;
}

function isAhead({ socket, other }: End): boolean {
  if (other === undefined) return !socket.destroyed;
  const peer = other.socket;
  if (peer.destroyed) return false;
  return socket.destroyed || peer.bytesRead < socket.bytesWritten - socket.writableLength;
}

function add(socket: Socket): void {
  const { localPort, remotePort } = socket;
  const other = ends.get(`${remotePort}>${localPort}`);
  const end: End = { socket, other };
  if (other !== undefined) other.other = end;
  ends.set(`${localPort}>${remotePort}`, end);
}

function watchSockets(): void {
  subscribe("net.client.socket", (message) => {
    const socket: unknown = Reflect.get(Object(message), "socket");
    if (socket instanceof Socket) socket.once("connect", () => add(socket));
  });
  subscribe("net.server.socket", (message) => {
    const socket: unknown = Reflect.get(Object(message), "socket");
    if (socket instanceof Socket) add(socket);
  });
}

install();
watchSockets();
watchRequests();
