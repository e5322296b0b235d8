/**
 * The bytes that the values of a device were made of, as they came. They are kept only of tags at which somebody looks, so
 * that nobody else pays for it: while there are none, a reply costs one comparison. Of groups that are read seldom, or once,
 * they are kept always: whoever looks would wait for a reading that does not come.
 */
import type { RawLook } from "@unshub/adapter";
import { isBitTable } from "../address.ts";
import type { Schedule } from "../config/config.ts";
import type { PlannedBlock } from "../plan/index.ts";
import type { Tag } from "../tag.ts";
import type { Planned, Scheduler } from "./scheduler.ts";

/** Who looks asks more often. */
const FORGOTTEN_AFTER_MS = 10_000;
/** At more tags of one device nobody looks at once. */
const MOST_TAGS = 400;
const MOST_BYTES = 64;

/** Whether the next reading comes too late for who looks. */
export function isSeldomRead(schedule: Schedule): boolean {
  return schedule.mode !== "interval" || schedule.intervalMs > FORGOTTEN_AFTER_MS;
}

interface Kept {
  readonly bytes: Uint8Array;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
}

export class RawBytes {
  readonly #tags: readonly Tag[];
  readonly #scheduler: Pick<Scheduler, "nowMs" | "after">;
  /** When each was last asked for. */
  readonly #askedAtMs = new Map<number, number>();
  readonly #kept = new Map<number, Kept>();
  /** Those of which the bytes are kept whether somebody looks or not. */
  readonly #seldom = new Set<number>();
  #forgetting: Planned | undefined;
  /** Whether anybody looks at anything. */
  isOn = false;

  constructor(tags: readonly Tag[], scheduler: Pick<Scheduler, "nowMs" | "after">) {
    this.#tags = tags;
    this.#scheduler = scheduler;
  }

  /** The bytes of these are kept for good. */
  keepAlways(indexes: readonly number[]): void {
    for (const index of indexes) this.#seldom.add(index);
  }

  /** What is known of these tags; it is kept for some seconds from now on. */
  look(names: readonly string[]): readonly RawLook[] {
    const wanted = new Set(names);
    const nowMs = this.#scheduler.nowMs();
    const found: RawLook[] = [];
    for (const [index, tag] of this.#tags.entries()) {
      if (!wanted.has(tag.name)) continue;
      if (this.#askedAtMs.size >= MOST_TAGS && !this.#askedAtMs.has(index)) continue;
      this.#askedAtMs.set(index, nowMs);
      const kept = this.#kept.get(index);
      if (kept !== undefined) found.push({ tag: tag.name, raw: hexText(kept.bytes), at: kept.at });
    }
    this.isOn = this.#askedAtMs.size > 0;
    if (this.#forgetting === undefined) this.#forgetting = this.#forgetLater();
    return found;
  }

  /** A reply, `at` ms since 1970 UTC. `pass`: those that ride along are looked at in some only. */
  take(
    { tags, table, start }: Pick<PlannedBlock, "tags" | "table" | "start">,
    data: Uint8Array,
    { at, pass }: { readonly at: number; readonly pass: number },
  ): void {
    for (const { tag, index, every } of tags) {
      if (pass % every !== 0) continue;
      if (!this.#askedAtMs.has(index) && !this.#seldom.has(index)) continue;
      const place = tag.start - start;
      const bytes = isBitTable(table)
        ? Uint8Array.of(((data[place >> 3] ?? 0) >> (place & 7)) & 1)
        : data.slice(2 * place, 2 * (place + tag.length));
      this.#kept.set(index, { bytes, at });
    }
  }

  /** What was read of one tag alone. */
  takeOne(index: number, data: Uint8Array, at: number): void {
    const tag = this.#tags[index];
    if (tag === undefined) return;
    this.take({ tags: [{ tag, index, every: 1 }], ...tag }, data, { at, pass: 0 });
  }

  #forgetLater(): Planned {
    return this.#scheduler.after(FORGOTTEN_AFTER_MS, () => {
      const nowMs = this.#scheduler.nowMs();
      for (const [index, askedAtMs] of this.#askedAtMs) {
        if (nowMs - askedAtMs < FORGOTTEN_AFTER_MS) continue;
        this.#askedAtMs.delete(index);
        if (!this.#seldom.has(index)) this.#kept.delete(index);
      }
      this.isOn = this.#askedAtMs.size > 0;
      this.#forgetting = this.isOn ? this.#forgetLater() : undefined;
    });
  }
}

/** `40 9A 3D 71`; of a bit its byte. */
function hexText(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, MOST_BYTES), (byte) =>
    byte.toString(16).toUpperCase().padStart(2, "0"),
  );
  return [...shown, ...(bytes.length > MOST_BYTES ? ["…"] : [])].join(" ");
}
