/**
 * One device: is read until it answered completely, is born with all its metrics, is polled until it no longer
 * answers, dies, and so on. Its trouble stays its own: it has at most one poll of each group under way, and while it
 * is dead it is asked ever more rarely.
 */
import { AdapterError, Backoff, type DeviceReporter, type Logger } from "@unshub/adapter";
import type { MetricReading, MetricValue } from "@unshub/sparkplug";
import type { Answer, Priority } from "./client.ts";
import { sleep, type Clock } from "./clock.ts";
import type { DeviceConfig } from "./config.ts";
import type { ModbusError } from "./errors.ts";
import { GroupReader } from "./group-reader.ts";
import { Life, type Readers } from "./life.ts";
import type { Link } from "./link.ts";
import { isFromGateway, type ModbusRequest } from "./pdu.ts";
import { badReading, bornMetric } from "./reading.ts";
import type { Tag } from "./tag.ts";
import { readBack, sendWrite } from "./write.ts";

/** What a device is lent by its adapter. */
export interface DeviceOptions {
  readonly config: DeviceConfig;
  readonly link: Link;
  /** How often an unanswered read is repeated. */
  readonly retries: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly report: DeviceReporter;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Ends all that `run` began. */
  readonly signal: AbortSignal;
}

const FIRST_PROBE_MS = 500;
const LONGEST_PROBE_MS = 30_000;
const READ_BACK_AFTER_MS = 50;

