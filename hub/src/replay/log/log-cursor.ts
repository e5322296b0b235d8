/** Reads a log from a time on, segment after segment, to its end and further as it grows. */
import type { Start } from "../asked.ts";
import type { Gap, KeptCursor, StreamMessage } from "../source.ts";
import type { Ticking } from "../ticking.ts";
import type { MessageLog } from "./message-log.ts";
import { readPiece, type Segment } from "./segment.ts";

export class LogCursor implements KeptCursor {
  readonly #log: MessageLog;
  readonly #ticking: Ticking;
  readonly #from: Start;
  readonly #wants: (topic: string) => boolean;
  /** Messages up to this time are passed over; `undefined` before the first reading. */
  #after: number | undefined;
  #segment: Segment | undefined;
  #version = 0;
  #at = 0;
  #seen = 0;
  #gap: Gap | undefined;

  constructor(
    log: MessageLog,
    asked: { readonly from: Start; readonly wants: (topic: string) => boolean },
    ticking: Ticking,
  ) {
    this.#log = log;
    this.#ticking = ticking;
    this.#from = asked.from;
    this.#wants = asked.wants;
    if (asked.from === "latest") this.#after = log.lastTs;
  }

  async read(): Promise<readonly StreamMessage[]> {
    await this.#log.ready;
    this.#after ??= typeof this.#from === "number" ? this.#from - 1 : 0;
    for (;;) {
      this.#seen = this.#log.written;
      const segment = this.#find();
      if (segment === undefined) return [];
      const piece = await this.#pieceOf(segment);
      if (piece === undefined) continue;
      const wanted = piece.messages.filter((message) => this.#isWanted(message));
      this.#after = Math.max(this.#after, piece.messages.at(-1)?.ts ?? 0);
      const isOver = piece.messages.length === 0 || piece.isDamaged;
      const goesOn = !isOver || this.#goOn(segment);
      if (wanted.length > 0 || !goesOn) return wanted;
    }
  }

  async more(): Promise<void> {
    await this.#ticking.until(() => this.#log.written > this.#seen);
  }

  get readTo(): number | undefined {
    return this.#after;
  }

  takeGap(): Gap | undefined {
    const gap = this.#gap;
    this.#gap = undefined;
    return gap;
  }

  #isWanted(message: StreamMessage): boolean {
    const { lastOfEach } = this.#log;
    if (message.ts <= (this.#after ?? 0) || !this.#wants(message.topic)) return false;
    return lastOfEach === undefined || lastOfEach.isLast(message);
  }

  /** The segment that is read; one that is gone is followed by the oldest that is there. */
  #find(): Segment | undefined {
    const { segments } = this.#log;
    const after = this.#after ?? 0;
    const known = this.#segment;
    if (known !== undefined && segments.includes(known)) {
      if (known.version !== this.#version) this.#begin(known); // its places are other ones now
      return known;
    }
    const begin =
      known === undefined
        ? (segments.findLast(({ firstTs }) => firstTs <= after) ?? segments[0])
        : segments.find(({ number }) => number > known.number);
    if (begin === undefined) return undefined;
    this.#noteGap(begin, known === undefined || this.#at >= known.bytes);
    this.#begin(begin);
    return begin;
  }

  /** `isRead`: all of the segment before it was read. */
  #noteGap(begin: Segment, isRead: boolean): void {
    const from = (this.#after ?? 0) + 1;
    const known = this.#segment;
    const isCut =
      known === undefined
        ? this.#log.cutAt(from) !== undefined
        : !isRead || begin.number > known.number + 1;
    if (isCut) this.#gap = { from: this.#gap?.from ?? from, to: begin.firstTs };
  }

  #begin(segment: Segment): void {
    this.#segment = segment;
    this.#version = segment.version;
    this.#at = 0;
  }

  /** `undefined`: the file has gone or changed meanwhile. */
  async #pieceOf(segment: Segment): Promise<Awaited<ReturnType<typeof readPiece>> | undefined> {
    try {
      const piece = await readPiece(segment, this.#at);
      if (segment.version !== this.#version) return undefined;
      this.#at = piece.next;
      return piece;
    } catch (error) {
      if (!this.#log.segments.includes(segment)) return undefined;
      throw error;
    }
  }

  /** Goes on to the next segment; false when this is the last one. */
  #goOn(segment: Segment): boolean {
    const { segments } = this.#log;
    const next = segments.find(({ number }) => number > segment.number);
    if (next === undefined) return false;
    this.#noteGap(next, true);
    this.#begin(next);
    return true;
  }
}
