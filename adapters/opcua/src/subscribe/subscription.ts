/** One subscription: made with parameters that survive an outage, and what the server made of them. */
import type { Logger } from "@unshub/adapter";
import type { NotificationMessage } from "node-opcua-client";
import { within } from "../deadline.ts";
import { OpcUaError, firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import type { RawSession } from "../raw-session.ts";
import type { PlainNumber } from "../values/server-values.ts";
import { takeChanges } from "./change-body.ts";
import type { PublishedTo, PublishLoop } from "./publish-loop.ts";

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
  readonly revised: RevisedSubscription;
}

/** What the server made of it. */
interface RevisedSubscription {
  readonly intervalMs: number;
  readonly keepAliveMs: number;
  readonly lifetimeMs: number;
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
  const interval = Math.max(1, wish.intervalMs);
  const keepAliveCount = Math.max(1, Math.floor(wish.keepAliveMs / interval));
  const sessionCount = Math.ceil(wish.sessionTimeoutMs / interval);
  const failed = (why: string, cause?: unknown): OpcUaError =>
    new OpcUaError("SUBSCRIBE_FAILED", `cannot subscribe to ${wish.name}: ${why}`, { cause });
  const asked = session.createSubscription({
    requestedPublishingInterval: wish.intervalMs,
    requestedMaxKeepAliveCount: keepAliveCount,
    requestedLifetimeCount: Math.max(LIFETIME_KEEP_ALIVES * keepAliveCount, sessionCount),
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
  const revised = revisedOf(response);
  tellRevision(log, wish, revised);
  const id = response.subscriptionId;
  loop.add(id, { keepAliveMs: revised.keepAliveMs, message });
  return { id, wish, revised };
}

function revisedOf(response: {
  readonly revisedPublishingInterval: number;
  readonly revisedMaxKeepAliveCount: number;
  readonly revisedLifetimeCount: number;
}): RevisedSubscription {
  const intervalMs = response.revisedPublishingInterval;
  return {
    intervalMs,
    keepAliveMs: intervalMs * response.revisedMaxKeepAliveCount,
    lifetimeMs: intervalMs * response.revisedLifetimeCount,
  };
}

/** A server that makes more than double or less than half of what was asked for should be known to. */
function tellRevision(log: Logger, wish: SubscriptionWish, revised: RevisedSubscription): void {
  const ratio = revised.intervalMs / Math.max(1, wish.intervalMs);
  const fields = { subscription: wish.name, askedMs: wish.intervalMs, ...revised };
  if (ratio > 2 || ratio < 0.5) log.warn(fields, "the server changed the publishing interval");
  else log.debug(fields, "subscribed");
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
