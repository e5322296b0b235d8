/**
 * Events and alarms: subscribes to notifiers, tells each event, keeps the state of every condition as metrics, and lets
 * people acknowledge where that is allowed.
 */
import { matchesGlob } from "node:path";
import { rejected, type DeviceEvent, type WriteCommand, type WriteResult } from "@unshub/adapter";
import type { NodeId } from "node-opcua-client";
import { ChunkSize } from "../chunks.ts";
import { answerOver } from "../connection.ts";
import type { EventConfig } from "../data-config.ts";
import { noAnswerInTime, within } from "../deadline.ts";
import { firstLine, OpcUaError } from "../errors.ts";
import type { Library } from "../library.ts";
import { asOfNow, locateNode, withUri, type Namespaces } from "../node-id.ts";
import type { RawSession } from "../raw-session.ts";
import type { Live } from "../recover/live.ts";
import { partOf, type WatchedPart } from "../subscribe/agreements.ts";
import { createItems, type CreatedItem } from "../subscribe/create-items.ts";
import type { PublishLoop } from "../subscribe/publish-loop.ts";
import { lackIn, lackText } from "../subscribe/room.ts";
import {
  createSubscription,
  readMessage,
  type Subscription,
  type SubscriptionWish,
} from "../subscribe/subscription.ts";
import type { DeviceTable, TableMetric } from "../values/device-table.ts";
import { nameOf } from "../values/status.ts";
import { refusalOf } from "../write/service-fault.ts";
import type { CommandTaker, DeskParts } from "../write/writer.ts";
import { Conditions, show } from "./conditions.ts";
import { eventFilter, readEvent, type ConditionState, type OpcUaEvent } from "./event-fields.ts";

/** On what events are watched. */
export interface EventLink {
  readonly session: RawSession;
  readonly library: Library;
  readonly loop: PublishLoop;
  readonly sessionTimeoutMs: number;
  readonly keepAliveMs: number;
}

const EVENT_NOTIFIER = 12;
const SERVER = "i=2253";
const INTERVAL_MS = 500;
const QUEUE = 1_000;
const REFRESH_START = "ns=0;i=2787";
const REFRESH_END = "ns=0;i=2788";
const REFRESH_REQUIRED = "ns=0;i=2789";
const REFRESH_TYPES = new Set([REFRESH_START, REFRESH_END, REFRESH_REQUIRED]);
const CONDITION_TYPE = "i=2782";
const CONDITION_REFRESH = "i=3875";
/** How long a birth waits for the conditions that exist already. */
const REFRESH_WITHIN_MS = 3_000;
const ANSWER_WITHIN_MS = 5_000;
/** So many events are told one by one in a second; the rest is counted. */
const EVENTS_PER_SECOND = 200;

export interface AlarmParts extends DeskParts {
  /** Tells one event. */
  happened(device: string, event: DeviceEvent): void;
}

export class AlarmDesk implements CommandTaker {
  readonly #parts: AlarmParts;
  readonly #conditions = new Conditions();
  #loop: PublishLoop | undefined;
  #library: Library | undefined;
  #namespaces: readonly string[] = [];
  #refreshed: (() => void) | undefined;
  #isOpening = false;
  /** Whether the server has no room for the subscription. */
  isLacking = false;
  #second = 0;
  #toldInSecond = 0;
  #watched: WatchedPart | undefined;
  /** Events that were not told one by one. */
  untold = 0;
  /** Called when metrics for a condition are missing. */
  newCondition: () => void = () => undefined;

  constructor(parts: AlarmParts) {
    this.#parts = parts;
  }

  metrics(): ReadonlyMap<string, readonly TableMetric[]> {
    return this.#conditions.metrics(this.#parts.config().readOnly);
  }

  /** What was asked of the server for events, and granted; none: nothing is watched. */
  get watched(): readonly WatchedPart[] {
    return this.#watched === undefined ? [] : [this.#watched];
  }

  fill(tables: ReadonlyMap<string, DeviceTable>): void {
    this.#conditions.fill(tables);
  }

