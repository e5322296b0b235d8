/**
 * The time of what is stored. In one run it follows the monotonic clock, whatever somebody does to the wall clock; from
 * one run to the next the wall clock says how long the hub was away, and nothing has more time left than it was given.
 * So that a jump of the wall clock is not taken for time that has passed, what it shows is noted together with the time
 * of the records: at the start, at the end, while something is written anyway, and at once after a jump.
 */
import type { BrokerClock } from "./clock.ts";
import { type Message, NEVER } from "./message.ts";
import type { KnownTime, Store, StoredMessage } from "./store/store.ts";

/** A wall clock that gains or loses more than this against the monotonic one has been set. */
const JUMP_MS = 1000;

export class StoreTimes {
  readonly #clock: BrokerClock;
  readonly #store: Store;
  /** Time of the records minus monotonic clock. */
  readonly #offset: number;
  /** Wall clock minus time of the records, as it was noted last. */
  #notedAhead: number;
  /** The batch with the last note. */
  #notedIn = 0;

  constructor(clock: BrokerClock, store: Store, last: KnownTime | undefined) {
    this.#clock = clock;
    this.#store = store;
    const wall = clock.wall();
    const kept = last === undefined ? wall : last.kept + Math.max(wall - last.wall, 0);
    this.#offset = kept - clock.monotonic();
    this.#notedAhead = wall - kept;
    this.note();
  }

  /** Milliseconds of the monotonic clock as a time that a record may have. `NEVER` stays `NEVER`. */
  toWall(monotonic: number): number {
    return monotonic + this.#offset;
  }

  /** The way back. */
  fromWall(wall: number): number {
    return wall - this.#offset;
  }

  toStored({ expiresAt, ...message }: Message): StoredMessage {
    return { ...message, expiresAtWall: this.toWall(expiresAt) };
  }

  fromStored({ expiresAtWall, ...message }: StoredMessage): Message {
    if (expiresAtWall === NEVER) return { ...message, expiresAt: NEVER };
    const interval = 1000 * Buffer.from(message.properties).readUInt32BE(message.expiryAt);
    const latest = this.#clock.monotonic() + interval;
    return { ...message, expiresAt: Math.min(this.fromWall(expiresAtWall), latest) };
  }

  /** Called often: notes the time when the wall clock has jumped, and when something else was written since. */
  keep(): void {
    const ahead = this.#clock.wall() - this.toWall(this.#clock.monotonic());
    const hasJumped = Math.abs(ahead - this.#notedAhead) > JUMP_MS;
    if (hasJumped || this.#store.openBatch > this.#notedIn + 1) this.note();
    if (hasJumped) this.#store.hurry();
  }

  note(): void {
    const wall = this.#clock.wall();
    const kept = this.toWall(this.#clock.monotonic());
    this.#notedAhead = wall - kept;
    this.#notedIn = this.#store.openBatch;
    this.#store.saveTime({ kept, wall });
  }
}
