/** The adapters of the hub as they are now: a changed configuration brings others. Looked at again once a second at most. */
import type { Adapter } from "./element.ts";

export interface AdaptersOptions {
  readonly read: () => readonly Adapter[];
  /** Where metrics of theirs live in their devices. */
  readonly addresses: SourceAddresses;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

export interface SourceAddresses {
  /** Grows when there are others. */
  readonly version: number;
  /** Reads them, when they may be others; never rejects. */
  look(): Promise<void>;
  /** Of a device, by the names of its metrics. */
  of(
    groupId: string,
    edgeNodeId: string,
    deviceId: string,
  ): ReadonlyMap<string, string> | undefined;
}

const FRESH_MS = 1000;

export class Adapters {
  readonly #options: AdaptersOptions;
  #all: readonly Adapter[] = [];
  #byNode: ReadonlyMap<string, Adapter> = new Map();
  #print = "";
  #version = 0;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: AdaptersOptions) {
    this.#options = options;
  }

  get all(): readonly Adapter[] {
    this.#look();
    return this.#all;
  }

  /** Grows when there are others, or other addresses of theirs. */
  get version(): number {
    this.#look();
    return this.#version + this.#options.addresses.version;
  }

  /** The one that is an edge node. */
  of(groupId: string, edgeNodeId: string): Adapter | undefined {
    this.#look();
    return this.#byNode.get(`${groupId}/${edgeNodeId}`);
  }

  /** Where metrics of a device of theirs live, by their names. */
  addressesOf(
    groupId: string,
    edgeNodeId: string,
    deviceId: string,
  ): ReadonlyMap<string, string> | undefined {
    return this.#options.addresses.of(groupId, edgeNodeId, deviceId);
  }

  #look(): void {
    const now = this.#options.now();
    if (Math.abs(now - this.#readAt) < FRESH_MS) return;
    this.#readAt = now;
    void this.#options.addresses.look(); // what is found is told by its version
    const all = this.#options.read();
    const print = JSON.stringify(all);
    if (print === this.#print) return;
    this.#print = print;
    this.#all = all;
    this.#version += 1;
    this.#byNode = new Map(
      all.map((adapter) => [`${adapter.groupId}/${adapter.edgeNodeId}`, adapter]),
    );
  }
}
