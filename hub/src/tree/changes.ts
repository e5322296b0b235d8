/**
 * Who wants to know which metrics changed. A reader names rows (`watch`) and is told of each change at once, or a range
 * (`collect`) and fetches the changed integers when it has time. What nobody watches costs one look at one byte.
 */
import { FIRST_ROOM, grown, roomFor } from "./columns.ts";

/** Told in the middle of a message: note the id, do the work later. */
export type Changed = (id: number) => void;

/** The set of rows that one reader watches. */
export interface Watch {
  add(id: number): void;
  delete(id: number): void;
  /** Watches nothing any more. */
  stop(): void;
}

/** The changed metrics of a range, each once, until they are taken. */
export class ChangedSet {
  readonly #from: number;
  readonly #to: number;
  #marks = new Uint8Array(FIRST_ROOM);
  #ids = new Int32Array(FIRST_ROOM);
  #size = 0;

  /** `from` up to, not including, `to`. */
  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
  }

  get size(): number {
    return this.#size;
  }

  /** The ids in the order in which they changed first; the set is empty then. */
  take(): Int32Array {
    const ids = this.#ids.slice(0, this.#size);
    for (const id of ids) this.#marks[id - this.#from] = 0;
    this.#size = 0;
    return ids;
  }

  note(id: number): void {
    if (id < this.#from || id >= this.#to) return;
    const at = id - this.#from;
    if (at >= this.#marks.length) {
      this.#marks = grown(new Uint8Array(roomFor(at + 1, this.#marks.length)), this.#marks);
    }
    if (this.#marks[at] === 1) return;
    this.#marks[at] = 1;
    if (this.#size === this.#ids.length) {
      this.#ids = grown(new Int32Array(roomFor(this.#size + 1, this.#size)), this.#ids);
    }
    this.#ids[this.#size] = id;
    this.#size += 1;
  }
}

export class Changes {
  #watched = new Uint8Array(0);
  readonly #watchers = new Map<number, Set<Changed>>();
  #sets: readonly ChangedSet[] = [];
  #count = 0;

  /** Changes so far; whoever keeps the tree elsewhere sees whether there is something new. */
  get count(): number {
    return this.#count;
  }

  watch(changed: Changed): Watch {
    const tell: Changed = (id) => changed(id); // two readers may bring the same function
    const ids = new Set<number>();
    const remove = (id: number): void => {
      if (ids.delete(id)) this.#removeWatcher(id, tell);
    };
    return {
      add: (id) => {
        ids.add(id);
        this.#addWatcher(id, tell);
      },
      delete: remove,
      stop: () => {
        for (const id of ids) remove(id);
      },
    };
  }

  /** The rows from `from` up to, not including, `to`; everything when nothing is said. */
  collect(from = 0, to = Number.POSITIVE_INFINITY): ChangedSet {
    const set = new ChangedSet(from, to);
    this.#sets = [...this.#sets, set];
    return set;
  }

  /** Nobody takes from `set` any more. */
  drop(set: ChangedSet): void {
    this.#sets = this.#sets.filter((other) => other !== set);
  }

  /** A metric changed. */
  note(id: number): void {
    this.#count += 1;
    if (id < this.#watched.length && this.#watched[id] === 1) this.#tell(id);
    const sets = this.#sets;
    for (let at = 0; at < sets.length; at += 1) sets[at]?.note(id);
  }

  #tell(id: number): void {
    for (const changed of this.#watchers.get(id) ?? []) changed(id);
  }

  #addWatcher(id: number, changed: Changed): void {
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(changed));
    if (id >= this.#watched.length) {
      this.#watched = grown(new Uint8Array(roomFor(id + 1, this.#watched.length)), this.#watched);
    }
    this.#watched[id] = 1;
  }

  #removeWatcher(id: number, changed: Changed): void {
    const watchers = this.#watchers.get(id);
    watchers?.delete(changed);
    if (watchers?.size !== 0) return;
    this.#watchers.delete(id);
    this.#watched[id] = 0;
  }
}
