/**
 * How far a sink has come, on disk: written as a whole or not at all, after the target confirmed. Beside the offset stands
 * the row before it, so that a log that was replaced is noticed.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { isNoFile } from "../caught.ts";
import { writeWhole } from "./whole-file.ts";

/** A row by which the log is known again. */
export interface Mark {
  readonly offset: number;
  readonly receivedAt: number;
  readonly metric: string;
}

export interface Position {
  /** Of the next row. */
  readonly offset: number;
  /** The last row before it that was read; `undefined`: none was. */
  readonly mark: Mark | undefined;
}

const position = z.object({
  offset: z.int().min(0),
  mark: z.object({ offset: z.int().min(0), receivedAt: z.number(), metric: z.string() }).optional(),
});

export class PositionFile {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** `undefined`: there is none; `broken`: it cannot be read as one. */
  read(): Position | undefined | "broken" {
    try {
      const read = position.safeParse(JSON.parse(readFileSync(this.#file, "utf8")));
      return read.success ? { offset: read.data.offset, mark: read.data.mark } : "broken";
    } catch (error) {
      return isNoFile(error) ? undefined : "broken";
    }
  }

  async save(at: Position): Promise<void> {
    await writeWhole(this.#file, at);
  }
}