/** One unit behind a link. */
export class Device {
  readonly name: string;
  readonly #options: DeviceOptions;
  readonly #tags: ReadonlyMap<string, Tag>;
  /** What was read while the device was not born yet. */
  readonly #read = new Map<string, MetricReading>();
  readonly #readBacks = new Set<Promise<void>>();
  #life: Life | undefined;
  #answers = 0;
  #silenceIsLogged = false;

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.name = options.config.name;
    const tags = options.config.groups.flatMap((group) => group.tags);
    this.#tags = new Map(tags.map((tag) => [tag.name, tag]));
  }

  get isBorn(): boolean {
    return this.#life !== undefined;
  }

  /** Lives and dies until the signal is aborted; resolves when nothing of it is under way. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      await this.#linkUp();
      const readers = this.#freshReaders();
      if (await this.#readUntilComplete([...readers.values()])) await this.#live(readers);
    }
    await Promise.all(this.#readBacks);
  }

  /**
   * Writes one metric; the value read back follows as `changed`.
   * @throws {AdapterError} as the contract of adapters says.
   */
  async write(metric: string, value: MetricValue): Promise<void> {
    const tag = this.#tags.get(metric);
    if (tag === undefined) {
      throw new AdapterError("UNKNOWN_METRIC", `${this.name} has no metric "${metric}"`);
    }
    const life = this.#life;
    const target = { device: this.name, tag, isOnline: life !== undefined };
    try {
      await sendWrite(target, value, (request) => this.#ask(request, "write"));
    } catch (cause) {
      const isUnknown = cause instanceof AdapterError && cause.code === "NO_ANSWER";
      if (isUnknown) this.#startReadBack(tag, life);
      throw cause;
    }
    this.#startReadBack(tag, life);
  }

  /** Resolves when the link is up or all is over. */
  async #linkUp(): Promise<void> {
    const { link, signal } = this.#options;
    if (link.isUp || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const unwatch = link.watch({ up: wake, down: () => undefined });
    signal.addEventListener("abort", wake);
    await promise;
    signal.removeEventListener("abort", wake);
    unwatch();
  }

  /** Readers that know of no wrong tags: what was wrong may have been put right while the device was away. */
  #freshReaders(): Readers {
    const { config, retries, clock, now } = this.#options;
    const options = {
      limits: config.limits,
      // A dead device is asked once: the others on the link wait meanwhile.
      retries: () => (this.#life === undefined ? 0 : retries),
      ask: (request: ModbusRequest) => this.#ask(request, "poll"),
      tell: (readings: readonly MetricReading[]) => this.#tell(readings),
      answersSoFar: () => this.#answers,
      clock,
      now,
    };
    this.#read.clear();
    return new Map(config.groups.map((group) => [group, new GroupReader(group.tags, options)]));
  }

  /** Whether the device answered completely; false when the link went down before. */
  async #readUntilComplete(readers: GroupReader[]): Promise<boolean> {
    const { link, clock, signal } = this.#options;
    const linkDown = new AbortController();
    const unwatch = link.watch({ up: () => undefined, down: () => linkDown.abort() });
    const over = AbortSignal.any([signal, linkDown.signal]);
    const backoff = new Backoff(FIRST_PROBE_MS, LONGEST_PROBE_MS);
    let isComplete = false;
    while (link.isUp && !over.aborted && !isComplete) {
      const cause = await firstFailure(readers);
      isComplete = cause === undefined;
      if (cause === undefined || over.aborted) continue;
      this.#logSilence(cause);
      await sleep(clock, backoff.next(), over);
    }
    unwatch();
    return isComplete && !over.aborted;
  }

  /** Birth, polls, death. */
  async #live(readers: Readers): Promise<void> {
    const { config, link, clock, log, signal, report } = this.#options;
    if (signal.aborted) return;
    this.#born();
    const life = new Life({ config, link, readers, clock, log, signal });
    this.#life = life;

    const cause = await life.death;

    this.#life = undefined;
    const ended = life.end();
    if (!signal.aborted) {
      this.#silenceIsLogged = true;
      report.died(this.name, cause);
    }
    await ended;
  }

  #born(): void {
    const { report, now } = this.#options;
    const at = now();
    const metrics = Array.from(this.#tags.values(), (tag) => {
      const unread = badReading(tag, tag.access === "w" ? "write_only" : "not_read", at);
      return bornMetric(tag, this.#read.get(tag.name) ?? unread);
    });
    this.#silenceIsLogged = false;
    report.born(this.name, metrics);
  }

  /** Says it once, not at every try. */
  #logSilence(cause: ModbusError): void {
    const level = this.#silenceIsLogged ? "debug" : "warn";
    this.#silenceIsLogged = true;
    this.#options.log[level]({ device: this.name, cause }, "device does not answer");
  }

  /** Done or unknown: what the device has now is what counts. */
  #startReadBack(tag: Tag, life: Life | undefined): void {
    if (life === undefined || tag.access === "w") return;
    const done = this.#readBack(tag, life).finally(() => this.#readBacks.delete(done));
    this.#readBacks.add(done);
  }

  async #readBack(tag: Tag, life: Life): Promise<void> {
    const { clock, signal } = this.#options;
    await sleep(clock, READ_BACK_AFTER_MS, signal);
    if (life.isOver) return;
    const reading = await readBack(tag, (request) => this.#ask(request, "write"));
    // Without a reading the next poll of its group says what became of the write.
    if (reading !== undefined && !life.isOver) this.#tell([reading]);
  }

  async #ask(request: ModbusRequest, priority: Priority): Promise<Answer> {
    const { link, config } = this.#options;
    const answer = await link.request(config.unit, request, priority);
    if (!isFromGateway(answer)) this.#answers += 1;
    return answer;
  }

  #tell(readings: readonly MetricReading[]): void {
    const { report, signal } = this.#options;
    if (signal.aborted) return;
    if (this.#life !== undefined) report.changed(this.name, readings);
    else for (const reading of readings) this.#read.set(reading.name, reading);
  }
}

/**
 * One pass over all `readers`; why the first that failed did, or `undefined` when all went through. The one that
 * failed goes to the end of the line, so that it cannot hide the others.
 */
async function firstFailure(readers: GroupReader[]): Promise<ModbusError | undefined> {
  for (const [index, reader] of readers.entries()) {
    const { cause } = await reader.pass();
    if (cause === undefined) continue;
    readers.push(...readers.splice(index, 1));
    return cause;
  }
  return undefined;
}
