/** Where values come in, from messages, polls and reads; one batch per device and arrival goes out. */
import type { SampleReason } from "@unshub/sparkplug";
import type { DataValue, NotificationMessage } from "node-opcua-client";
import { firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import type { RawSession } from "../raw-session.ts";
import type { Arrival } from "../values/device-table.ts";
import type { PlainNumber, ServerValues } from "../values/server-values.ts";
import { isGone } from "../values/status.ts";
import { BothClocks } from "./both-clocks.ts";
import type { PolledItem } from "./poll.ts";
import type { PublishedTo } from "./publish-loop.ts";
import { readMessage } from "./subscription.ts";

export interface InletOptions {
  readonly library: Library;
  readonly values: ServerValues;
  readonly historicalAfterMs: number;
  session(): RawSession;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** All of an arrival is in the tables. */
  arrived(): void;
  /** The server ended a subscription. */
  ended(status: string): void;
  /** A structure could not be made readable, or a message not be read to its end. */
  failed(why: string): void;
}

export class ValueInlet {
  /** Items whose node went away. Should it come back, the server does not watch it: items are made anew for it. */
  readonly vanished = new Set<number>();
  readonly #options: InletOptions;
  /** Item → others of the same node, which need no item of their own. */
  readonly #twins: ReadonlyMap<number, readonly number[]>;
  readonly #isTwin: ReadonlySet<number>;
  readonly #clocks = new BothClocks();

  constructor(options: InletOptions) {
    this.#options = options;
    this.#twins = twinsOf(options.values);
    this.#isTwin = new Set([...this.#twins.values()].flat());
  }

  /** Whether the item gets its values from another one. */
  isTwin(item: number): boolean {
    return this.#isTwin.has(item);
  }

  /** Takes the messages of one subscription. Structures of unknown types are asked about first, in order. */
  messages(hasStructures: boolean): PublishedTo["message"] {
    if (!hasStructures) return (message, isLate) => this.#message(message, isLate);
    let before: Promise<void> = Promise.resolve();
    return (message, isLate) => {
      before = before.then(() => this.#promoted(message, isLate));
    };
  }

  async #promoted(message: NotificationMessage, isLate: boolean): Promise<void> {
    const { library } = this.#options;
    const data = (message.notificationData ?? []).filter((part) => part !== null);
    try {
      await library.promoteOpaqueStructureInNotificationData(this.#options.session(), data);
    } catch (cause) {
      this.#options.failed(firstLine(cause)); // what stayed opaque is bad
    }
    this.#message(message, isLate);
  }

  #message(message: NotificationMessage, isLate: boolean): void {
    const receivedAt = this.#options.now();
    const isSetBack = !isLate && this.#clocks.areSetBack(message.publishTime, receivedAt);
    const arrival = { ...this.#arrival(false, isLate ? receivedAt : undefined), isSetBack };
    readMessage(this.#options.library, message, {
      values: (handle, data) => {
        this.#note(handle - 1, data);
        this.#take(handle - 1, data, receivedAt, arrival);
      },
      number: (handle, number) => this.#number(handle - 1, number, receivedAt, arrival),
      broken: (why) => this.#options.failed(why),
      ended: (status) => this.#options.ended(status),
    });
    this.#options.arrived();
  }

  /** What a complete read brought. */
  read(items: readonly PolledItem[], found: readonly DataValue[]): void {
    for (const [index, { item }] of items.entries()) {
      const data = found[index];
      if (data !== undefined && isGone(data.statusCode)) this.vanished.add(item);
    }
    this.polled(items, found);
  }

  /** What a poll brought. */
  polled(items: readonly PolledItem[], found: readonly DataValue[]): void {
    const receivedAt = this.#options.now();
    const arrival = this.#arrival(true, undefined);
    for (const [index, { item }] of items.entries()) {
      const data = found[index];
      if (data !== undefined) this.#take(item, data, receivedAt, arrival);
    }
    this.#options.arrived();
  }

  fail(item: number, why: SampleReason): void {
    const arrival = this.#arrival(true, undefined);
    for (const each of [item, ...(this.#twins.get(item) ?? [])]) {
      this.#options.values.fail(each, why, arrival);
    }
  }

  /** What is watched says itself whether its node is there. */
  #note(item: number, data: DataValue): void {
    if (isGone(data.statusCode)) this.vanished.add(item);
    else if (this.vanished.size > 0) this.vanished.delete(item);
  }

  #take(item: number, data: DataValue, receivedAt: number, arrival: Arrival): void {
    this.#options.values.take(item, data, receivedAt, arrival);
    if (this.#twins.size === 0) return;
    for (const twin of this.#twins.get(item) ?? []) {
      this.#options.values.take(twin, data, receivedAt, arrival);
    }
  }

  /** As `#note` and `#take`; twins take the long way. */
  #number(item: number, number: PlainNumber, receivedAt: number, arrival: Arrival): boolean {
    if (this.#twins.size > 0 && this.#twins.has(item)) return false;
    if (!this.#options.values.takeNumber(item, number, receivedAt, arrival)) return false;
    if (this.vanished.size > 0) this.vanished.delete(item);
    return true;
  }

  /** `lateAt`: now, when what comes waited in the server during an outage. */
  #arrival(isRead: boolean, lateAt: number | undefined): Arrival {
    return {
      nowMs: performance.now(),
      isRead,
      isSetBack: false,
      historicalBefore:
        lateAt === undefined ? Number.NEGATIVE_INFINITY : lateAt - this.#options.historicalAfterMs,
    };
  }
}

/** Tags of one node, in one group, that ask for the same. */
function twinsOf({ items }: ServerValues): ReadonlyMap<number, readonly number[]> {
  const firsts = new Map<string, number>();
  const twins = new Map<number, number[]>();
  for (const [index, { node }] of items.entries()) {
    const { tag, nodeId } = node;
    if (nodeId === undefined || tag.access === "w") continue;
    const { group, indexRange, samplingMs, queue, rule } = tag;
    const key = JSON.stringify([nodeId.toString(), group, indexRange, samplingMs, queue, rule]);
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, index);
    else twins.set(first, [...(twins.get(first) ?? []), index]);
  }
  return twins;
}
