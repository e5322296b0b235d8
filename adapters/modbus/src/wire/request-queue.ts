/** The requests that wait for a link, in the order in which they may go: writes, due probes, polls by deadline. */
import type { WireRequest } from "./request.ts";

/** Beyond this, writes are refused: an operator would not know any more what is going to happen. */
const MOST_WAITING_WRITES = 100;
/** Bounded by the plan; a bug must not eat the memory. */
const MOST_WAITING_READS = 100_000;

/** So much memory an empty list keeps for its next requests: hundreds of links fill theirs at every pass. */
const MOST_KEPT = 256;

/** A list that is mostly taken from the front; sorted if asked. */
class Lane {
  /** Requests stand from `#head` to before `#end`; elsewhere nothing. */
  readonly #items: (WireRequest | undefined)[] = [];
  #head = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#head;
  }

  append(request: WireRequest): void {
    this.#items[this.#end] = request;
    this.#end += 1;
  }

  /** Behind all that have the same or an earlier deadline; usually that is the end. */
  insertByDeadline(request: WireRequest): void {
    const last = this.length === 0 ? undefined : this.#items[this.#end - 1];
    if (last === undefined || last.deadline <= request.deadline) {
      this.append(request);
      return;
    }
    let low = this.#head;
    let high = this.#end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#items[middle]?.deadline ?? 0) <= request.deadline) low = middle + 1;
      else high = middle;
    }
    this.#items.splice(low, 0, request);
    this.#end += 1;
  }

  takeFirst(mayGo: (request: WireRequest) => boolean): WireRequest | undefined {
    for (let index = this.#head; index < this.#end; index += 1) {
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
    const drained = this.#items.slice(this.#head, this.#end);
    this.#items.length = 0;
    this.#empty();
    return drained.filter((request) => request !== undefined);
  }

  #removeAt(index: number): void {
    if (index !== this.#head) {
      this.#items.splice(index, 1);
      this.#end -= 1;
      return;
    }
    this.#items[index] = undefined;
    this.#head += 1;
    if (this.#head === this.#end) this.#empty();
    else if (this.#head > 64 && this.#head * 2 > this.#end) {
      this.#items.splice(0, this.#head);
      this.#end -= this.#head;
      this.#head = 0;
    }
  }

  #empty(): void {
    this.#head = 0;
    this.#end = 0;
    if (this.#items.length > MOST_KEPT) this.#items.length = 0;
  }
}

/** Waiting requests of one link. */
export class RequestQueue {
  readonly #writes = new Lane();
  readonly #probes = new Lane();
  readonly #polls = new Lane();
  readonly #inOrder: readonly Lane[] = [this.#writes, this.#probes, this.#polls];

  get length(): number {
    return this.#writes.length + this.#probes.length + this.#polls.length;
  }

  /** False when too many wait already. */
  push(request: WireRequest): boolean {
    const lane = this.#laneOf(request);
    const most = request.priority === "write" ? MOST_WAITING_WRITES : MOST_WAITING_READS;
    if (lane.length >= most) return false;
    if (request.priority === "poll") lane.insertByDeadline(request);
    else lane.append(request);
    return true;
  }

  /** Takes the most urgent request of those that may go. */
  take(mayGo: (request: WireRequest) => boolean): WireRequest | undefined {
    for (const lane of this.#inOrder) {
      if (lane.length === 0) continue;
      const request = lane.takeFirst(mayGo);
      if (request !== undefined) return request;
    }
    return undefined;
  }

  /** Takes one request out; false when it does not wait here. */
  remove(request: WireRequest): boolean {
    return this.#laneOf(request).remove(request);
  }

  /** Takes all out, the most urgent first. */
  drain(): readonly WireRequest[] {
    return this.#inOrder.flatMap((lane) => lane.drain());
  }

  #laneOf({ priority }: WireRequest): Lane {
    switch (priority) {
      case "write":
        return this.#writes;
      case "probe":
        return this.#probes;
      case "poll":
        return this.#polls;
    }
  }
}
