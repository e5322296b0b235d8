/**
 * Subscriptions that are streams. They are filed nowhere: the router knows nothing of them, nor does the store, and they
 * end with the connection; who comes back says again from where on.
 */
import type { ISubscription, UserProperties } from "mqtt-packet";
import type { Connection } from "./connection.ts";
import type { EngineContext } from "./engine-context.ts";
import { Reason } from "./reason.ts";
import { splitFilter } from "./routing/subscription.ts";
import type { Session } from "./session.ts";
import { StreamFeed } from "./stream-feed.ts";
import { type Refusal, refused, verdictOf } from "./verdict.ts";

/** Each keeps some pages in memory. */
const MOST_STREAMS = 16;

export interface StreamAsked extends Pick<ISubscription, "topic" | "qos"> {
  /** Of the SUBSCRIBE. */
  readonly identifier: number;
  readonly user: UserProperties | undefined;
}

export class Streaming {
  readonly #context: EngineContext;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  owns(filter: string): boolean {
    return this.#context.options.streams?.owns(splitFilter(filter).topicFilter) === true;
  }

  /** The feed, which is given what to say once the client knows that it was granted; or why not. */
  open(connection: Connection, session: Session, asked: StreamAsked): StreamFeed | Refusal {
    const { options, log, nextRow } = this.#context;
    const { client } = connection;
    const { streams } = session.outgoing;
    const isNew = streams.all().every(({ filter }) => filter !== asked.topic);
    if (splitFilter(asked.topic).isShared)
      return refused(Reason.sharedSubscriptionsNotSupported, "a stream is read by one alone");
    if (isNew && streams.size >= MOST_STREAMS)
      return refused(Reason.quotaExceeded, `a client reads ${MOST_STREAMS} streams at most`);
    if (client === undefined || options.streams === undefined)
      return refused(Reason.unspecifiedError, "there are no streams");
    const { streams: door } = options;
    const verdict = verdictOf(
      () => door.open(client, asked.topic, lastOfEach(asked.user)),
      (error) => log.error({ error, filter: asked.topic }, "a stream could not be opened"),
    );
    if (!verdict.allow) return verdict;
    return new StreamFeed({
      subscription: { filter: asked.topic, qos: asked.qos, identifier: asked.identifier },
      stream: verdict.stream,
      nextRow,
      mayReceive: (topic) => options.mayReceive?.(session.clientId, topic) !== false,
      arrived: () => session.outgoing.schedulePump(),
      failed: (error) => {
        log.error({ error, filter: asked.topic }, "a stream broke off");
        connection.end(Reason.unspecifiedError, `the stream ${asked.topic} broke off`);
      },
    });
  }
}

function lastOfEach(user: UserProperties | undefined): ReadonlyMap<string, string> {
  const all = Object.entries(user ?? {}).map(([name, value]): [string, string] => [
    name,
    (Array.isArray(value) ? value.at(-1) : value) ?? "",
  ]);
  return new Map(all);
}
