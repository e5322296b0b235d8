/** Who had a place first, where two want the same one: kept, so that the path does not move with the order of births. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Logger } from "@unshub/adapter";
import { z } from "zod";
import { isNoFile } from "../caught.ts";

const fileSchema = z.record(z.string(), z.string());

export class Claims {
  readonly #file: string | undefined;
  readonly #log: Logger;
  readonly #owners: Map<string, string>;

  /** Without a file they are of this run only. */
  constructor(file: string | undefined, log: Logger) {
    this.#file = file;
    this.#log = log;
    this.#owners = file === undefined ? new Map() : readClaims(file, log);
  }

  /** The device or edge node, as `Plant1/gw/press-01`, that keeps a path. */
  ownerOf(path: string): string | undefined {
    return this.#owners.get(path);
  }

  set(path: string, owner: string): void {
    if (this.#owners.get(path) === owner) return;
    this.#owners.set(path, owner);
    this.#save();
  }

  delete(path: string): void {
    if (this.#owners.delete(path)) this.#save();
  }

  #save(): void {
    const file = this.#file;
    if (file === undefined) return;
    try {
      writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(this.#owners), undefined, 2));
      renameSync(`${file}.new`, file);
    } catch (error) {
      this.#log.error({ file, error }, "who has which place could not be kept on disk");
    }
  }
}

function readClaims(file: string, log: Logger): Map<string, string> {
  try {
    return new Map(Object.entries(fileSchema.parse(JSON.parse(readFileSync(file, "utf8")))));
  } catch (error) {
    if (!isNoFile(error))
      log.warn({ file, error }, "who has which place cannot be read; it begins anew");
    return new Map();
  }
}
