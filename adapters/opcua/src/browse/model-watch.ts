/**
 * Hears of it when a server changes its nodes: GeneralModelChangeEvents of the Server object. On a session of its own, so
 * that its messages never mix with those of the values; a server that gives no second session, or has no such events, is
 * looked at again by time or on request only.
 */
import type { ClientSession } from "node-opcua-client";
import type { Logger } from "@unshub/adapter";
import { within } from "../deadline.ts";
import { OpcUaError, firstLine } from "../errors.ts";
import type { Library } from "../library.ts";

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
const OPEN_MS = 10_000;
const CLOSE_MS = 1_000;

/** Begins to listen; never rejects. What it answers ends it. */
export async function watchModel(options: ModelWatchOptions): Promise<() => Promise<void>> {
  const { log, endpoint } = options;
  let session: ClientSession | undefined;
  const close = async (): Promise<void> => {
    // With its channel it ends anyway.
    await soon(session?.close(true), CLOSE_MS).catch(() => undefined);
  };
  try {
    session = await soon(options.openAnother(), OPEN_MS);
    await soon(subscribe(session, options), OPEN_MS);
  } catch (cause) {
    await close();
    const fields = { endpoint, cause: firstLine(cause) };
    log.info(fields, "the server does not tell of new nodes; rebrowse or a rescan finds them");
  }
  return close;
}

async function subscribe(session: ClientSession, options: ModelWatchOptions): Promise<void> {
  const { library } = options;
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: PUBLISHING_MS,
    requestedMaxKeepAliveCount: 10,
    requestedLifetimeCount: 1_000,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 0,
  });
  const item = await subscription.monitor(
    { nodeId: SERVER_OBJECT, attributeId: EVENT_NOTIFIER },
    {
      samplingInterval: 0,
      queueSize: 1,
      discardOldest: true,
      filter: library.constructEventFilter(["EventType"], library.ofType(CHANGE_EVENT)),
    },
    library.TimestampsToReturn.Neither,
  );
  item.on("changed", () => options.changed());
}

async function soon<T>(promise: Promise<T> | undefined, ms: number): Promise<T> {
  if (promise === undefined) throw tooLate();
  return await within({ ms, late: tooLate }, promise);
}

function tooLate(): Error {
  return new OpcUaError("SUBSCRIBE_FAILED", "no answer in time");
}
