/**
 * What changed since the last snapshot, added to a file once a second: a whole snapshot so often would cost a disk far more.
 * It belongs to one snapshot by name; what was added when the hub was killed is the last piece, whole or not.
 */
import { open, type FileHandle } from "node:fs/promises";
import { serialize, deserialize } from "node:v8";
import { z } from "zod";
import {
  framed,
  PIECES,
  PREAMBLE,
  readCutPieces,
  type Piece,
  type ReadPiece,
} from "./snapshot-file.ts";

const headerSchema = z.object({ name: z.number() });

export class ChangeFile {
  readonly #file: string;
  #handle: FileHandle | undefined;
  #headLength = 0;
  /** How long it is. */
  length = 0;

  constructor(file: string) {
    this.#file = file;
  }

  get hasChanges(): boolean {
    return this.length > this.#headLength;
  }

  /** Forgets what is there, and takes changes to the snapshot `name` from now on. */
  async begin(name: number): Promise<void> {
    await this.close();
    const handle = await open(this.#file, "w");
    const head = framed({ kind: PIECES.header, parts: [serialize({ name })] });
    try {
      await handle.writeFile(Buffer.concat([PREAMBLE, head]));
    } catch (error) {
      await handle.close();
      throw error;
    }
    this.#handle = handle;
    this.#headLength = PREAMBLE.length + head.length;
    this.length = this.#headLength;
  }

  /** It outlives the hub then, but not yet the machine: see `settle`. */
  async add(piece: Piece): Promise<void> {
    const bytes = framed(piece);
    await this.#handle?.writeFile(bytes); // goes on where the last one ended
    this.length += bytes.length;
  }

  /** Resolves when all that was added is on disk. */
  async settle(): Promise<void> {
    await this.#handle?.datasync();
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

/** What was added to the snapshot `name`, as far as it is whole. */
export function changesTo(file: string, name: number): readonly ReadPiece[] {
  const [header, ...changes] = readCutPieces(file);
  if (name === 0 || header?.kind !== PIECES.header) return [];
  const parsed = headerSchema.safeParse(deserialize(header.bytes));
  return parsed.success && parsed.data.name === name ? changes : [];
}
