/** One subscription: made with parameters that survive an outage, and what the server made of them. */
import type { Logger } from "@unshub/adapter";
import type { NotificationMessage } from "node-opcua-client";
import { noAnswerInTime, within } from "../deadline.ts";
import { OpcUaError, firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import type { RawSession } from "../raw-session.ts";
import type { PlainNumber } from "../values/server-values.ts";
import { takeChanges } from "./change-body.ts";
import type { PublishedTo, PublishLoop } from "./publish-loop.ts";
import { tellRevision } from "./revisions.ts";

/** What a subscription is asked for. */
export interface SubscriptionWish {
  /** For messages, e.g. `group fast`. */
  readonly name: string;
  readonly intervalMs: number;
  readonly sessionTimeoutMs: number;
  readonly keepAliveMs: number;
}

export interface SubscriptionMaker {
  readonly session: RawSession;
  readonly library: Library;
  readonly loop: PublishLoop;
  readonly log: Logger;
}

/** A subscription that the server has. */
export interface Subscription {
  readonly id: number;
  readonly wish: SubscriptionWish;
  readonly asked: SubscriptionTimes;
  /** What the server made of it. */
  readonly revised: SubscriptionTimes;
}

/** How often a subscription speaks, and how long it lives without a sign of ours. */
interface SubscriptionTimes {
  readonly intervalMs: number;
  /** In intervals of `countedInMs`. */
  readonly keepAliveCount: number;
  readonly lifetimeCount: number;
  readonly countedInMs: number;
}

/** What a server answers of it. */
interface Revision {
  readonly revisedPublishingInterval: number;
  readonly revisedMaxKeepAliveCount: number;
  readonly revisedLifetimeCount: number;
}

/** The server says at least this often that it is alive. */
export const KEEP_ALIVE_MS = 5_000;
const WITHIN_MS = 10_000;
/** A lifetime is at least so many keep-alives. */
const LIFETIME_KEEP_ALIVES = 10;

/** Makes a subscription and has the loop hand its messages to `message`. */
export async function createSubscription(
  { session, loop, log }: SubscriptionMaker,
  wish: SubscriptionWish,
  message: PublishedTo["message"],
): Promise<Subscription> {
  const times = timesFor(wish, wish.intervalMs);
  const failed = (why: string, cause?: unknown): OpcUaError =>
    new OpcUaError("SUBSCRIBE_FAILED", `cannot subscribe to ${wish.name}: ${why}`, { cause });
  const asked = session.createSubscription({
    requestedPublishingInterval: wish.intervalMs,
    requestedMaxKeepAliveCount: times.keepAliveCount,
    requestedLifetimeCount: times.lifetimeCount,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 0,
  });
  let response: Awaited<typeof asked>;
  try {
    response = await within({ ms: WITHIN_MS, late: () => failed("no answer") }, asked);
  } catch (cause) {
    throw cause instanceof OpcUaError ? cause : failed(firstLine(cause), cause);
  }
  const created = { id: response.subscriptionId, wish, asked: times, revised: timesIn(response) };
  const subscription = await withFittingCounts({ session, log }, created);
  const { revised } = subscription;
  tellRevision(log, subscription);
  loop.add(subscription.id, {
    keepAliveMs: revised.intervalMs * revised.keepAliveCount,
    message,
  });
  return subscription;
}

/** Counts are asked for in intervals: where the server made these longer, it would be silent for as much longer. */
async function withFittingCounts(
  { session, log }: Pick<SubscriptionMaker, "session" | "log">,
  created: Subscription,
): Promise<Subscription> {
  const { id, wish, revised } = created;
  const fitting = timesFor(wish, revised.intervalMs);
  const isFitting = revised.keepAliveCount <= 2 * fitting.keepAliveCount;
  if (isFitting || revised.intervalMs <= 0) return created;
  try {
    const asked = session.modifySubscription({
      subscriptionId: id,
      requestedPublishingInterval: revised.intervalMs,
      requestedMaxKeepAliveCount: fitting.keepAliveCount,
      requestedLifetimeCount: fitting.lifetimeCount,
      maxNotificationsPerPublish: 0,
      priority: 0,
    });
    const answer = await within({ ms: WITHIN_MS, late: noAnswerInTime }, asked);
    return {
      id,
      wish,
      asked: { ...fitting, intervalMs: wish.intervalMs },
      revised: timesIn(answer),
    };
  } catch (cause) {
    log.debug({ cause: firstLine(cause) }, "the counts of a subscription were not changed");
    return created;
  }
}

function timesIn(answer: Revision): SubscriptionTimes {
  return {
    intervalMs: answer.revisedPublishingInterval,
    keepAliveCount: answer.revisedMaxKeepAliveCount,
    lifetimeCount: answer.revisedLifetimeCount,
    countedInMs: answer.revisedPublishingInterval,
  };
}

/** In intervals of `intervalMs`. */
function timesFor(
  { keepAliveMs, sessionTimeoutMs }: SubscriptionWish,
  intervalMs: number,
): SubscriptionTimes {
  const interval = Math.max(1, intervalMs);
  const keepAliveCount = Math.max(1, Math.floor(keepAliveMs / interval));
  const sessionCount = Math.ceil(sessionTimeoutMs / interval);
  const lifetimeCount = Math.max(LIFETIME_KEEP_ALIVES * keepAliveCount, sessionCount);
  return { intervalMs, keepAliveCount, lifetimeCount, countedInMs: interval };
}

/** The parts of a message, by what they are. */
export interface MessageParts {
  values(handle: number, value: DataValueOf): void;
  /** A plain number, where that is of use. `false`, or left out: it comes as a value. */
  number?(handle: number, number: PlainNumber): boolean;
  /** What makes no sense; the rest of the message is lost. */
  broken?(why: string): void;
  events?(handle: number, fields: readonly EventFieldOf[]): void;
  /** The server ended the subscription. */
  ended(status: string): void;
}

type Notification = InstanceType<Library["DataChangeNotification"]>;
type DataValueOf = NonNullable<Notification["monitoredItems"]>[number]["value"];
type EventList = NonNullable<InstanceType<Library["EventNotificationList"]>["events"]>;
type EventFieldOf = NonNullable<EventList[number]["eventFields"]>[number];

function readChanges(part: Notification, library: Library, parts: MessageParts): void {
  const isTaken = takeChanges(part, library, {
    number: (handle, number) => parts.number?.(handle, number) ?? false,
    other: (handle, value) => parts.values(handle, value),
    broken: (why) => parts.broken?.(why),
  });
  if (isTaken) return;
  for (const { clientHandle, value } of part.monitoredItems ?? [])
    parts.values(clientHandle, value);
}

/** Takes a message apart. */
export function readMessage(
  library: Library,
  { notificationData }: NotificationMessage,
  parts: MessageParts,
): void {
  for (const part of notificationData ?? []) {
    if (part instanceof library.DataChangeNotification) {
      readChanges(part, library, parts);
    } else if (part instanceof library.EventNotificationList) {
      for (const { clientHandle, eventFields } of part.events ?? []) {
        parts.events?.(clientHandle, eventFields ?? []);
      }
    } else if (part instanceof library.StatusChangeNotification) {
      parts.ended(part.status.name);
    }
  }
}
