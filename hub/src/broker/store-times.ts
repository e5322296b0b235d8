/**
 * Deadlines on their way to the store and back. In one run they follow the monotonic clock, whatever the wall clock
 * does; after a restart nothing has more time left than it was given.
 */
import type { BrokerClock } from "./clock.ts";
import { type Message, NEVER } from "./message.ts";
import type { StoredMessage } from "./store/store.ts";

export class StoreTimes {
  readonly #clock: BrokerClock;
  /** Wall clock minus monotonic clock, as it was at the start. */
  readonly #offset: number;

  constructor(clock: BrokerClock) {
    this.#clock = clock;
    this.#offset = clock.wall() - clock.monotonic();
  }

  toStored({ expiresAt, ...message }: Message): StoredMessage {
    return { ...message, expiresAtWall: expiresAt + this.#offset }; // NEVER stays NEVER
  }

  fromStored({ expiresAtWall, ...message }: StoredMessage): Message {
    if (expiresAtWall === NEVER) return { ...message, expiresAt: NEVER };
    const interval = 1000 * Buffer.from(message.properties).readUInt32BE(message.expiryAt);
    const latest = this.#clock.monotonic() + interval;
    return { ...message, expiresAt: Math.min(expiresAtWall - this.#offset, latest) };
  }
}
