/**
 * Writes: a wish goes out as DCMD or NCMD, and only the value that comes back makes it done. Commands are carried out now
 * or not at all; nothing is queued, nothing is repeated. What other clients command passes by the same rules.
 */
import type { Logger } from "@unshub/adapter";
import { commandMessage, type MetricValue, type SparkplugMessage } from "@unshub/sparkplug";
import { joinPath, type MetricInfo, type UnsTree } from "../tree/index.ts";
import { Approvals } from "./approvals.ts";
import { CommandAudit, type AuditDesk } from "./command-audit.ts";
import { follow, type Followed, type FollowingOptions, type Told } from "./following.ts";
import { CommandJournal } from "./journal.ts";
import type {
  Commander,
  CommandRecord,
  Refusal,
  SentOutcome,
  Writer,
  WriteOutcome,
} from "./outcome.ts";
import { Pace } from "./pace.ts";
import { Rules, type CommandsConfig, type Governing } from "./rules/index.ts";
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

/** Most commands of other clients that are followed at once; more are carried and told to be so. */
const MOST_FOLLOWED = 1000;

/** What another client commands: a metric that was born, and a value of its datatype. */
export interface Foreign {
  readonly info: MetricInfo;
  readonly value: MetricValue;
  /** The timestamp of the metric, if it has one. */
  readonly askedAt?: number | undefined;
}

