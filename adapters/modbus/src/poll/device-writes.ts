/**
 * The writes of one device: the desk of the contract queues and checks them; here is what is Modbus. A write is a wish
 * until the device shows it, so it is read back, and what was read is what is told.
 */
import {
  auditFields,
  deviceControl,
  isDone,
  OWN_PREFIXES,
  rejected,
  WriteDesk,
  type DeviceControl,
  type WriteAudit,
  type WriteCommand,
  type WriteRejection,
  type WriteResult,
} from "@unshub/adapter";
import type { MetricValue } from "@unshub/sparkplug";
import type { Tag } from "../tag.ts";
import { encodeCommand, encodeWrite } from "../types/index.ts";
import { Naps } from "./naps.ts";
import { ReadBack } from "./read-back.ts";
import { WriteLane, type WriteLaneOptions } from "./write-lane.ts";
import { rejectionOf, WriteSender, type Sent, type WriteSenderOptions } from "./write-sender.ts";

/** What the writes of a device need. */
export interface DeviceWritesOptions
  extends WriteLaneOptions, Omit<WriteSenderOptions, "naps" | "lane"> {
  readonly tags: readonly Tag[];
  valueOf(index: number): MetricValue | undefined;
  /**
   * What the device has now, as read after a write. `at`: milliseconds since 1970 UTC. `isLast`: it is told, changed or
   * not, since somebody waits for it.
   */
  readBack(
    index: number,
    data: Uint8Array,
    when: { readonly at: number; readonly isLast: boolean },
  ): void;
  /** Does what somebody asks of the device itself; a sentence when it cannot be done. */
  control(control: DeviceControl): string | undefined;
  /** A write came to its end. */
  wrote(command: WriteCommand, result: WriteResult): void;
}

interface Target {
  readonly tag: Tag;
  readonly index: number;
}

/** What is carried out now. */
interface DueWrites {
  readonly tags: readonly (Target & {
    readonly command: WriteCommand;
    readonly value: MetricValue;
  })[];
  /** By the scheduler: nothing is sent later than this. */
  readonly untilMs: number;
}

export class DeviceWrites {
  readonly #options: DeviceWritesOptions;
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #desk: WriteDesk;
  readonly #naps: Naps;
  readonly #lane: WriteLane;
  readonly #sender: WriteSender;
  readonly #readBack: ReadBack;
  readonly #open = new Set<Promise<unknown>>();
  #isStopped = false;

