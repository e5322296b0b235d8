/**
 * Everything in the data directory as one stream, while the hub runs. Files that the hub replaces as a whole are copied
 * as they are; databases are copied by the room that writes them; files to which lines are added end with a whole line.
 * One file after the other is copied beside and sent, so that a reader that is slow holds up nobody.
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { chmod, copyFile, mkdir, open, readFile, rm, stat, truncate } from "node:fs/promises";
import { basename, join } from "node:path";
import { dataFiles, openlyOf, STAGING } from "./data-files.ts";
import { BACKUP_VERSION, BackupError, type BackupHead } from "./format.ts";
import { seal } from "./sealing.ts";

/** Copies a database while it is written to; `false`: there is nothing of it on disk. */
type CopyDatabase = (to: string) => Promise<boolean>;

export interface BackupOptions {
  readonly dataDir: string;
  readonly hubId: string;
  /** The databases that are open, by their path in the data directory. */
  readonly databases: ReadonlyMap<string, CopyDatabase>;
  /** Files that say how far somebody has read: copied before what he reads, so that they are never ahead of it. */
  readonly isPosition: (path: string) => boolean;
  /** Brings to disk what is kept in memory for a while. */
  readonly settle: () => Promise<void>;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

export class Backup {
  readonly #options: BackupOptions;
  #isRunning = false;

  constructor(options: BackupOptions) {
    this.#options = options;
  }

  /**
   * The backup from its first byte to its last; whoever stops reading ends it. With `passphrase` the keys are in it, too.
   * @throws {BackupError} when one is being made already.
   */
  start(passphrase?: string): AsyncGenerator<Uint8Array> {
    if (this.#isRunning)
      throw new BackupError("a backup is being made already; ask again when it has ended");
    this.#isRunning = true;
    const making = new Making(this.#options, passphrase);
    return making.bytes(() => {
      this.#isRunning = false;
    });
  }
}

/** One backup that is being made. */
class Making {
  readonly #options: BackupOptions;
  readonly #passphrase: string | undefined;
  readonly #folder: string;
  readonly #hash = createHash("sha256");
  readonly #leftOut: string[] = [];
  readonly #secrets = new Map<string, Uint8Array>();
  #files = 0;

  constructor(options: BackupOptions, passphrase: string | undefined) {
    this.#options = options;
    this.#passphrase = passphrase;
    this.#folder = join(options.dataDir, STAGING);
  }

  async *bytes(ended: () => void): AsyncGenerator<Uint8Array> {
    const { hubId, settle, now } = this.#options;
    const head = { version: BACKUP_VERSION, hub: hubId, madeAt: now() };
    try {
      yield this.#line({ format: "unshub-backup", ...head } satisfies BackupHead);
      await settle();
      await rm(this.#folder, { recursive: true, force: true });
      await mkdir(this.#folder, { mode: 0o700 });
      yield* this.#everyFile();
      yield* this.#sealed();
      const sha256 = this.#hash.digest("hex");
      yield lineOf({ end: { files: this.#files, sha256, leftOut: this.#leftOut } });
    } catch (error) {
      yield lineOf({ failed: error instanceof Error ? error.message : String(error) });
    } finally {
      await rm(this.#folder, { recursive: true, force: true });
      ended();
    }
  }

  async *#everyFile(): AsyncGenerator<Uint8Array> {
    const { dataDir, databases, isPosition } = this.#options;
    const files = dataFiles(dataDir).filter((path) => !databases.has(path));
    const positions = files.filter(isPosition);
    for (const path of new Set([...positions, ...databases.keys(), ...files])) {
      const copy = join(this.#folder, basename(path));
      if (!(await this.#copy(path, copy))) continue;
      yield* this.#file(path, copy);
      await rm(copy);
    }
  }

  /** `false`: it is not there, or not to be copied. */
  async #copy(path: string, copy: string): Promise<boolean> {
    const database = this.#options.databases.get(path);
    if (database === undefined && path.endsWith(".db")) {
      this.#leftOut.push(`${path}: a database that this hub does not have open`);
      return false;
    }
    const isThere = await (database?.(copy) ??
      copyIfThere(join(this.#options.dataDir, path), copy));
    if (!isThere) return false;
    await chmod(copy, 0o600);
    if (path.endsWith(".jsonl")) await endWithLine(copy);
    return true;
  }

  async *#file(path: string, copy: string): AsyncGenerator<Uint8Array> {
    const openly = openlyOf(path, copy);
    if (openly.kind !== "whole") {
      if (this.#passphrase === undefined) this.#leftOut.push(openly.because);
      else this.#secrets.set(path, await readFile(copy));
    }
    if (openly.kind === "not") return;
    this.#files += 1;
    if (openly.kind === "in part") {
      const text = Buffer.from(openly.text);
      yield this.#line({ file: path, bytes: text.length });
      yield this.#hashed(text);
      return;
    }
    const { size } = await stat(copy);
    yield this.#line({ file: path, bytes: size });
    if (size > 0) for await (const piece of createReadStream(copy)) yield this.#hashed(piece);
  }

  *#sealed(): Generator<Uint8Array> {
    if (this.#passphrase === undefined || this.#secrets.size === 0) return;
    const { head, bytes } = seal(this.#secrets, this.#passphrase);
    yield this.#line(head);
    yield this.#hashed(bytes);
  }

  #line(content: object): Uint8Array {
    return this.#hashed(lineOf(content));
  }

  #hashed(bytes: Uint8Array): Uint8Array {
    this.#hash.update(bytes);
    return bytes;
  }
}

function lineOf(content: object): Buffer {
  return Buffer.from(`${JSON.stringify(content)}\n`);
}

/** A file may be gone since it was listed. */
async function copyIfThere(file: string, copy: string): Promise<boolean> {
  if (!existsSync(file)) return false;
  await copyFile(file, copy);
  return true;
}

const TAIL_BYTES = 65_536;

/** Cuts off a line that was being written. */
async function endWithLine(file: string): Promise<void> {
  await using handle = await open(file, "r");
  const { size } = await handle.stat();
  const from = Math.max(0, size - TAIL_BYTES);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, from);
  const end = buffer.subarray(0, bytesRead).lastIndexOf("\n") + 1;
  if (from + end < size && (end > 0 || from === 0)) await truncate(file, from + end);
}