  /** Watches all notifiers and hears of the conditions that exist. With the subscriptions that it has, it only asks again. */
  async open(link: EventLink): Promise<void> {
    const { events } = this.#parts.config();
    if (this.#loop === link.loop) return;
    this.#watched = undefined;
    if (events.length === 0) return;
    this.#library = link.library;
    this.#namespaces = await link.session.readNamespaceArray();
    const namespaces = asOfNow(this.#namespaces);
    const wish = {
      name: "events",
      intervalMs: INTERVAL_MS,
      sessionTimeoutMs: link.sessionTimeoutMs,
      keepAliveMs: link.keepAliveMs,
    };
    const subscription = await this.#subscribe(link, wish);
    if (subscription === undefined) return;
    this.#loop = link.loop;
    this.#isOpening = true; // what is heard of now is in the birth that follows
    try {
      const terms = partOf(await this.#watch(link, subscription.id, namespaces));
      this.#watched = { name: "events", subscription, terms, brings: "events" };
      await this.#refresh(link, subscription.id);
    } finally {
      this.#isOpening = false;
    }
  }

  /** `undefined`: the server has no room for it; events cannot be polled. */
  async #subscribe(link: EventLink, wish: SubscriptionWish): Promise<Subscription | undefined> {
    const { log } = this.#parts;
    try {
      const subscription = await createSubscription({ ...link, log }, wish, (message) => {
        readMessage(link.library, message, {
          values: () => undefined,
          events: (handle, fields) => this.#event(handle, readEvent(fields, this.#parts.now())),
          ended: () => undefined,
        });
        for (const { device } of this.#parts.config().events) this.#parts.flush(device);
      });
      this.isLacking = false;
      return subscription;
    } catch (cause) {
      const lack = cause instanceof OpcUaError ? lackIn(cause.message) : undefined;
      if (lack === undefined) throw cause;
      const fields = { because: lackText(lack) };
      if (!this.isLacking)
        log.warn(fields, "no events and alarms: there is no subscription for them");
      this.isLacking = true;
      return undefined;
    }
  }

  /** Tries again, where there was no room for a subscription. */
  async promote(link: EventLink): Promise<void> {
    if (!this.isLacking) return;
    await this.open(link);
    if (!this.isLacking) this.newCondition(); // those that were heard of need metrics
  }

  async #watch(
    link: EventLink,
    subscriptionId: number,
    namespaces: Namespaces,
  ): Promise<readonly CreatedItem[]> {
    const { session, library } = link;
    const wanted = this.#parts.config().events.flatMap((event, index) => {
      const { notifier, types } = event;
      const node = notifier === undefined ? SERVER : locateNode(notifier, namespaces);
      const located = types.map((type) => locateNode(type, namespaces));
      const filters =
        types.length === 0 ? [undefined] : located.filter((type) => type !== undefined);
      if (node === undefined) return [];
      return filters.map((type) => ({
        handle: index + 1,
        nodeId: library.resolveNodeId(node),
        attributeId: EVENT_NOTIFIER,
        samplingMs: 0,
        queue: QUEUE,
        filter: eventFilter(library, type),
      }));
    });
    const chunk = new ChunkSize();
    const created = await createItems({ session, library, subscriptionId, chunk }, wanted);
    for (const { status, action } of created) {
      if (action === "none") continue;
      this.#parts.log.warn({ status: nameOf(status) }, "the server tells no events there");
    }
    return created;
  }

