/**
 * A backup as a stream of bytes: a line of JSON, then what it announces, again and again. First the head, then the files,
 * then the keys when a passphrase sealed them, at last how many files there were and the SHA-256 of all before. A hub that
 * cannot go on says so in a line of its own instead of the end.
 */
import { z } from "zod";

/** Grows when an older hub could not read it. */
export const BACKUP_VERSION = 1;

export const headSchema = z.object({
  format: z.literal("unshub-backup"),
  version: z.int(),
  hub: z.string(),
  /** Milliseconds since 1970 UTC. */
  madeAt: z.number(),
});
export const fileSchema = z.object({ file: z.string(), bytes: z.int().min(0) });
export const sealedSchema = z.object({
  /** Base64, all three. */
  sealed: z.object({ salt: z.string(), nonce: z.string(), tag: z.string() }),
  bytes: z.int().min(0),
});
export const endSchema = z.object({
  end: z.object({
    files: z.int(),
    sha256: z.string(),
    /** What is not in it, a sentence each. */
    leftOut: z.array(z.string()),
  }),
});
export const failedSchema = z.object({ failed: z.string() });

export type BackupHead = Readonly<z.output<typeof headSchema>>;
export type BackupEnd = Readonly<z.output<typeof endSchema>["end"]>;
export type SealedHead = Readonly<z.output<typeof sealedSchema>>;

/** A backup cannot be made, read or restored; the message says why and what to do. */
export class BackupError extends Error {
  override readonly name = "BackupError";
}
