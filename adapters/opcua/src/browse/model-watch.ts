/**
 * Hears of it when a server changes its nodes: GeneralModelChangeEvents of the Server object. On a session of its own, so
 * that its messages never mix with those of the values; a server that gives no second session, or has no such events, is
 * looked at again by time or on request only.
 */
import type { ClientMonitoredItemBase, ClientSession, ClientSubscription } from "node-opcua-client";
import type { Logger } from "@unshub/adapter";
import { within } from "../deadline.ts";
import { OpcUaError, firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import type { WatchedPart } from "../subscribe/agreements.ts";

/** Whom to listen to, and who wants to know. */
export interface ModelWatchOptions {
  openAnother(): Promise<ClientSession>;
  readonly library: Library;
  readonly log: Logger;
  readonly endpoint: string;
  changed(): void;
}

const SERVER_OBJECT = "i=2253";
const EVENT_NOTIFIER = 12;
const CHANGE_EVENT = "GeneralModelChangeEventType";
const PUBLISHING_MS = 1_000;
const KEEP_ALIVE_COUNT = 10;
const LIFETIME_COUNT = 1_000;
/** That something changed is all that is wanted. */
const QUEUE = 1;
const OPEN_MS = 10_000;
const CLOSE_MS = 1_000;

/** Listening to a server, or what is left of the attempt. */
export interface ModelWatch {
  /** What was asked of the server for it, and granted; `undefined`: it does not tell. */
  readonly watched: WatchedPart | undefined;
  close(): Promise<void>;
}

/** Begins to listen; never rejects. */
export async function watchModel(options: ModelWatchOptions): Promise<ModelWatch> {
  const { log, endpoint } = options;
  let session: ClientSession | undefined;
  const close = async (): Promise<void> => {
    // With its channel it ends anyway.
    await soon(session?.close(true), CLOSE_MS).catch(() => undefined);
  };
  try {
    session = await soon(options.openAnother(), OPEN_MS);
    return { watched: await soon(subscribe(session, options), OPEN_MS), close };
  } catch (cause) {
    await close();
    const fields = { endpoint, cause: firstLine(cause) };
    log.info(fields, "the server does not tell of new nodes; rebrowse or a rescan finds them");
  }
  return { watched: undefined, close };
}

async function subscribe(session: ClientSession, options: ModelWatchOptions): Promise<WatchedPart> {
  const { library } = options;
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: PUBLISHING_MS,
    requestedMaxKeepAliveCount: KEEP_ALIVE_COUNT,
    requestedLifetimeCount: LIFETIME_COUNT,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 0,
  });
  const item = await subscription.monitor(
    { nodeId: SERVER_OBJECT, attributeId: EVENT_NOTIFIER },
    {
      samplingInterval: 0,
      queueSize: QUEUE,
      discardOldest: true,
      filter: library.constructEventFilter(["EventType"], library.ofType(CHANGE_EVENT)),
    },
    library.TimestampsToReturn.Neither,
  );
  item.on("changed", () => options.changed());
  return watchedPart(subscription, item);
}

/** The library writes what was granted over what it was asked for. */
function watchedPart(
  { publishingInterval, maxKeepAliveCount, lifetimeCount }: ClientSubscription,
  { monitoringParameters: { queueSize } }: ClientMonitoredItemBase,
): WatchedPart {
  const queue = { asked: QUEUE, granted: queueSize, far: 0 };
  return {
    name: "changes of nodes",
    subscription: {
      asked: {
        intervalMs: PUBLISHING_MS,
        keepAliveCount: KEEP_ALIVE_COUNT,
        lifetimeCount: LIFETIME_COUNT,
        countedInMs: PUBLISHING_MS,
      },
      revised: {
        intervalMs: publishingInterval,
        keepAliveCount: maxKeepAliveCount,
        lifetimeCount,
        countedInMs: publishingInterval,
      },
    },
    terms: { values: 1, sampling: { asked: 0, granted: 0, far: 0 }, queue },
    brings: "events",
  };
}

async function soon<T>(promise: Promise<T> | undefined, ms: number): Promise<T> {
  if (promise === undefined) throw tooLate();
  return await within({ ms, late: tooLate }, promise);
}

function tooLate(): Error {
  return new OpcUaError("SUBSCRIBE_FAILED", "no answer in time");
}