  constructor(options: DeviceWritesOptions) {
    this.#options = options;
    this.#indexes = new Map(options.tags.map((tag, index) => [tag.name, index]));
    this.#naps = new Naps(options.scheduler);
    this.#lane = new WriteLane(options);
    this.#sender = new WriteSender({ ...options, naps: this.#naps, lane: this.#lane });
    this.#readBack = new ReadBack({
      ...options,
      lane: this.#lane,
      naps: this.#naps,
      isOver: () => this.#isStopped || !options.isOnline(),
    });
    this.#desk = new WriteDesk({
      check: (command) => this.#check(command),
      groupOf: (command) => this.#target(command)?.tag.writeGroup,
      joins: (before, command) => this.#isNextCoil(before, command),
      perform: (commands, waitMs) => this.#perform(commands, waitMs),
      valueOf: (command) => {
        const index = this.#indexes.get(command.metric);
        return index === undefined ? undefined : options.valueOf(index);
      },
      audit: (entry) => this.#audit(entry),
      now: options.now,
      maxAgeMs: options.config.maxCommandAgeMs,
    });
  }

  /** Carries out the metrics of one command; one result for each. Never rejects. */
  async write(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    const done = this.#desk.write(commands);
    this.#open.add(done);
    try {
      return await done;
    } finally {
      this.#open.delete(done);
    }
  }

  /** Somebody has worked on the device. */
  forgive(): void {
    this.#sender.forgive();
  }

  /** The device is not online any more: what waits for the link is not sent. */
  takeBack(): void {
    this.#lane.takeBack();
  }

  /** What waits is refused; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#naps.wakeForever();
    await Promise.all(this.#open);
  }

  #target({ metric }: WriteCommand): Target | undefined {
    const index = this.#indexes.get(metric);
    const tag = index === undefined ? undefined : this.#options.tags[index];
    return index === undefined || tag === undefined ? undefined : { tag, index };
  }

  #check(command: WriteCommand): WriteResult | undefined {
    const { metric, value } = command;
    const asked = deviceControl(metric, value);
    if (asked !== undefined) {
      return asked.kind === "refused"
        ? this.#rejected(command, "bad_value", asked.because)
        : undefined;
    }
    const target = this.#target(command);
    if (target !== undefined) return this.#checkTag(command, target.tag);
    return OWN_PREFIXES.some((prefix) => metric.startsWith(prefix))
      ? this.#rejected(command, "not_writable", "it only tells")
      : this.#rejected(command, "unknown_metric", "the device has no such metric");
  }

  #checkTag(command: WriteCommand, tag: Tag): WriteResult | undefined {
    if (!tag.writable) {
      const because = tag.access === "r" ? "its access is r" : "the device is readOnly";
      return this.#rejected(command, "not_writable", because);
    }
    const encoded = encodeWrite(tag, command.value);
    if (encoded.kind === "problem") {
      return this.#rejected(command, rejectionOf(encoded.code), encoded.problem);
    }
    return this.#offline(command);
  }

  #offline(command: WriteCommand): WriteResult | undefined {
    if (this.#isStopped) return this.#rejected(command, "offline", "the adapter stops");
    if (this.#options.isOnline()) return undefined;
    return this.#rejected(command, "offline", "the device is offline");
  }

  /** Neighbouring coils of one command go out in one request. */
  #isNextCoil(before: WriteCommand, command: WriteCommand): boolean {
    const first = this.#target(before)?.tag;
    const second = this.#target(command)?.tag;
    if (first?.table !== "co" || second?.table !== "co") return false;
    if (first.writeGroup !== undefined || second.writeGroup !== undefined) return false;
    return second.start === first.start + 1;
  }

  /** All of one request. It may have waited, so that what held when it was checked need not hold any more. */
  async #perform(
    commands: readonly WriteCommand[],
    waitMs: number,
  ): Promise<readonly WriteResult[]> {
    const [first] = commands;
    const asked = first && deviceControl(first.metric, first.value);
    if (first !== undefined && asked !== undefined) return [this.#control(first, asked)];
    const tags = commands.flatMap((command) => {
      const target = this.#target(command);
      return target === undefined ? [] : [{ ...target, command, value: command.value }];
    });
    const results = new Map<WriteCommand, WriteResult>();
    for (const { command } of tags) {
      const offline = this.#offline(command);
      if (offline !== undefined) results.set(command, offline);
    }
    const untilMs = this.#options.scheduler.nowMs() + waitMs;
    if (results.size === 0) await this.#carryOut({ tags, untilMs }, results);
    return commands.flatMap((command) => results.get(command) ?? []);
  }

  async #carryOut(
    { tags, untilMs }: DueWrites,
    results: Map<WriteCommand, WriteResult>,
  ): Promise<void> {
    for (const { encoded, writes } of encodeCommand(tags)) {
      const members = writes.flatMap((place) => tags[place] ?? []);
      const [first] = members;
      const name = `${this.#options.config.name} ${first?.tag.name ?? ""}`;
      const isIdempotent = members.every(({ tag }) => tag.idempotent === true);
      const mayShow = members.every(({ tag }) => tag.useFc23 === true && this.#isReadBack(tag));
      const sent = await this.#sender.send({ encoded, name, isIdempotent, mayShow, untilMs });
      const settled = await Promise.all(members.map((each) => this.#conclude(each, sent)));
      for (const [index, { command }] of members.entries()) {
        const result = settled[index];
        if (result !== undefined) results.set(command, result);
      }
    }
  }

  /** Reads back and says what became of it. */
  async #conclude(
    write: Target & { readonly value: MetricValue },
    sent: Sent,
  ): Promise<WriteResult> {
    if (sent.kind === "refused") return sent.result;
    if (this.#isReadBack(write.tag)) return await this.#readBack.verify(write, sent);
    const at = this.#options.now();
    if (sent.kind === "accepted") return { outcome: "ok_unverified", at };
    return { outcome: "timeout_unknown", because: sent.because, at };
  }

  #isReadBack({ verify, access }: Tag): boolean {
    return verify !== "none" && access !== "w" && !this.#options.isBroadcast;
  }

  #control(command: WriteCommand, asked: DeviceControl): WriteResult {
    const because = this.#isStopped ? "the adapter stops" : this.#options.control(asked);
    if (because !== undefined) return this.#rejected(command, "offline", because);
    return { outcome: "ok", at: this.#options.now() };
  }

  /** The line for the audit: who, what, and what came of it. */
  #audit(entry: WriteAudit): void {
    const level = isDone(entry.result) ? "info" : "warn";
    this.#options.log[level](auditFields(entry), "write");
    this.#options.wrote(entry.command, entry.result);
  }

  #rejected(command: WriteCommand, rejection: WriteRejection, because: string): WriteResult {
    return rejected(command, rejection, { because, at: this.#options.now() });
  }
}
