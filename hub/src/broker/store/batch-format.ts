/**
 * How a batch looks on its way to the writer thread: entry after entry, each a code (one byte), the length of the rest
 * (four bytes) and the rest. Sessions are numbers here; only `session` names the client.
 */

export const CODE = {
  /** Nothing: an entry that a later one of the same batch made superfluous. */
  skip: 0,
  session: 1,
  deleteSession: 2,
  subscription: 3,
  deleteSubscription: 4,
  will: 5,
  deleteWill: 6,
  enqueue: 7,
  dequeue: 8,
  sentRow: 10,
  inFlight: 11,
  incoming: 12,
  deleteIncoming: 13,
  retained: 14,
  deleteRetained: 15,
  time: 16,
} as const;

export const HEAD_BYTES = 5;

/** Flags of a delivery: its QoS, and these. */
export const QOS_BITS = 0b11;
export const RETAIN = 0b100;
export const HAS_IDENTIFIERS = 0b1000;
/** Dequeued in the batch that would have enqueued it. */
export const DEAD = 0b1_0000;

/** Flags of a subscription: its QoS, its Retain Handling above, and these. */
export const RETAIN_HANDLING_SHIFT = 2;
export const NO_LOCAL = 0b1_0000;
export const RETAIN_AS_PUBLISHED = 0b10_0000;

/**
 * Entries that remove something. They may be repeated at any time before what follows them, so a batch that could not be
 * written leaves them behind for the next one. `sentRow`, which only ever grows, and `inFlight`, which says something
 * about a row that is given once, count with them: neither takes room.
 */
const REMOVING: ReadonlySet<number> = new Set([
  CODE.deleteSession,
  CODE.deleteSubscription,
  CODE.deleteWill,
  CODE.dequeue,
  CODE.sentRow,
  CODE.inFlight,
  CODE.deleteIncoming,
  CODE.deleteRetained,
]);

/** Calls `visit` for every entry; `from` and `to` enclose what follows its head. */
export function eachEntry(
  batch: Buffer,
  visit: (code: number, from: number, to: number) => void,
): void {
  let at = 0;
  while (at < batch.length) {
    const from = at + HEAD_BYTES;
    const to = from + batch.readUInt32LE(at + 1);
    visit(batch[at] ?? CODE.skip, from, to);
    at = to;
  }
}

/** Adds the removing entries of a batch to `into`, each once, heads included, as Latin-1 text. */
export function collectRemovals(batch: Buffer, into: Set<string>): void {
  eachEntry(batch, (code, from, to) => {
    if (REMOVING.has(code)) into.add(batch.toString("latin1", from - HEAD_BYTES, to));
  });
}