/** A metric for which an adapter answers. */
type Answered = Pick<MetricInfo, "groupId" | "edgeNodeId" | "deviceId" | "name">;

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
  readonly #options: CommandOptions;
  readonly #wishes: Wishes;
  readonly #pace: Pace;
  readonly #approvals: Approvals;
  readonly #audit: CommandAudit;
  /** What is under way, by the row of its metric. */
  readonly #followed = new Map<number, Set<Followed>>();
  #count = 0;

  constructor(options: CommandOptions) {
    const { now, config = EVERYTHING_OPEN, audit } = options;
    this.#options = options;
    const rules = new Rules(config);
    this.#wishes = new Wishes({ ...options, rules });
    this.#pace = new Pace(() => now());
    this.journal = new CommandJournal(() => now());
    this.#audit = new CommandAudit(audit);
    this.#approvals = new Approvals(config.approveWithin, {
      now: () => now(),
      expired: (id) => this.#end(id, refused("EXPIRED", "no second person said yes in time")),
    });
  }

  /**
   * Writes the metric at `path`, in the tree or in the plant. `input`: a text or a JSON value; `writer`: left out, the hub
   * itself. Resolves when it is over, or waits for a second person.
   */
  async write(path: string, input: MetricValue, writer: Writer = HUB): Promise<WriteOutcome> {
    const { command, wish } = this.#open({ path, input }, writer);
    if ("code" in wish) return this.#end(command, { result: "refused", ...wish });
    if (!needsSecond(wish, writer)) return await this.#carryOut({ command, wish });
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
        this.#end(command, "code" in wish ? { result: "refused", ...wish } : NOT_ALONE),
      );
    }
    const fault = [first, ...others].some(({ wish }) => needsSecond(wish, writer))
      ? refused("NO_SECOND_PERSON", "a second person must say yes to one of them: write it alone")
      : undefined;
    if (fault !== undefined) return opened.map(({ command }) => this.#end(command, fault));
    return await this.#carryOutAll(first, others);
  }

  #open({ path, input }: WriteInput, writer: Writer): Opened {
    const info = this.#infoAt(path);
    const command = this.journal.open({
      path,
      metricId: info?.id,
      by: commanderOf(writer),
      reason: writer.reason,
      asked: input,
      before: info === undefined ? null : this.#options.tree.values.value(info.id),
    });
    return { command, wish: this.#check(path, { info, input, writer }) };
  }

  /** What holds for the metric at `path`, and whether `writer` could write it now; `undefined`: there is none. */
  plan(path: string, writer: Writer = HUB): WritePlan | undefined {
    const info = this.#infoAt(path);
    if (info === undefined) return undefined;
    const { topic } = this.#message(info, []);
    const fault = writer.fault(info);
    const refusal: Refusal | undefined =
      fault === undefined ? this.#wishes.closed(info, path) : { code: "FORBIDDEN", because: fault };
    return { info, topic, rule: this.#wishes.ruleOf(info), refusal };
  }

  /** A second person says yes; everything is checked anew, and then it is sent. `undefined`: nothing waits under this id. */
  async approve(id: number, writer: Writer): Promise<WriteOutcome | undefined> {
    const waiting = this.#approvals.get(id);
    if (waiting === undefined) return undefined;
    const fault = this.#approvalFault(waiting, writer);
    if (fault !== undefined) return refused("FORBIDDEN", fault); // it goes on waiting for another one
    if (!this.#noteAnswer(id, writer, "approve")) return NO_AUDIT;
    this.#approvals.delete(id);
    this.journal.step(id, "approved", writer.actor);
    const again = this.#again(waiting.wish);
    if ("code" in again) return this.#end(id, { result: "refused", ...again });
    return await this.#carryOut({ command: id, wish: again });
  }

  /** A second person, or the one who asked, says no. */
  reject(id: number, writer: Writer): WriteOutcome | undefined {
    if (this.#approvals.get(id) === undefined) return undefined;
    if (!this.#noteAnswer(id, writer, "reject")) return NO_AUDIT;
    this.#approvals.delete(id);
    return this.#end(id, refused("REJECTED", `${writer.actor} said no`));
  }

  /** Whether no rule says anything: then what other clients command is theirs, and is only followed. */
  get isOpen(): boolean {
    const { default: usual, rules } = this.#options.config ?? EVERYTHING_OPEN;
    return usual === "allow" && rules.length === 0;
  }

  /** Why a command of another client goes nowhere; `undefined`: it may pass. */
  judge({ info, value }: Foreign, by: Writer): Refusal | undefined {
    const wish = this.#wishes.accept(info, this.#pathOf(info), value);
    const refusal = "code" in wish ? wish : this.#passingFault(wish);
    if (refusal === undefined) return undefined;
    this.#end(this.#note({ info, value }, by), { result: "refused", ...refusal });
    return refusal;
  }

  /**
   * Notes and follows a command of another client that passes; `undefined`: it is one that cannot be followed. Resolves with
   * how it ended; with `undefined` when too many are under way.
   */
  passed(
    { info, value, askedAt }: Foreign,
    by: Writer,
  ): Promise<WriteOutcome | undefined> | undefined {
    const wish = this.#wishes.accept(info, this.#pathOf(info), value);
    if ("code" in wish) return undefined;
    const id = this.#note({ info, value }, by);
    this.#noted(id, (record) => this.#audit.asked(record));
    return this.#follow(id, wish, askedAt);
  }

  async #follow(
    id: number,
    wish: Wish,
    askedAt: number | undefined,
  ): Promise<WriteOutcome | undefined> {
    this.#pace.sent(wish.info.id);
    if (this.#count >= MOST_FOLLOWED) {
      this.journal.step(id, "sent", "too many at once: this one is not followed");
      return undefined;
    }
    const followed = follow(this.#options, wish, askedAt);
    this.#told(id, wish, askedAt);
    return this.#end(id, await this.#await(wish, followed));
  }

  /** What the adapter of the hub made of a command for one of its devices. */
  answered({ groupId, edgeNodeId, deviceId, name }: Answered, told: Told): void {
    const member = deviceId === undefined ? [groupId, edgeNodeId] : [groupId, edgeNodeId, deviceId];
    const metricId = this.#options.tree.find(joinPath([...member, ...name.split("/")]));
    if (metricId === undefined) return;
    const { outcome, askedAt, because: note } = told;
    if (outcome === "done") this.journal.accepted(metricId, { askedAt, note });
    for (const followed of this.#followed.get(metricId) ?? []) followed.tell(told);
  }

  /** Call it about once a second: what waited too long for a second person ends. */
  sweep(): void {
    this.#approvals.sweep();
  }

  #pathOf({ id }: MetricInfo): string {
    return joinPath(this.#options.tree.segments(id));
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
    if (this.#audit.isBroken) return NO_AUDIT;
    if (info === undefined) return { code: "NO_METRIC", because: `there is no metric "${path}"` };
    const fault = writer.fault(info);
    if (fault !== undefined) return { code: "FORBIDDEN", because: fault };
    const wish = this.#wishes.parse(info, path, input);
    if ("code" in wish) return wish;
    return this.#pace.fault(info.id, wish.rule) ?? this.#unheard(wish) ?? wish;
  }

  /** Nobody can be asked when a client commands for itself. */
  #passingFault({ info, rule }: Wish): Refusal | undefined {
    const because = "a second person must say yes: command it by the page, the API or unshub write";
    if (rule.secondPerson) return { code: "NO_SECOND_PERSON", because };
    return this.#pace.fault(info.id, rule);
  }

  #unheard({ info }: Wish): Refusal | undefined {
    const { isHeard } = this.#options;
    const { topic } = this.#message(info, []);
    if (isHeard === undefined || isHeard(topic)) return undefined;
    const because = `${info.edgeNodeId} is not subscribed to ${topic}: nothing would be delivered`;
    return { code: "NOT_HEARD", because };
  }

  #park(
    command: number,
    { writer, wish }: { readonly writer: Writer; readonly wish: Wish },
  ): WriteOutcome {
    if (isNobody(writer)) {
      const because = "a second person must say yes, and nobody knows who the first is: log in";
      return this.#end(command, refused("NO_SECOND_PERSON", because));
    }
    const until = this.#approvals.put(command, { wish, by: writer });
    const because = "a second person must say yes before it is sent";
    return this.#end(command, { result: "waiting", id: command, until, because });
  }

  /** A wish of before, by what the births say now: aliases and types may have changed meanwhile. */
  #again({ info: { id, datatype }, path, value }: Wish): Wish | Refusal {
    const info = this.#options.tree.info(id);
    if (info === undefined || info.datatype !== datatype) {
      return { code: "NO_METRIC", because: `"${path}" is not what it was when it was asked for` };
    }
    const wish = this.#wishes.accept(info, path, value);
    if ("code" in wish) return wish;
    return this.#pace.fault(id, wish.rule) ?? this.#unheard(wish) ?? wish;
  }

  #approvalFault(
    { wish, by }: { readonly wish: Wish; readonly by: Writer },
    writer: Writer,
  ): string | undefined {
    if (isNobody(writer)) return "nobody knows who you are: log in";
    if (writer.actor === by.actor) return "the second person must be another one";
    return writer.fault(wish.info);
  }

  async #carryOut(allowed: Allowed): Promise<WriteOutcome> {
    const [outcome = NO_AUDIT] = await this.#carryOutAll(allowed, []);
    return outcome;
  }

  /** All in one message, to the device of the first. */
  async #carryOutAll(first: Allowed, others: readonly Allowed[]): Promise<readonly WriteOutcome[]> {
    const all = [first, ...others];
    const endAll = (outcome: WriteOutcome): readonly WriteOutcome[] =>
      all.map(({ command }) => this.#end(command, outcome));
    const askedAt = this.#options.now();
    const wishes = all.map(({ wish }) => wish);
    const message = this.#message(first.wish.info, wishes, askedAt);
    if (!all.every(({ command }) => this.#noted(command, (record) => this.#audit.asked(record))))
      return endAll(NO_AUDIT);
    const awaited = all.map(({ command, wish }) => {
      const followed = follow(this.#options, wish, askedAt);
      const ended = this.#await(wish, followed); // an adapter may answer before the message is away
      this.#pace.sent(wish.info.id);
      return { command, wish, followed, ended };
    });
    try {
      await this.#options.publish(message);
    } catch (error) {
      for (const { followed } of awaited)
        followed.tell({ outcome: "refused", because: "it was not sent", askedAt });
      this.#options.log.error({ path: first.wish.path, error }, "write not sent");
      return endAll(refused("NOT_SENT", "the command could not be sent; see the log of the hub"));
    }
    for (const { command, wish } of awaited) this.#told(command, wish, askedAt);
    return await Promise.all(
      awaited.map(async ({ command, ended }) => this.#end(command, await ended)),
    );
  }

  #noteAnswer(command: number, by: Writer, answer: "approve" | "reject"): boolean {
    return this.#noted(command, (record) => this.#audit.answered(record, by, answer));
  }

  /** Whether it could be noted. */
  #noted(command: number, note: (record: CommandRecord) => void): boolean {
    const record = this.journal.get(command);
    try {
      if (record !== undefined) note(record);
      return true;
    } catch (error) {
      this.#options.log.error({ command, error }, "the audit trail cannot be written");
      return false;
    }
  }

  #told(command: number, { info }: Wish, askedAt: number | undefined): void {
    this.journal.sent(command, askedAt);
    if (this.#options.isHeard !== undefined) this.journal.step(command, "delivered");
    this.#options.log.debug({ path: this.#pathOf(info), command }, "command sent");
  }

  async #await({ info }: Wish, followed: Followed): Promise<SentOutcome> {
    const ofMetric = this.#followed.get(info.id) ?? new Set();
    ofMetric.add(followed);
    this.#followed.set(info.id, ofMetric);
    this.#count += 1;
    const outcome = await followed.ended;
    this.#count -= 1;
    ofMetric.delete(followed);
    if (ofMetric.size === 0) this.#followed.delete(info.id);
    return outcome;
  }

  #note({ info, value }: Foreign, by: Writer): number {
    return this.journal.open({
      path: this.#pathOf(info),
      metricId: info.id,
      by: commanderOf(by),
      reason: by.reason,
      asked: value,
      before: this.#options.tree.values.value(info.id),
    });
  }

  #end(command: number, outcome: WriteOutcome): WriteOutcome {
    this.journal.end(command, outcome);
    const record = this.journal.get(command);
    if (record !== undefined) this.#noteEnd(record);
    return outcome;
  }

  #noteEnd(record: CommandRecord): void {
    const { path, by, outcome, asked } = record;
    const because = outcome !== undefined && "because" in outcome ? outcome.because : undefined;
    const fields = { path, by: by.actor, via: by.via, asked, because };
    this.#options.log.info(fields, `command ${outcome?.result ?? "under way"}`);
    this.#audit.ended(record);
  }

  /** To the device of `target`; `writes`: of metrics of it. */
  #message(
    target: MetricInfo,
    writes: readonly Pick<Wish, "info" | "datatype" | "value">[],
    timestamp = this.#options.now(),
  ): SparkplugMessage {
    // By alias alone when the birth gave one. [tck-id-payloads-alias-data-cmd-requirement]
    const metrics = writes.map(({ info: { alias, name }, datatype, value }) => ({
      ...(alias === undefined ? { name } : { alias }),
      datatype,
      value,
      tellDatatype: true,
      timestamp,
    }));
    return commandMessage(target, { deviceId: target.deviceId, timestamp, metrics });
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

/** One against which nothing stands. */
interface Allowed {
  readonly command: number;
  readonly wish: Wish;
}

const NOT_ALONE = {
  result: "refused",
  code: "NOT_SENT",
  because: "another metric of the same command cannot be written",
} as const satisfies WriteOutcome;

const NO_AUDIT = {
  result: "refused",
  code: "NO_AUDIT",
  because: "the audit trail cannot be written: no commands until it can",
} as const satisfies WriteOutcome;

function refused(code: Refusal["code"], because: string): WriteOutcome {
  return { result: "refused", code, because };
}

function commanderOf({ actor, via, address }: Writer): Commander {
  return { actor, via, address };
}

/** By the rules, or because it is only proposed. */
function needsSecond({ rule }: Pick<Wish, "rule">, { isProposing }: Writer): boolean {
  return rule.secondPerson || isProposing === true;
}

function isNobody({ actor }: Writer): boolean {
  return actor === "anonymous";
}
