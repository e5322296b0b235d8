/** What was deleted, a file for each deletion, for a day. The first line says what it is, the others are the messages. */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { RetainedMessage } from "../broker/index.ts";
import { isNoFile } from "../caught.ts";

const KEPT_MS = 86_400_000;
const END = ".jsonl";
/** One that is being written. */
const UNFINISHED = ".new";
/** Of all deletions of a day: nobody fills the disk by deleting. */
const MOST_BYTES = 256_000_000;

const head = z.object({
  version: z.literal(1),
  id: z.uuid(),
  at: z.int(),
  by: z.string(),
  filter: z.string(),
  count: z.int(),
  bytes: z.int(),
});
const kept = z.object({
  topic: z.string(),
  payload: z.base64(),
  qos: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  properties: z.base64(),
});

/** One deletion. Times are milliseconds since 1970 UTC. */
export interface Deletion {
  readonly id: string;
  readonly at: number;
  /** Who did it. */
  readonly by: string;
  readonly filter: string;
  readonly count: number;
  readonly bytes: number;
  /** Until then it can be restored. */
  readonly until: number;
}

export type KeptMessage = Pick<RetainedMessage, "topic" | "payload" | "qos" | "properties">;

/** Too much was deleted in a day; a sentence says what to do. */
export class NoRoomError extends Error {
  override readonly name = "NoRoomError";
}

export class DeletedFiles {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #mostBytes: number;
  /** Bytes of those that are being written, by their files. */
  readonly #writing = new Map<string, number>();

  constructor(folder: string, now: () => number, mostBytes = MOST_BYTES) {
    this.#folder = folder;
    this.#now = now;
    this.#mostBytes = mostBytes;
  }

  /** On disk when it resolves, as a whole or not at all. @throws {NoRoomError} */
  async keep(
    messages: readonly RetainedMessage[],
    { by, filter }: Pick<Deletion, "by" | "filter">,
  ): Promise<Deletion> {
    await this.#tidy();
    const [id, at] = [randomUUID(), this.#now()];
    const bytes = messages.reduce((sum, { payload }) => sum + payload.length, 0);
    const about = { id, at, by, filter, count: messages.length, bytes };
    const first: z.output<typeof head> = { version: 1, ...about };
    const lines = [first, ...messages.map(lineOf)];
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await this.#write(this.#fileOf(id), text);
    return { ...about, until: at + KEPT_MS };
  }

  async #write(file: string, text: string): Promise<void> {
    const unfinished = `${file}${UNFINISHED}`;
    const size = Buffer.byteLength(text);
    this.#writing.set(unfinished, size);
    try {
      await this.#refuseTooMuch();
      await writeSynced(unfinished, text);
      await rename(unfinished, file);
    } finally {
      this.#writing.delete(unfinished);
      await rm(unfinished, { force: true });
    }
  }

  /** Those that are being written count, too: several may come at once. */
  async #refuseTooMuch(): Promise<void> {
    const files = (await this.#names(END)).map((name) => sizeOf(join(this.#folder, name)));
    const sizes = [...(await Promise.all(files)), ...this.#writing.values()];
    if (sizes.reduce((sum, size) => sum + size, 0) <= this.#mostBytes) return;
    const most = Math.floor(this.#mostBytes / 1_000_000);
    throw new NoRoomError(
      `the deletions of the last day would take more than ${most} MB on disk: wait until the oldest is a day old`,
    );
  }

  /** The newest first. */
  async list(): Promise<readonly Deletion[]> {
    await this.#tidy();
    const heads = await Promise.all(
      (await this.#names(END)).map((name) => this.#headOf(join(this.#folder, name))),
    );
    return heads
      .filter((one) => one !== undefined)
      .map(({ version: _version, ...one }) => ({ ...one, until: one.at + KEPT_MS }))
      .toSorted((a, b) => b.at - a.at);
  }

  /** The messages of a deletion; `undefined`: there is none of this id, or not any more. */
  async messages(id: string): Promise<readonly KeptMessage[] | undefined> {
    await this.#tidy();
    if (!(await this.#names(END)).includes(`${id}${END}`)) return undefined;
    const [, ...lines] = (await readFile(this.#fileOf(id), "utf8")).trimEnd().split("\n");
    return lines.map((line) => {
      const { topic, payload, qos, properties } = kept.parse(JSON.parse(line));
      return { topic, qos, payload: bytesOf(payload), properties: bytesOf(properties) };
    });
  }

  /** Everything of it is back. */
  async forget(id: string): Promise<void> {
    await rm(this.#fileOf(id), { force: true });
  }

  #fileOf(id: string): string {
    return join(this.#folder, `${id}${END}`);
  }

  async #names(end: string): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (isNoFile(error)) return [];
      throw error;
    });
    return names.filter((name) => name.endsWith(end));
  }

  async #tidy(): Promise<void> {
    for (const name of await this.#names(`${END}${UNFINISHED}`)) {
      const file = join(this.#folder, name); // of a hub that ended while it wrote
      if (!this.#writing.has(file)) await rm(file, { force: true });
    }
    for (const name of await this.#names(END)) {
      const about = await this.#headOf(join(this.#folder, name));
      if (about !== undefined && about.at + KEPT_MS < this.#now())
        await rm(join(this.#folder, name), { force: true });
    }
  }

  /** `undefined`: somebody else put this file here, or it has gone meanwhile. */
  async #headOf(file: string): Promise<z.output<typeof head> | undefined> {
    const input = createReadStream(file);
    try {
      for await (const line of createInterface({ input })) {
        const read = head.safeParse(jsonOf(line));
        return read.success ? read.data : undefined;
      }
      return undefined;
    } catch (error) {
      if (isNoFile(error)) return undefined;
      throw error;
    } finally {
      input.destroy();
    }
  }
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isNoFile(error)) return 0;
    throw error;
  }
}

function lineOf({ topic, payload, qos, properties }: RetainedMessage): z.output<typeof kept> {
  return { topic, qos, payload: textOf(payload), properties: textOf(properties) };
}

function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("base64");
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, "base64");
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
