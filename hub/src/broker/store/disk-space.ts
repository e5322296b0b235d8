/**
 * Watches how much room the disk has, so that what needs it is refused while there is still some: for what is delivered
 * to be deleted, for the log to be copied into the store, and for everybody else on that disk.
 */
import { statfs } from "node:fs/promises";
import type { Logger } from "@unshub/adapter";
import type { StoreState } from "./store.ts";

export interface DiskSpaceSettings {
  readonly folder: string;
  readonly log: Logger;
  /** Less than this is as good as none; 0: it is not looked at. */
  readonly minFreeBytes: number;
  readonly everyMs: number;
  /** Asks the system; tests answer themselves. */
  readonly freeBytes?: ((folder: string) => Promise<number>) | undefined;
}

/** With so many times the least there is a warning. */
const WARN_AT = 2.5;
/** A disk that was full must have so many times the least, so that it is not full again with the next message. */
const READY_AT = 1.1;
const MIB = 1024 * 1024;

const READY = { kind: "ready" } as const;

export class DiskSpace {
  /** `full` while too little is free. */
  state: Exclude<StoreState, { kind: "failed" }> = READY;
  /** `undefined` until it is known. */
  freeBytes: number | undefined;
  readonly #settings: DiskSpaceSettings;
  /** Called when `state` has become another kind. */
  readonly #changed: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #hasWarned = false;
  #hasFailed = false;

  constructor(settings: DiskSpaceSettings, changed: () => void) {
    this.#settings = settings;
    this.#changed = changed;
  }

  /** Looks now, and from then on now and then. */
  async start(): Promise<void> {
    if (this.#settings.minFreeBytes <= 0) return;
    await this.#look();
    this.#timer = setInterval(() => void this.#look(), this.#settings.everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return; // a disk of the network may take its time
    this.#isLooking = true;
    const { folder, log, freeBytes = freeBytesOf } = this.#settings;
    try {
      this.#found(await freeBytes(folder));
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) log.warn({ folder, error }, "the free space of the disk is not known");
      this.#hasFailed = true;
    }
    this.#isLooking = false;
  }

  #found(freeBytes: number): void {
    this.freeBytes = freeBytes;
    const { minFreeBytes } = this.#settings;
    const { kind } = this.state;
    const least = kind === "full" ? READY_AT * minFreeBytes : minFreeBytes;
    this.state = freeBytes < least ? { kind: "full", because: this.#sentence(freeBytes) } : READY;
    this.#warn(freeBytes);
    if (this.state.kind !== kind) this.#tell(this.state);
  }

  #tell(state: StoreState): void {
    const { log } = this.#settings;
    if (state.kind === "full") log.error({ because: state.because }, "the disk is nearly full");
    else log.info({ freeBytes: this.freeBytes }, "the disk has room again");
    this.#changed();
  }

  #warn(freeBytes: number): void {
    const { minFreeBytes, folder, log } = this.#settings;
    const isScarce = freeBytes < WARN_AT * minFreeBytes;
    if (isScarce && !this.#hasWarned && this.state.kind === "ready")
      log.warn({ folder, freeBytes, minFreeBytes }, "the disk will soon be full");
    this.#hasWarned = isScarce;
  }

  #sentence(freeBytes: number): string {
    const { minFreeBytes, folder } = this.#settings;
    return `only ${inMib(freeBytes)} are free on the disk of ${folder}; mqtt.limits.minFreeDisk asks for ${inMib(minFreeBytes)}`;
  }
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function inMib(bytes: number): string {
  return `${Math.floor(bytes / MIB)} MiB`;
}
