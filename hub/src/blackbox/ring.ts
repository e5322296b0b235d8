/**
 * The last of what came, in memory: blocks that are filled one after the other, made when they are needed and used again
 * when they are old. What goes in is copied, and nothing else is made for it.
 */

/** What an entry is. */
export const PACKETS = 1;
/** Packets of which only the beginning was kept: there was no room. */
export const CUT = 2;
export const CONNECT = 3;
export const END = 4;

export interface RingEntry {
  readonly kind: number;
  readonly connection: number;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  /** A view of the ring. */
  readonly bytes: Buffer;
}

export interface RingOptions {
  readonly maxBytes: number;
  readonly keepMs: number;
  /** All until this time has been forgotten; milliseconds since 1970 UTC. */
  readonly forgot: (until: number) => void;
}

interface Block {
  bytes: Buffer;
  length: number;
  firstAt: number;
  lastAt: number;
  /** Somebody reads it: it is not written again. */
  isShared: boolean;
}

const BLOCK_BYTES = 256 * 1024;
const FIRST_BLOCK_BYTES = 16 * 1024;
/** Length, kind, connection, time. */
const HEAD_BYTES = 20;
/** So much is kept of what is too large. */
const BEGINNING_BYTES = 1024;

export class Ring {
  readonly #options: RingOptions;
  /** The oldest first. */
  readonly #blocks: Block[] = [];
  #current: Block = emptyBlock(0);
  #allocated = 0;
  /** A block that may be filled again. */
  #spare: Buffer | undefined;

  constructor(options: RingOptions) {
    this.#options = options;
  }

  /** Memory that it has taken. */
  get allocatedBytes(): number {
    return this.#allocated;
  }

  /** Time of the oldest entry; `undefined`: there is none. */
  get oldestAt(): number | undefined {
    const [first] = this.#blocks;
    return first?.firstAt;
  }

  /** `head` is only read. */
  append(
    { kind, connection, at }: Omit<RingEntry, "bytes">,
    bytes: Buffer,
    start: number,
    end: number,
  ): void {
    const size = end - start;
    if (size + HEAD_BYTES > this.#options.maxBytes / 4) {
      const until = start + BEGINNING_BYTES;
      return this.append({ kind: CUT, connection, at }, bytes, start, until);
    }
    const block = this.#blockFor(size + HEAD_BYTES, at);
    const to = block.bytes;
    let place = to.writeUInt32LE(size, block.length);
    place = to.writeUInt32LE(kind, place);
    place = to.writeUInt32LE(connection, place);
    place = to.writeDoubleLE(at, place);
    bytes.copy(to, place, start, end);
    block.length = place + size;
    block.lastAt = at;
  }

  /** What is in it now, also while more comes: the blocks stay as they are. */
  snapshot(now: number): Iterable<RingEntry> {
    this.forgetOld(now);
    const blocks = this.#blocks.map((block) => {
      block.isShared = true;
      return block.bytes.subarray(0, block.length);
    });
    return { [Symbol.iterator]: () => entriesOf(blocks) };
  }

  forgetOld(now: number): void {
    const oldest = now - this.#options.keepMs;
    while ((this.#blocks[0]?.lastAt ?? now) < oldest) this.#forgetFirst();
    if (this.#blocks.length === 0) this.#current = emptyBlock(0);
  }

  #blockFor(size: number, at: number): Block {
    if (this.#current.length + size <= this.#current.bytes.length) return this.#current;
    this.forgetOld(at);
    const isFirst = this.#allocated === 0;
    const usual = isFirst ? FIRST_BLOCK_BYTES : BLOCK_BYTES;
    const bytes = Math.max(usual, size);
    while (this.#blocks.length > 0 && this.#allocated + bytes > this.#options.maxBytes)
      this.#forgetFirst();
    const block = { ...emptyBlock(0), bytes: this.#take(bytes), firstAt: at, lastAt: at };
    this.#allocated += block.bytes.length;
    this.#blocks.push(block);
    this.#current = block;
    return block;
  }

  #take(bytes: number): Buffer {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare !== undefined && spare.length === bytes ? spare : Buffer.allocUnsafeSlow(bytes);
  }

  #forgetFirst(): void {
    const block = this.#blocks.shift();
    if (block === undefined) return;
    this.#allocated -= block.bytes.length;
    if (!block.isShared && block.bytes.length === BLOCK_BYTES) this.#spare = block.bytes;
    this.#options.forgot(block.lastAt);
  }
}

function emptyBlock(bytes: number): Block {
  const block = { bytes: Buffer.alloc(bytes), length: 0, firstAt: 0, lastAt: 0 };
  return { ...block, isShared: false };
}

function* entriesOf(blocks: readonly Buffer[]): Generator<RingEntry> {
  for (const bytes of blocks) {
    let at = 0;
    while (at < bytes.length) {
      const start = at + HEAD_BYTES;
      const end = start + bytes.readUInt32LE(at);
      yield {
        kind: bytes.readUInt32LE(at + 4),
        connection: bytes.readUInt32LE(at + 8),
        at: bytes.readDoubleLE(at + 12),
        bytes: bytes.subarray(start, end),
      };
      at = end;
    }
  }
}
