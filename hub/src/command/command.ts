/**
 * Writes: a wish goes out as DCMD or NCMD, and only the value that comes back makes it done. Commands are carried out now
 * or not at all; nothing is queued, nothing is repeated. What other clients command passes by the same rules.
 */
import type { Logger } from "@unshub/adapter";
import type { MetricValue, SparkplugMessage } from "@unshub/sparkplug";
import type { MetricInfo, UnsTree } from "../tree/index.ts";
import { approvalFault, Approvals, isNobody, needsSecond } from "./approvals.ts";
import type { AuditDesk } from "./command-audit.ts";
import type { CommandNumbers } from "./command-numbers.ts";
import { CommandNotes } from "./command-notes.ts";
import type { FollowingOptions, Told } from "./following.ts";
import { ForeignCommands } from "./foreign-commands.ts";
import type { CommandJournal } from "./journal.ts";
import { NO_AUDIT, refused, type Refusal, type Writer, type WriteOutcome } from "./outcome.ts";
import { Pace } from "./pace.ts";
import { Rules, type CommandsConfig, type Governing } from "./rules/index.ts";
import { Sending, type Answered } from "./sending.ts";
import { Wishes, type Wish, type WishOptions } from "./wish.ts";

export interface CommandOptions {
  readonly tree: UnsTree;
  readonly log: Logger;
  readonly now: () => number;
  /** Left out: everything is open. */
  readonly config?: CommandsConfig;
  /** What the configuration opens by other words than a rule; see `ownTags`. */
  readonly isOpened?: WishOptions["isOpened"];
  /** Whether an adapter of the hub says what a device made of a write (`answered`). */
  readonly isAnswered?: FollowingOptions["isAnswered"];
  /** The path of a metric in the plant: rules and writers may call it so. */
  readonly placeOf?: (id: number) => string | undefined;
  /** The metric at a path in the plant. */
  readonly metricAt?: (place: string) => number | undefined;
  publish(message: SparkplugMessage): Promise<void>;
  /** Whether anybody subscribes to a topic; left out: nobody knows. */
  readonly isHeard?: (topic: string) => boolean;
  /** Where commands are noted for good; left out: nowhere. */
  readonly audit?: AuditDesk;
  /** Left out: commands count from 1 in each run. */
  readonly numbers?: CommandNumbers;
  /** `writable`: metrics of edge nodes themselves go out as NCMD, as a host for others must. Default `refused`. */
  readonly nodeMetrics?: "refused" | "writable";
}

/** The hub itself, when nobody else is named. */
const HUB: Writer = { actor: "hub", via: "system", fault: () => undefined };

const EVERYTHING_OPEN: CommandsConfig = {
  default: "allow",
  confirmWithin: 5000,
  approveWithin: 600_000,
  rules: [],
};

/** What somebody wants to know before he writes. */
export interface WritePlan {
  readonly info: MetricInfo;
  readonly topic: string;
  readonly rule: Governing;
  /** Why nothing can be written now; `undefined` when it can. */
  readonly refusal: Refusal | undefined;
}

export class Commands {
  readonly journal: CommandJournal;
  /** What other clients command. */
  readonly foreign: ForeignCommands;
  readonly #options: CommandOptions;
  readonly #wishes: Wishes;
  readonly #pace: Pace;
  readonly #approvals: Approvals;
  readonly #notes: CommandNotes;
  readonly #sending: Sending;

