/** A broker that is started again and again on what it stored, with a clock that the test moves. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { BrokerClock } from "../../hub/src/broker/clock.ts";
import { startTestBroker, type TestBroker, type TestBrokerOptions } from "./mqtt-broker.ts";

interface Timer {
  readonly everyMs: number;
  readonly run: () => void;
  due: number;
}

/** Both its times stand still until they are moved. */
export class HandClock implements BrokerClock {
  #wall: number;
  #monotonic: number;
  readonly #timers = new Set<Timer>();

  constructor(wall: number, monotonic: number) {
    this.#wall = wall;
    this.#monotonic = monotonic;
  }

  wall(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  every(everyMs: number, run: () => void): () => void {
    const timer = { everyMs, run, due: this.#monotonic + everyMs };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Lets time pass; timers run when they are due. */
  pass(seconds: number): void {
    const end = this.#monotonic + 1000 * seconds;
    for (;;) {
      const next = [...this.#timers].toSorted((a, b) => a.due - b.due)[0];
      if (next === undefined || next.due > end) break;
      this.#moveTo(next.due);
      next.due += next.everyMs;
      next.run();
    }
    this.#moveTo(end);
  }

  /** Somebody sets the wall clock. */
  jump(seconds: number): void {
    this.#wall += 1000 * seconds;
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }
}

export class BrokerLives {
  clock = new HandClock(Date.UTC(2026, 0, 1), 5000);
  readonly #t: TestContext;
  readonly #options: TestBrokerOptions;
  #folder: string;
  #lives = 0;

  constructor(t: TestContext, options: TestBrokerOptions = {}) {
    this.#t = t;
    this.#options = options;
    this.#folder = this.#newFolder();
  }

  async start(options: TestBrokerOptions = {}): Promise<TestBroker> {
    const storage = { folder: this.#folder, durability: "process" } as const;
    const hub = await startTestBroker({
      clock: this.clock,
      storage,
      ...this.#options,
      ...options,
    });
    this.#t.after(() => hub.broker.stop());
    return hub;
  }

  /**
   * As if it were killed now and away for some time: what it has written until now is all that the next life finds. It
   * goes on, out of reach, until the test ends.
   */
  async kill({ broker }: TestBroker, awaySeconds = 0): Promise<void> {
    await broker.publish({ topic: "written", payload: Buffer.from("x"), qos: 1, retain: true });
    const folder = this.#newFolder();
    cpSync(this.#folder, folder, { recursive: true });
    this.#folder = folder;
    this.sleep(awaySeconds);
  }

  /** Stops it in order. */
  async stop({ broker }: TestBroker, awaySeconds = 0): Promise<void> {
    await broker.stop();
    this.sleep(awaySeconds);
  }

  get folder(): string {
    return this.#folder;
  }

  /** A new process: the monotonic clock begins anew. */
  sleep(seconds: number): void {
    this.#lives += 1;
    this.clock = new HandClock(this.clock.wall() + 1000 * seconds, 100 * this.#lives);
  }

  #newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), "unshub-lives-"));
    this.#t.after(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }
}
