/**
 * Where metrics of the hub's adapters live in their devices, as the entries that run write it. Read when it is asked for,
 * and again when other entries run. A hundred thousand tags take a second to read out of their tables: those of a large
 * adapter are read by a thread of their own, for the broker must not wait.
 */
import { Worker } from "node:worker_threads";
import type { AdapterEntry } from "../config/index.ts";
import { partsOf, type AddressPart } from "./address-parts.ts";
import { tagsOf } from "./written-tags.ts";

export interface TagAddressesOptions {
  /** Those that run: the same list until others do. */
  readonly entries: () => readonly AdapterEntry[];
  /** Whether it may have thousands of tags. */
  readonly isLarge: (entry: AdapterEntry) => boolean;
}

/** By device, by the names of metrics. */
type OfNode = ReadonlyMap<string, ReadonlyMap<string, string>>;

const WORKER = new URL("tag-address-worker.ts", import.meta.url);

export class TagAddresses {
  readonly #options: TagAddressesOptions;
  /** Whose tags were read, or are being read. */
  #read: readonly AdapterEntry[] | undefined;
  #reading: Promise<void> = Promise.resolve();
  #byNode: ReadonlyMap<string, OfNode> = new Map();
  #version = 0;

  constructor(options: TagAddressesOptions) {
    this.#options = options;
  }

  /** Grows when there are others. */
  get version(): number {
    return this.#version;
  }

  /** Reads them when others run; resolves when all is read. Never rejects: what cannot be read has no addresses. */
  async look(): Promise<void> {
    const entries = this.#options.entries();
    if (entries !== this.#read) {
      this.#read = entries;
      this.#reading = this.#reading.then(() => this.#readAll(entries));
    }
    await this.#reading;
  }

  /** Of a device, as they were read last. */
  of(
    groupId: string,
    edgeNodeId: string,
    deviceId: string,
  ): ReadonlyMap<string, string> | undefined {
    return this.#byNode.get(`${groupId}/${edgeNodeId}`)?.get(deviceId);
  }

  async #readAll(entries: readonly AdapterEntry[]): Promise<void> {
    const found = new Map<string, OfNode>();
    for (const entry of entries) {
      const read = this.#options.isLarge(entry) ? readApart : readHere;
      // oxlint-disable-next-line no-await-in-loop -- one thread at a time
      found.set(`${entry.groupId}/${entry.edgeNodeId}`, await read(entry));
    }
    this.#byNode = found;
    this.#version += 1;
  }
}

async function readHere(entry: AdapterEntry): Promise<OfNode> {
  const found = new Map<string, Map<string, string>>();
  // a protocol without written tags, or a table that is gone since: plan and page say which
  for (const part of partsOf(await tagsOf(entry).catch(() => []))) take(found, part);
  return found;
}

function readApart({ protocol, input, folder }: AdapterEntry): Promise<OfNode> {
  const found = new Map<string, Map<string, string>>();
  const workerData = { protocol, input, folder };
  const worker = new Worker(WORKER, { workerData, name: "tag-addresses" });
  worker.unref(); // who stops the hub does not wait for it
  worker.on("message", (part: AddressPart) => take(found, part));
  worker.on("error", () => undefined); // as above
  return new Promise((resolve) => {
    worker.once("exit", () => resolve(found));
  });
}

function take(found: Map<string, Map<string, string>>, { deviceId, pairs }: AddressPart): void {
  const ofDevice = found.get(deviceId) ?? new Map<string, string>();
  found.set(deviceId, ofDevice);
  for (const [name, address] of pairs) ofDevice.set(name, address);
}