  constructor(options: CommandOptions) {
    const { tree, now, config = EVERYTHING_OPEN } = options;
    this.#options = options;
    const rules = new Rules(config);
    const wishes = new Wishes({ ...options, rules });
    const pace = new Pace(() => now());
    const notes = new CommandNotes(options);
    const sending = new Sending({ ...options, notes, pace });
    [this.#wishes, this.#pace, this.#notes, this.#sending] = [wishes, pace, notes, sending];
    this.journal = notes.journal;
    this.foreign = new ForeignCommands({ tree, config, wishes, pace, notes, sending });
    this.#approvals = new Approvals(config.approveWithin, {
      now: () => now(),
      expired: (id) => notes.end(id, refused("EXPIRED", "no second person said yes in time")),
    });
  }

  /**
   * Writes the metric at `path`, in the tree or in the plant. `input`: a text or a JSON value; `writer`: left out, the hub
   * itself. Resolves when it is over, or waits for a second person.
   */
  async write(path: string, input: MetricValue, writer: Writer = HUB): Promise<WriteOutcome> {
    const { command, wish } = this.#open({ path, input }, writer);
    if ("code" in wish) return this.#notes.end(command, { result: "refused", ...wish });
    if (!needsSecond(wish, writer)) return await this.#sending.send({ command, wish });
    return this.#park(command, { writer, wish });
  }

  /**
   * As `write`, several metrics of one device: by one command, or by none when one of them cannot be written. Those that need a
   * second person are written one by one.
   */
  async writeTogether(
    writes: readonly WriteInput[],
    writer: Writer = HUB,
  ): Promise<readonly WriteOutcome[]> {
    const opened = writes.map((write) => this.#open(write, writer));
    const [first, ...others] = opened.flatMap(({ command, wish }) =>
      "code" in wish ? [] : [{ command, wish }],
    );
    if (first === undefined || others.length + 1 < opened.length) {
      return opened.map(({ command, wish }) =>
        this.#notes.end(command, "code" in wish ? { result: "refused", ...wish } : NOT_ALONE),
      );
    }
    const fault = [first, ...others].some(({ wish }) => needsSecond(wish, writer))
      ? refused("NO_SECOND_PERSON", "a second person must say yes to one of them: write it alone")
      : undefined;
    if (fault !== undefined) return opened.map(({ command }) => this.#notes.end(command, fault));
    return await this.#sending.sendTogether(first, others);
  }

  #open({ path, input }: WriteInput, writer: Writer): Opened {
    const info = this.#infoAt(path);
    const command = this.#notes.open({ path, info, asked: input }, writer);
    return { command, wish: this.#check(path, { info, input, writer }) };
  }

  /** What holds for the metric at `path`, and whether `writer` could write it now; `undefined`: there is none. */
  plan(path: string, writer: Writer = HUB): WritePlan | undefined {
    const info = this.#infoAt(path);
    if (info === undefined) return undefined;
    const fault = writer.fault(info);
    const refusal: Refusal | undefined =
      fault === undefined ? this.#wishes.closed(info, path) : { code: "FORBIDDEN", because: fault };
    const topic = this.#sending.topicOf(info);
    return { info, topic, rule: this.#wishes.ruleOf(info), refusal };
  }

  /** A second person says yes; everything is checked anew, and then it is sent. `undefined`: nothing waits under this id. */
  async approve(id: number, writer: Writer): Promise<WriteOutcome | undefined> {
    const waiting = this.#approvals.get(id);
    if (waiting === undefined) return undefined;
    const fault = approvalFault(waiting, writer);
    if (fault !== undefined) return refused("FORBIDDEN", fault); // it goes on waiting for another one
    if (!this.#notes.answered(id, writer, "approve")) return NO_AUDIT;
    this.#approvals.delete(id);
    this.journal.step(id, "approved", writer.actor);
    const again = this.#again(waiting.wish);
    if ("code" in again) return this.#notes.end(id, { result: "refused", ...again });
    return await this.#sending.send({ command: id, wish: again });
  }

  /** A second person, or the one who asked, says no. */
  reject(id: number, writer: Writer): WriteOutcome | undefined {
    if (this.#approvals.get(id) === undefined) return undefined;
    if (!this.#notes.answered(id, writer, "reject")) return NO_AUDIT;
    this.#approvals.delete(id);
    return this.#notes.end(id, refused("REJECTED", `${writer.actor} said no`));
  }

  /** What the adapter of the hub made of a command for one of its devices. */
  answered(metric: Answered, told: Told): void {
    this.#sending.answered(metric, told);
  }

  /** Until when the hub waits for what comes of a command of its own; `undefined`: it is none, or it is over. */
  awaitedUntil(metric: Answered, askedAt: number | undefined): number | undefined {
    return this.#sending.awaitedUntil(metric, askedAt);
  }

  /** Call it about once a second: what waited too long for a second person ends. */
  sweep(): void {
    this.#approvals.sweep();
  }

  #infoAt(path: string): MetricInfo | undefined {
    const { tree, metricAt } = this.#options;
    const id = tree.find(path);
    const info = id === undefined ? undefined : tree.info(id);
    if (info !== undefined) return info;
    const placed = metricAt?.(path);
    return placed === undefined ? undefined : tree.info(placed);
  }

  #check(
    path: string,
    {
      info,
      input,
      writer,
    }: {
      readonly info: MetricInfo | undefined;
      readonly input: MetricValue;
      readonly writer: Writer;
    },
  ): Wish | Refusal {
    if (this.#notes.isBroken) return NO_AUDIT;
    if (info === undefined) return { code: "NO_METRIC", because: `there is no metric "${path}"` };
    const fault = writer.fault(info);
    if (fault !== undefined) return { code: "FORBIDDEN", because: fault };
    const wish = this.#wishes.parse(info, path, input);
    if ("code" in wish) return wish;
    return this.#pace.fault(info.id, wish.rule) ?? this.#sending.unheard(wish.info) ?? wish;
  }

  #park(
    command: number,
    { writer, wish }: { readonly writer: Writer; readonly wish: Wish },
  ): WriteOutcome {
    if (isNobody(writer)) {
      const because = "a second person must say yes, and nobody knows who the first is: log in";
      return this.#notes.end(command, refused("NO_SECOND_PERSON", because));
    }
    const until = this.#approvals.put(command, { wish, by: writer });
    const because = "a second person must say yes before it is sent";
    return this.#notes.end(command, { result: "waiting", id: command, until, because });
  }

  /** A wish of before, by what the births say now: aliases and types may have changed meanwhile. */
  #again({ info: { id, datatype }, path, value }: Wish): Wish | Refusal {
    const info = this.#options.tree.info(id);
    if (info === undefined || info.datatype !== datatype) {
      return { code: "NO_METRIC", because: `"${path}" is not what it was when it was asked for` };
    }
    const wish = this.#wishes.accept(info, path, value);
    if ("code" in wish) return wish;
    return this.#pace.fault(id, wish.rule) ?? this.#sending.unheard(wish.info) ?? wish;
  }
}

/** What shall become of the metric at a path; a text or a JSON value. */
export interface WriteInput {
  readonly path: string;
  readonly input: MetricValue;
}

/** A command that was asked for, and what stands against it. */
interface Opened {
  readonly command: number;
  readonly wish: Wish | Refusal;
}

const NOT_ALONE = {
  result: "refused",
  code: "NOT_SENT",
  because: "another metric of the same command cannot be written",
} as const satisfies WriteOutcome;
