/** What the parts of the engine share. */
import type { BrokerClock } from "./clock.ts";
import type { BrokerOptions, PublishedMessage, Watcher } from "./contract.ts";
import type { Counting } from "./counters.ts";
import type { SessionContext } from "./session.ts";
import type { Refusal } from "./verdict.ts";

export interface EngineContext extends SessionContext {
  readonly options: BrokerOptions;
  readonly clock: BrokerClock;
  readonly counting: Counting;
  /** Asks a watcher; one that throws is a bug of ours, which is logged, and the message passes. */
  readonly watched: (watcher: Watcher, message: PublishedMessage) => Refusal | undefined;
}
