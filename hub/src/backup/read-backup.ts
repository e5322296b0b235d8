/** Reads a backup from its bytes, and believes it only when its end has come and its checksum is right. */
import { createHash } from "node:crypto";
import {
  BACKUP_VERSION,
  BackupError,
  endSchema,
  failedSchema,
  fileSchema,
  headSchema,
  sealedSchema,
  type BackupEnd,
  type BackupHead,
  type SealedHead,
} from "./format.ts";

/** What is done with a backup as it is read. Nothing of it is to be believed before `readBackup` has answered. */
export interface BackupVisitor {
  /** A file begins; its content follows in pieces. */
  file?(path: string): Promise<void>;
  piece?(bytes: Uint8Array): Promise<void>;
  fileEnd?(): Promise<void>;
  sealed?(head: SealedHead, bytes: Uint8Array): void;
}

export interface ReadResult {
  readonly head: BackupHead;
  readonly end: BackupEnd;
  readonly isSealed: boolean;
}

/** A line of a backup is never longer. */
const LONGEST_LINE = 1024 * 1024;
const MOST_SEALED_BYTES = 64 * 1024 * 1024;

/** @throws {BackupError} for what is no backup, of a newer hub, not whole or changed. */
export async function readBackup(
  source: AsyncIterable<Uint8Array>,
  visitor: BackupVisitor = {},
): Promise<ReadResult> {
  const bytes = new ByteSource(source);
  try {
    return await readAll(bytes, visitor);
  } finally {
    await bytes.close();
  }
}

async function readAll(bytes: ByteSource, visitor: BackupVisitor): Promise<ReadResult> {
  const head = headOf(await bytes.line());
  let files = 0;
  let isSealed = false;
  for (;;) {
    const sha256 = bytes.digest();
    const line = await bytes.line();
    const file = fileSchema.safeParse(line);
    const sealed = sealedSchema.safeParse(line);
    if (file.success) {
      files += 1;
      await readFile(bytes, file.data, visitor);
    } else if (sealed.success) {
      isSealed = true;
      const content = await sealedBytes(bytes, sealed.data);
      visitor.sealed?.(sealed.data, content);
    } else return { head, isSealed, end: endOf(line, { sha256, files }) };
  }
}

function headOf(line: unknown): BackupHead {
  const read = headSchema.safeParse(line);
  if (!read.success) throw new BackupError("this is no backup of a hub");
  const { version } = read.data;
  if (version <= BACKUP_VERSION) return read.data;
  throw new BackupError(
    `the backup is of a newer hub (its format ${version}, this hub knows ${BACKUP_VERSION}); restore it with that one`,
  );
}

async function readFile(
  bytes: ByteSource,
  { file, bytes: length }: { readonly file: string; readonly bytes: number },
  visitor: BackupVisitor,
): Promise<void> {
  if (!isSafePath(file))
    throw new BackupError(`the backup names a file outside the data directory: ${file}`);
  await visitor.file?.(file);
  for await (const piece of bytes.take(length)) await visitor.piece?.(piece);
  await visitor.fileEnd?.();
}

/** Below the data directory, whatever a backup says that somebody has made by hand. */
export function isSafePath(path: string): boolean {
  const steps = path.split("/");
  return !path.includes("\\") && !path.includes("\0") && steps.every(isSafeStep);
}

function isSafeStep(step: string): boolean {
  return step !== "" && step !== "." && step !== ".." && !step.includes(":");
}

async function sealedBytes(bytes: ByteSource, { bytes: length }: SealedHead): Promise<Buffer> {
  if (length > MOST_SEALED_BYTES) throw new BackupError("the sealed part is too large to be one");
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes.take(length)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function endOf(
  line: unknown,
  read: { readonly sha256: string; readonly files: number },
): BackupEnd {
  const failed = failedSchema.safeParse(line);
  if (failed.success) throw new BackupError(`the hub could not finish it: ${failed.data.failed}`);
  const found = endSchema.safeParse(line);
  if (!found.success) throw new BackupError("the backup has a line that nobody knows");
  const { end } = found.data;
  if (end.sha256 === read.sha256 && end.files === read.files) return end;
  throw new BackupError("the backup was changed or damaged: its checksum is another; use another");
}

/** Bytes as lines and as pieces, hashed as they are taken. */
class ByteSource {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #hash = createHash("sha256");
  #waiting: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Of all that was taken until now, hex. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  async line(): Promise<unknown> {
    let at = this.#waiting.indexOf("\n");
    while (at < 0) {
      if (this.#waiting.length > LONGEST_LINE) throw new BackupError("this is no backup of a hub");
      this.#waiting = Buffer.concat([this.#waiting, await this.#next()]);
      at = this.#waiting.indexOf("\n");
    }
    return parsed(this.#cut(at + 1).toString("utf8"));
  }

  async *take(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0;) {
      if (this.#waiting.length === 0) this.#waiting = Buffer.from(await this.#next());
      const piece = this.#cut(Math.min(left, this.#waiting.length));
      left -= piece.length;
      yield piece;
    }
  }

  /** Reads no further; a file is closed. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  #cut(length: number): Buffer {
    const piece = this.#waiting.subarray(0, length);
    this.#waiting = this.#waiting.subarray(length);
    this.#hash.update(piece);
    return piece;
  }

  async #next(): Promise<Uint8Array> {
    const { done, value } = await this.#source.next();
    if (done === true) throw new BackupError("the backup is not whole: its end is missing");
    return value;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // whoever asked for the line says what is wrong
  }
}
