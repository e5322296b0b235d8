/** Where values of the past are told again. */
import type { MqttMessage, Watcher } from "../../broker/index.ts";
import type { PastEvent } from "./past-events.ts";

export interface Target {
  begin(): Promise<void>;
  /** In order. Resolves when all of them are on their way. Answers how many were told. */
  say(events: readonly PastEvent[]): Promise<number>;
  end(): Promise<void>;
  /** Who hears what is said on a topic of its own instead of the rooms of the hub; `undefined`: it is none. */
  watcherOf?(topic: string): Watcher | undefined;
}

export type Publish = (message: MqttMessage) => Promise<void>;
