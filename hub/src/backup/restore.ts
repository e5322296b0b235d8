/**
 * Puts a backup into a data directory. First the whole backup is read and checked, then it is unpacked beside and its
 * databases are looked at, and only then anything in the directory is touched: what was there is kept aside.
 */
import { createReadStream } from "node:fs";
import { chmod, mkdir, open, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { messageOf } from "../caught.ts";
import { ASIDE, occupants, RESTORING } from "./data-files.ts";
import { BackupError } from "./format.ts";
import { isSafePath, readBackup, type BackupVisitor, type ReadResult } from "./read-backup.ts";
import { noteRestored } from "./restored-at.ts";
import { unseal, type SecretFiles } from "./sealing.ts";

export interface RestoreOptions {
  readonly file: string;
  /** Of which no hub has the lock; it is there. */
  readonly dataDir: string;
  /** Unseals the keys. */
  readonly passphrase: string | undefined;
  /** Do without sealed keys. */
  readonly withoutKeys: boolean;
  /** Keep aside what is there, instead of refusing. */
  readonly isForced: boolean;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

export interface Restored extends ReadResult {
  /** The folder in which that stands which was there before. */
  readonly aside: string | undefined;
}

/** @throws {BackupError} and has changed nothing then. */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { file, dataDir } = options;
  const there = occupants(dataDir);
  if (there.length > 0 && !options.isForced) {
    const message = `${dataDir} is not empty (${there.slice(0, 3).join(", ")} …): name another directory, or keep what is there aside with --force`;
    throw new BackupError(message);
  }
  const unpacked = join(dataDir, RESTORING);
  await rm(unpacked, { recursive: true, force: true });
  try {
    const read = await unpack(options, unpacked);
    await checkDatabases(unpacked);
    noteRestored(unpacked, options.now());
    return { ...read, aside: await moveIn(options, unpacked) };
  } catch (cause) {
    await rm(unpacked, { recursive: true, force: true });
    if (cause instanceof BackupError)
      throw new BackupError(`${file}: ${cause.message}. Nothing was changed.`, { cause });
    throw cause;
  }
}

async function unpack(options: RestoreOptions, folder: string): Promise<ReadResult> {
  const { file, passphrase, withoutKeys } = options;
  const source = (): AsyncIterable<Uint8Array> =>
    createReadStream(file, { highWaterMark: 1 << 20 });
  const checked = await readBackup(source());
  if (checked.isSealed && passphrase === undefined && !withoutKeys) {
    throw new BackupError(
      "its keys are sealed: set UNSHUB_BACKUP_PASSPHRASE, or do without them with --without-keys",
    );
  }
  await mkdir(folder, { mode: 0o700 });
  let secrets: SecretFiles = new Map();
  const read = await readBackup(source(), {
    ...unpacking(folder),
    sealed: (head, bytes) => {
      if (passphrase !== undefined && !withoutKeys) secrets = unseal(head, bytes, passphrase);
    },
  });
  for (const [path, bytes] of secrets) await putSecret(folder, path, bytes);
  return read;
}

async function putSecret(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  if (!isSafePath(path))
    throw new BackupError(`it names a file outside the data directory: ${path}`);
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, bytes, { mode: 0o600, flush: true });
}

/** Each file into the folder, for its owner only, and on disk before the next begins. */
function unpacking(folder: string): BackupVisitor {
  let handle: Awaited<ReturnType<typeof open>> | undefined;
  return {
    file: async (path) => {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      handle = await open(file, "wx", 0o600);
    },
    piece: async (bytes) => {
      await handle?.writeFile(bytes); // goes on where the last one ended
    },
    fileEnd: async () => {
      await handle?.sync();
      await handle?.close();
    },
  };
}

async function checkDatabases(folder: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith(".db")) continue;
    const fault = databaseFault(join(folder, name));
    if (fault !== undefined) throw new BackupError(`its ${name} is damaged: ${fault}`);
  }
}

function databaseFault(file: string): string | undefined {
  const database = new DatabaseSync(`${pathToFileURL(file).href}?immutable=1`, { readOnly: true });
  try {
    const answer = database.prepare("PRAGMA quick_check(1)").get() ?? {};
    const [first] = Object.values(answer);
    return first === "ok" ? undefined : String(first);
  } catch (error) {
    return messageOf(error);
  } finally {
    database.close();
  }
}

/** From here on `restoring` tells a hub that starts that it was broken off. Answers where the former files are. */
async function moveIn(options: RestoreOptions, unpacked: string): Promise<string | undefined> {
  const { dataDir, now } = options;
  const former = occupants(dataDir);
  const stamp = new Date(now()).toISOString().replaceAll(/[:.]/g, "");
  const aside = join(dataDir, `${ASIDE}${stamp}`);
  if (former.length > 0) await mkdir(aside, { mode: 0o700 });
  for (const name of former) await rename(join(dataDir, name), join(aside, name));
  for (const name of await readdir(unpacked))
    await rename(join(unpacked, name), join(dataDir, name));
  await chmod(dataDir, 0o700);
  await flushFolder(dataDir);
  await rmdir(unpacked);
  return former.length > 0 ? aside : undefined;
}

async function flushFolder(folder: string): Promise<void> {
  await using handle = await open(folder, "r");
  await handle.sync();
}
