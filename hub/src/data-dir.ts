/** The folder in which the hub keeps its files: made, proved to be writable, and closed to other hubs. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RESTORING } from "./backup/index.ts";

/** The hub cannot keep its files. */
export class DataDirError extends Error {
  override readonly name = "DataDirError";
}

/**
 * Makes the folder, proves that it can be written, and keeps other hubs out; the answer lets them in again.
 * @throws {DataDirError}
 */
export function openDataDir(dataDir: string): () => void {
  const close = lockDataDir(dataDir);
  if (!existsSync(join(dataDir, RESTORING))) return close;
  close();
  throw new DataDirError(
    `A restore into the data directory ${dataDir} was broken off. Run unshub restore once more with --force: ` +
      "what was there before stands in its folder before-restore-….",
  );
}

/**
 * Makes the folder and keeps hubs out of it; the answer lets them in again.
 * @throws {DataDirError}
 */
export function lockDataDir(dataDir: string): () => void {
  return inDataDir(dataDir, () => {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 }); // one that is there keeps what it has
    return writeLock(dataDir);
  });
}

/** @throws {DataDirError} for whatever the file system refuses, with the path and what to do. */
export function inDataDir<Result>(dataDir: string, use: () => Result): Result {
  try {
    return use();
  } catch (cause) {
    if (!(cause instanceof Error) || !("code" in cause)) throw cause;
    const path = "path" in cause ? String(cause.path) : dataDir;
    const message =
      `The data directory ${dataDir} cannot be written (${String(cause.code)} at ${path}). ` +
      `Give it to the user who runs the hub (chown), or set hub.dataDir in unshub.yaml to one that can.`;
    throw new DataDirError(message, { cause });
  }
}

/** One hub per data directory: two would write the same files. A lock of a process that is gone does not count. */
function writeLock(dataDir: string): () => void {
  const file = join(dataDir, "hub.lock");
  const owner = lockOwner(file);
  if (owner !== undefined) {
    throw new DataDirError(
      `The data directory ${dataDir} is used by another hub (process ${owner}). ` +
        `Stop that one, or set another hub.dataDir. If process ${owner} is no hub, delete ${file}.`,
    );
  }
  writeFileSync(file, `${process.pid}\n`);
  return () => rmSync(file, { force: true });
}

/** The process that holds the lock, if it lives and is not this one. */
function lockOwner(file: string): number | undefined {
  const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined; // no such process
  }
}
