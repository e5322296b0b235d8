/**
 * Sends what nothing stands against as DCMD or NCMD, and waits for what comes back of it; also of what other clients have
 * sent.
 */
import type { Logger } from "@unshub/adapter";
import { commandMessage, type SparkplugMessage } from "@unshub/sparkplug";
import { joinPath, type MetricInfo } from "../tree/index.ts";
import type { CommandNotes } from "./command-notes.ts";
import { follow, type Followed, type FollowingOptions, type Told } from "./following.ts";
import { NO_AUDIT, refused, type Refusal, type SentOutcome, type WriteOutcome } from "./outcome.ts";
import type { Pace } from "./pace.ts";
import type { Wish } from "./wish.ts";

export interface SendingOptions extends FollowingOptions {
  readonly log: Logger;
  readonly publish: (message: SparkplugMessage) => Promise<void>;
  /** Whether anybody subscribes to a topic; left out: nobody knows. */
  readonly isHeard?: ((topic: string) => boolean) | undefined;
  readonly notes: CommandNotes;
  readonly pace: Pace;
}

/** A command against which nothing stands. */
export interface Allowed {
  readonly command: number;
  readonly wish: Wish;
}

/** A command that was sent and is not over. */
interface UnderWay {
  readonly followed: Followed;
  /** When the hub has sent it, by the timestamp in it; `undefined`: another client has. */
  readonly sentAt: number | undefined;
  /** Milliseconds. */
  readonly confirmWithin: number;
}

/** A metric for which an adapter answers. */
export type Answered = Pick<MetricInfo, "groupId" | "edgeNodeId" | "deviceId" | "name">;

/** Most commands of other clients that are followed at once; more are carried and told to be so. */
const MOST_FOLLOWED = 1000;

export class Sending {
  readonly #options: SendingOptions;
  /** What is under way, by the row of its metric. */
  readonly #followed = new Map<number, Set<UnderWay>>();
  #count = 0;

  constructor(options: SendingOptions) {
    this.#options = options;
  }

  /** On which a command to a metric goes out. */
  topicOf(info: MetricInfo): string {
    return this.#message(info, []).topic;
  }

  /** Why a command to a metric would be delivered to nobody; `undefined`: it would be. */
  unheard(info: MetricInfo): Refusal | undefined {
    const { isHeard } = this.#options;
    const topic = this.topicOf(info);
    if (isHeard === undefined || isHeard(topic)) return undefined;
    const because = `${info.edgeNodeId} is not subscribed to ${topic}: nothing would be delivered`;
    return { code: "NOT_HEARD", because };
  }

  /** One command alone. Resolves when it is over. */
  async send(allowed: Allowed): Promise<WriteOutcome> {
    const [outcome = NO_AUDIT] = await this.sendTogether(allowed, []);
    return outcome;
  }

  /** All in one message, to the device of the first. */
  async sendTogether(first: Allowed, others: readonly Allowed[]): Promise<readonly WriteOutcome[]> {
    const { notes, pace, now, publish, log } = this.#options;
    const all = [first, ...others];
    const endAll = (outcome: WriteOutcome): readonly WriteOutcome[] =>
      all.map(({ command }) => notes.end(command, outcome));
    const askedAt = now();
    const wishes = all.map(({ wish }) => wish);
    const message = this.#message(first.wish.info, wishes, askedAt);
    if (!all.every(({ command }) => notes.asked(command))) return endAll(NO_AUDIT);
    const awaited = all.map(({ command, wish }) => {
      const followed = follow(this.#options, wish, askedAt);
      // an adapter may answer before the message is away
      const ended = this.#await(wish, { followed, sentAt: askedAt });
      pace.sent(wish.info.id);
      return { command, wish, followed, ended };
    });
    try {
      await publish(message);
    } catch (error) {
      for (const { followed } of awaited)
        followed.tell({ outcome: "refused", because: "it was not sent", askedAt });
      log.error({ path: first.wish.path, error }, "write not sent");
      return endAll(refused("NOT_SENT", "the command could not be sent; see the log of the hub"));
    }
    for (const allowed of awaited) this.#sent(allowed, askedAt);
    return await Promise.all(
      awaited.map(async ({ command, ended }) => notes.end(command, await ended)),
    );
  }

  /** What another client has sent at `askedAt`, by its timestamp. `undefined`: too many are under way. */
  async follow(allowed: Allowed, askedAt: number | undefined): Promise<WriteOutcome | undefined> {
    const { notes, pace } = this.#options;
    const { command, wish } = allowed;
    pace.sent(wish.info.id);
    if (this.#count >= MOST_FOLLOWED) {
      notes.journal.step(command, "sent", "too many at once: this one is not followed");
      return undefined;
    }
    const followed = follow(this.#options, wish, askedAt);
    this.#sent(allowed, askedAt);
    return notes.end(command, await this.#await(wish, { followed, sentAt: undefined }));
  }

  /** What the adapter of the hub made of a command for one of its devices. */
  answered(metric: Answered, told: Told): void {
    const metricId = this.#rowOf(metric);
    if (metricId === undefined) return;
    const { outcome, askedAt, because: note } = told;
    if (outcome === "done") this.#options.notes.journal.accepted(metricId, { askedAt, note });
    for (const { followed } of this.#followed.get(metricId) ?? []) followed.tell(told);
  }

  /**
   * Until when whoever asked for a command of the hub's own is still waiting: then he is told that nobody knows, and it must
   * not be carried out any more. Other clients are told nothing; how long theirs hold is for adapters to say.
   */
  awaitedUntil(metric: Answered, askedAt: number | undefined): number | undefined {
    const metricId = this.#rowOf(metric);
    const underWay = metricId === undefined ? undefined : this.#followed.get(metricId);
    const own = Array.from(underWay ?? []).find(
      ({ sentAt }) => sentAt !== undefined && sentAt === askedAt,
    );
    return own?.sentAt === undefined ? undefined : own.sentAt + own.confirmWithin;
  }

  #rowOf({ groupId, edgeNodeId, deviceId, name }: Answered): number | undefined {
    const member = deviceId === undefined ? [groupId, edgeNodeId] : [groupId, edgeNodeId, deviceId];
    return this.#options.tree.find(joinPath([...member, ...name.split("/")]));
  }

  #sent({ command, wish: { info } }: Allowed, askedAt: number | undefined): void {
    const { notes, isHeard, log, tree } = this.#options;
    notes.journal.sent(command, askedAt);
    if (isHeard !== undefined) notes.journal.step(command, "delivered");
    log.debug({ path: joinPath(tree.segments(info.id)), command }, "command sent");
  }

  async #await(
    { info, rule: { confirmWithin } }: Wish,
    { followed, sentAt }: Pick<UnderWay, "followed" | "sentAt">,
  ): Promise<SentOutcome> {
    const ofMetric = this.#followed.get(info.id) ?? new Set();
    const underWay = { followed, sentAt, confirmWithin };
    ofMetric.add(underWay);
    this.#followed.set(info.id, ofMetric);
    this.#count += 1;
    const outcome = await followed.ended;
    this.#count -= 1;
    ofMetric.delete(underWay);
    if (ofMetric.size === 0) this.#followed.delete(info.id);
    return outcome;
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
