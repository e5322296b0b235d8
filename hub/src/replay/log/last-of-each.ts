/** Which message is the last one of its topic, where only that counts. */
import { recordOf, type ReadMessage } from "./record.ts";
import { messagesOf, replaceSegment, type Segment } from "./segment.ts";

/** Of topics beyond these every message counts. */
const MOST_TOPICS = 200_000;

export class LastOfEach {
  readonly #lastTs = new Map<string, number>();

  note(topic: string, ts: number): void {
    if (this.#lastTs.size < MOST_TOPICS || this.#lastTs.has(topic)) this.#lastTs.set(topic, ts);
  }

  /** As `note`, of a message that was read while others came. */
  noteEarlier(topic: string, ts: number): void {
    if (ts > (this.#lastTs.get(topic) ?? 0)) this.note(topic, ts);
  }

  isLast({ topic, ts }: Pick<ReadMessage, "topic" | "ts">): boolean {
    return (this.#lastTs.get(topic) ?? 0) <= ts;
  }

  /** Leaves out what is no longer the last of its topic; false when there is nothing of that kind. */
  async compact(segment: Segment): Promise<boolean> {
    const kept: Buffer[] = [];
    let isSame = true;
    for await (const messages of messagesOf(segment)) {
      const last = messages.filter((message) => this.isLast(message));
      isSame &&= last.length === messages.length;
      kept.push(...last.map(recordOf));
    }
    if (isSame) return false;
    await replaceSegment(segment, kept);
    return true;
  }
}
