/** The requests that wait for a link, in the order in which they may go: writes, due probes, polls by deadline. */
import type { Priority, WireRequest } from "./request.ts";

/** Beyond this, writes are refused: an operator would not know any more what is going to happen. */
const MOST_WAITING_WRITES = 100;
/** Bounded by the plan; a bug must not eat the memory. */
const MOST_WAITING_READS = 100_000;
const ORDER: readonly Priority[] = ["write", "probe", "poll"];

/** A list that is mostly taken from the front; sorted if asked. */
class Lane {
  #items: WireRequest[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  append(request: WireRequest): void {
    this.#items.push(request);
  }

  /** Behind all that have the same or an earlier deadline; usually that is the end. */
  insertByDeadline(request: WireRequest): void {
    const last = this.#items.at(-1);
    if (this.length === 0 || last === undefined || last.deadline <= request.deadline) {
      this.#items.push(request);
      return;
    }
    let low = this.#head;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#items[middle]?.deadline ?? 0) <= request.deadline) low = middle + 1;
      else high = middle;
    }
    this.#items.splice(low, 0, request);
  }

  takeFirst(mayGo: (request: WireRequest) => boolean): WireRequest | undefined {
    for (let index = this.#head; index < this.#items.length; index += 1) {
      const request = this.#items[index];
      if (request === undefined || !mayGo(request)) continue;
      this.#removeAt(index);
      return request;
    }
    return undefined;
  }

  remove(request: WireRequest): boolean {
    const index = this.#items.indexOf(request, this.#head);
    if (index !== -1) this.#removeAt(index);
    return index !== -1;
  }

  drain(): readonly WireRequest[] {
    const drained = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    return drained;
  }

  #removeAt(index: number): void {
    if (index !== this.#head) {
      this.#items.splice(index, 1);
      return;
    }
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head > 64 && this.#head * 2 > this.#items.length) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
  }
}

/** Waiting requests of one link. */
export class RequestQueue {
  readonly #lanes: Readonly<Record<Priority, Lane>> = {
    write: new Lane(),
    probe: new Lane(),
    poll: new Lane(),
  };

  get length(): number {
    return this.#lanes.write.length + this.#lanes.probe.length + this.#lanes.poll.length;
  }

  /** False when too many wait already. */
  push(request: WireRequest): boolean {
    const lane = this.#lanes[request.priority];
    const most = request.priority === "write" ? MOST_WAITING_WRITES : MOST_WAITING_READS;
    if (lane.length >= most) return false;
    if (request.priority === "poll") lane.insertByDeadline(request);
    else lane.append(request);
    return true;
  }

  /** Takes the most urgent request of those that may go. */
  take(mayGo: (request: WireRequest) => boolean): WireRequest | undefined {
    for (const priority of ORDER) {
      const lane = this.#lanes[priority];
      if (lane.length === 0) continue;
      const request = lane.takeFirst(mayGo);
      if (request !== undefined) return request;
    }
    return undefined;
  }

  /** Takes one request out; false when it does not wait here. */
  remove(request: WireRequest): boolean {
    return this.#lanes[request.priority].remove(request);
  }

  /** Takes all out, the most urgent first. */
  drain(): readonly WireRequest[] {
    return ORDER.flatMap((priority) => this.#lanes[priority].drain());
  }
}
