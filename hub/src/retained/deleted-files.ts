/** What was deleted, a file for each deletion, for a day. The first line says what it is, the others are the messages. */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { RetainedMessage } from "../broker/index.ts";

const KEPT_MS = 86_400_000;
const END = ".jsonl";

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

export class DeletedFiles {
  readonly #folder: string;
  readonly #now: () => number;

  constructor(folder: string, now: () => number) {
    this.#folder = folder;
    this.#now = now;
  }

  /** On disk when it resolves, as a whole or not at all. */
  async keep(
    messages: readonly RetainedMessage[],
    { by, filter }: Pick<Deletion, "by" | "filter">,
  ): Promise<Deletion> {
    await this.#tidy();
    const [id, at] = [randomUUID(), this.#now()];
    const bytes = messages.reduce((sum, { payload }) => sum + payload.length, 0);
    const about = { version: 1, id, at, by, filter, count: messages.length, bytes } as const;
    const lines = [about satisfies z.output<typeof head>, ...messages.map(lineOf)];
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const file = this.#fileOf(id);
    const handle = await open(`${file}.new`, "w", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.new`, file);
    return { ...about, until: at + KEPT_MS };
  }

  /** The newest first. */
  async list(): Promise<readonly Deletion[]> {
    await this.#tidy();
    const heads = await Promise.all(
      (await this.#names()).map((name) => this.#headOf(join(this.#folder, name))),
    );
    return heads
      .filter((one) => one !== undefined)
      .map(({ version: _version, ...one }) => ({ ...one, until: one.at + KEPT_MS }))
      .toSorted((a, b) => b.at - a.at);
  }

  /** The messages of a deletion; `undefined`: there is none of this id, or not any more. */
  async messages(id: string): Promise<readonly KeptMessage[] | undefined> {
    await this.#tidy();
    if (!(await this.#names()).includes(`${id}${END}`)) return undefined;
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

  async #names(): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw error;
    });
    return names.filter((name) => name.endsWith(END));
  }

  async #tidy(): Promise<void> {
    for (const name of await this.#names()) {
      const about = await this.#headOf(join(this.#folder, name));
      if (about !== undefined && about.at + KEPT_MS < this.#now())
        await rm(join(this.#folder, name), { force: true });
    }
  }

  /** `undefined`: somebody else put this file here. */
  async #headOf(file: string): Promise<z.output<typeof head> | undefined> {
    const input = createReadStream(file);
    try {
      for await (const line of createInterface({ input })) {
        const read = head.safeParse(jsonOf(line));
        return read.success ? read.data : undefined;
      }
      return undefined;
    } finally {
      input.destroy();
    }
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
