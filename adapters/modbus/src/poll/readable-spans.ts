/**
 * Addresses that a device is known to answer, and with them other reads of the same registers: on a bus, where answers
 * carry no number, a request must differ in length from one whose late answer may still come.
 */
import { isBitTable, type Table } from "../address.ts";
import type { PlannedBlock } from "../plan/index.ts";
import { encodeRequest, LIMITS, readRequest } from "../wire/pdu.ts";
import { expectedReply, type AlternativeRead } from "../wire/index.ts";

type Span = readonly [first: number, end: number];

export class ReadableSpans {
  readonly #spans = new Map<Table, readonly Span[]>();
  /** Grows with every span that was new. */
  version = 0;

  /** The device answered `length` from `start` on. */
  add(table: Table, start: number, length: number): void {
    if (this.covers(table, start, length)) return;
    this.version += 1;
    const all = [...(this.#spans.get(table) ?? []), [start, start + length] as const];
    const joined: Span[] = [];
    for (const span of all.toSorted((a, b) => a[0] - b[0])) {
      const last = joined.at(-1);
      if (last === undefined || span[0] > last[1]) joined.push(span);
      else joined[joined.length - 1] = [last[0], Math.max(last[1], span[1])];
    }
    this.#spans.set(table, joined);
  }

  covers(table: Table, start: number, length: number): boolean {
    const spans = this.#spans.get(table) ?? [];
    return spans.some(([first, end]) => start >= first && start + length <= end);
  }

  /** Longer reads that contain `block`, all of them known to be answered. */
  alternatives({ table, start, length }: PlannedBlock): readonly AlternativeRead[] {
    const isBits = isBitTable(table);
    const most = isBits ? LIMITS.readBits : LIMITS.readRegisters;
    // A byte count must differ, so bits are read by eight more.
    const step = isBits ? 8 : 1;
    const before = isBits ? [0] : [0, 1, 2];
    return before.flatMap((earlier) =>
      [0, step, 2 * step].flatMap((more): readonly AlternativeRead[] => {
        const size = length + earlier + more;
        const isOther = earlier + more > 0 && size <= most;
        if (!isOther || !this.covers(table, start - earlier, size)) return [];
        const pdu = encodeRequest(readRequest(table, start - earlier, size));
        return [{ pdu, reply: expectedReply(pdu), offset: 2 * earlier }];
      }),
    );
  }
}
