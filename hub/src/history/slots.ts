/** Numbers by which rows of this run know their metric: one for each metric and datatype, dealt when it is first recorded. */

const FIRST_ROOM = 1024;
const UNKNOWN = 0;
const LEFT_OUT = -1;

export class Slots {
  /** By the id of the tree. */
  #slots = new Int32Array(FIRST_ROOM);
  /** By slot: the id, and the time of the last row in milliseconds since 1970 UTC. */
  #ids = new Int32Array(FIRST_ROOM);
  #times = new Float64Array(FIRST_ROOM);
  #last = 0;

  /** 0: not known yet; −1: not recorded. */
  of(id: number): number {
    return this.#slots[id] ?? UNKNOWN;
  }

  open(id: number): number {
    this.#last += 1;
    if (this.#last >= this.#ids.length) {
      this.#ids = grown(new Int32Array(this.#ids.length * 2), this.#ids);
      this.#times = grown(new Float64Array(this.#times.length * 2), this.#times);
    }
    this.#put(id, this.#last);
    this.#ids[this.#last] = id;
    return this.#last;
  }

  leaveOut(id: number): number {
    this.#put(id, LEFT_OUT);
    return LEFT_OUT;
  }

  /** It has another datatype now, and gets another slot. */
  forget(id: number): void {
    if (id < this.#slots.length) this.#slots[id] = UNKNOWN;
  }

  clear(): void {
    this.#slots.fill(UNKNOWN);
    this.#times.fill(0);
    this.#last = 0;
  }

  idOf(slot: number): number {
    return this.#ids[slot] ?? 0;
  }

  heard(slot: number, time: number): void {
    this.#times[slot] = time;
  }

  /** 0: not in this run. */
  heardAt(slot: number): number {
    return this.#times[slot] ?? 0;
  }

  #put(id: number, slot: number): void {
    if (id >= this.#slots.length) {
      const room = Math.max(id + 1, this.#slots.length * 2);
      this.#slots = grown(new Int32Array(room), this.#slots);
    }
    this.#slots[id] = slot;
  }
}

function grown<Kind extends Int32Array | Float64Array>(bigger: Kind, column: Kind): Kind {
  bigger.set(column);
  return bigger;
}