  /** Asks for the conditions that exist; the birth waits a moment for them. */
  async #refresh({ session, library, loop }: EventLink, subscriptionId: number): Promise<void> {
    const done = new Promise<void>((resolve) => {
      this.#refreshed = resolve;
    });
    loop.start(); // the answers come by publish responses
    try {
      const [result] = await within(
        { ms: ANSWER_WITHIN_MS, late: noAnswerInTime },
        session.call([
          {
            objectId: CONDITION_TYPE,
            methodId: CONDITION_REFRESH,
            inputArguments: [{ dataType: library.DataType.UInt32, value: subscriptionId }],
          },
        ]),
      );
      if (result === undefined || result.statusCode.value >>> 30 === 2) {
        const status = result && nameOf(result.statusCode);
        this.#parts.log.debug({ status }, "the server has no conditions to refresh");
        return;
      }
      await within({ ms: REFRESH_WITHIN_MS, late: noAnswerInTime }, done);
    } catch (cause) {
      this.#parts.log.debug({ cause: firstLine(cause) }, "conditions were not refreshed");
    }
  }

  #event(handle: number, event: OpcUaEvent): void {
    const config = this.#parts.config().events[handle - 1];
    if (event.eventType === REFRESH_END) this.#refreshed?.();
    if (config === undefined || REFRESH_TYPES.has(event.eventType)) return;
    if (!isWanted(event, config)) return;
    const { condition } = event;
    if (condition === undefined) this.#tell(config.device, event);
    else this.#condition({ ...event, condition }, config);
  }

  #condition(
    event: OpcUaEvent & { readonly condition: ConditionState },
    { device, acknowledge: mayAcknowledge }: EventConfig,
  ): void {
    const { condition } = event;
    const news = this.#conditions.take(event, { device, mayAcknowledge });
    if (news === "nothing") return;
    this.#tell(device, event);
    const known = this.#conditions.get(device, condition.id);
    const table = this.#parts.tableOf(device);
    if (news === "condition" && !this.#isOpening) this.newCondition();
    else if (news === "state" && known !== undefined && table !== undefined) show(table, known);
  }

  /** Storms are counted. */
  #tell(device: string, event: OpcUaEvent): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#toldInSecond = 0;
    }
    this.#toldInSecond += 1;
    if (this.#toldInSecond > EVENTS_PER_SECOND) {
      this.untold += 1;
      return;
    }
    const type = withUri(event.eventType, this.#namespaces);
    this.#parts.happened(device, toldEvent({ ...event, eventType: type }));
  }

  owns({ deviceId, metric }: WriteCommand): boolean {
    return this.#conditions.commanded(deviceId, metric) !== undefined;
  }

  /** The text of the command is the comment. */
  async perform(command: WriteCommand, live: Live): Promise<WriteResult> {
    const found = this.#conditions.commanded(command.deviceId, command.metric);
    const eventId = found?.condition.last.rawEventId;
    const refuse = (why: "by_device" | "bad_value", because: string): WriteResult =>
      rejected(command, why, { because, at: this.#parts.now() });
    if (found === undefined || eventId === undefined || this.#library === undefined) {
      return refuse("by_device", "there is no event to acknowledge");
    }
    if (typeof command.value !== "string") return refuse("bad_value", "expected a comment");
    const nodeId: NodeId = this.#library.resolveNodeId(found.condition.nodeId);
    const { connection } = live;
    const { session } = connection;
    const asked = found.isConfirm
      ? session.confirmCondition(nodeId, eventId, command.value)
      : session.acknowledgeCondition(nodeId, eventId, command.value);
    const status = await answerOver(connection, asked).catch((cause: unknown) => ({ cause }));
    if ("cause" in status) {
      const { cause } = status;
      const refusal = refusalOf(cause);
      if (refusal !== undefined) return refuse("by_device", `the server refused it: ${refusal}`);
      const because = `${command.deviceId} ${command.metric}: ${firstLine(cause)}; it may have been done`;
      return { outcome: "timeout_unknown", because, at: this.#parts.now() };
    }
    if (status.value >>> 30 !== 2) return { outcome: "ok_unverified", at: this.#parts.now() };
    return refuse("by_device", `the server refused it: ${nameOf(status)}`);
  }
}

function toldEvent(event: OpcUaEvent): DeviceEvent {
  const { eventId: id, eventType: type, source, at, severity, message, condition } = event;
  const told = { id, type, source, at, severity, message };
  if (condition === undefined) return told;
  const { name, isActive, isAcked, isRetained } = condition;
  return { ...told, condition: { name, isActive, isAcked, isRetained } };
}

function isWanted(
  { severity, source }: OpcUaEvent,
  { minSeverity, sources }: EventConfig,
): boolean {
  if (severity < minSeverity) return false;
  return sources.length === 0 || sources.some((glob) => matchesGlob(source, glob));
}
