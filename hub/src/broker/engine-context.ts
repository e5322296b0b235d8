/** What the parts of the engine share. */
import type { BrokerClock } from "./clock.ts";
import type { ClientEvents } from "./client-events.ts";
import type { BrokerOptions, PublishedMessage, Watched, Watcher } from "./contract.ts";
import type { Counting } from "./counters.ts";
import type { RareLog } from "./rare-log.ts";
import type { SessionContext } from "./session.ts";
import type { StoreTimes } from "./store-times.ts";

export interface EngineContext extends SessionContext {
  readonly options: BrokerOptions;
  readonly clock: BrokerClock;
  readonly events: ClientEvents;
  readonly times: StoreTimes;
  readonly counting: Counting;
  readonly log: RareLog;
  /** Runs when this batch of the store is settled; at once when it is. */
  readonly whenBatchSettled: (batch: number, run: () => void) => void;
  /** Asks a watcher; one that throws is a bug of ours, which is logged, and the message passes. */
  readonly watched: (watcher: Watcher, message: PublishedMessage) => Watched;
}
