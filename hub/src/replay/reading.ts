/** One client's reading of a stream: what comes of the source, with its time and key, not faster than was asked for. */
import { setTimeout as pause } from "node:timers/promises";
import { messageProperties, type MessageStream } from "../broker/index.ts";
import type { Cursor, StreamMessage } from "./source.ts";

type Page = Awaited<ReturnType<MessageStream["next"]>>;

/** With a rate, so often a little is given. */
const BEAT_MS = 50;

export interface ReadingOptions {
  readonly cursor: Cursor;
  /** Messages a second; `undefined`: as fast as they are taken. */
  readonly rate: number | undefined;
  /** Milliseconds, of a clock that does not jump. */
  readonly monotonic: () => number;
  readonly began: (reading: Reading) => void;
  readonly gave: (messages: number) => void;
  readonly ended: (reading: Reading) => void;
}

export class Reading implements MessageStream {
  readonly #options: ReadingOptions;
  #waiting: readonly StreamMessage[] = [];
  #hasBegun = false;
  #isClosed = false;
  #mayGiveAt = 0;

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  async next(): Promise<Page> {
    if (!this.#hasBegun) this.#options.began(this);
    this.#hasBegun = true;
    while (this.#waiting.length === 0) {
      this.#waiting = await this.#options.cursor.read();
      if (this.#isClosed) return [];
      if (this.#waiting.length === 0) await this.#options.cursor.more();
      if (this.#isClosed) return [];
    }
    const page = await this.#paced();
    this.#options.gave(page.length);
    return page.map(messageOf);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waiting = [];
    if (this.#hasBegun) this.#options.ended(this);
  }

  async #paced(): Promise<readonly StreamMessage[]> {
    const { rate, monotonic } = this.#options;
    const most = rate === undefined ? Infinity : Math.max(1, Math.floor((rate * BEAT_MS) / 1000));
    const now = monotonic();
    const waitMs = rate === undefined ? 0 : this.#mayGiveAt - now;
    if (waitMs > 0) await pause(waitMs, undefined, { ref: false });
    const page = this.#waiting.slice(0, most);
    this.#waiting = this.#waiting.slice(page.length);
    if (rate !== undefined)
      this.#mayGiveAt = Math.max(this.#mayGiveAt, now) + (page.length * 1000) / rate;
    return page;
  }
}

function messageOf({ ts, topic, key = topic, payload, qos, properties, user = [] }: StreamMessage) {
  const own = messageProperties({ user: [["ts", String(ts)], ["key", key], ...user] });
  return { topic, payload, qos, properties: Buffer.concat([properties, own]) };
}
