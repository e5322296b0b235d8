/** `unshub backup` and `unshub restore`: everything that a hub keeps, as one file. */
import { createReadStream, createWriteStream, existsSync, rmSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BackupError, readBackup, restore as restoreFile } from "../backup/index.ts";
import { messageOf } from "../caught.ts";
import { readWrittenDataDir } from "../config/index.ts";
import { DataDirError, lockDataDir } from "../data-dir.ts";
import {
  ASKING_OPTIONS,
  CommandFailure,
  DEFAULT_HTTP_URL,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { streamFromHub } from "./http.ts";
import { printable } from "./printable.ts";
import { sizeText } from "./size-text.ts";

export const BACKUP_USAGE = `unshub backup FILE [--force] [--json] [--url ${DEFAULT_HTTP_URL}]
  Everything that a running hub keeps in its data directory, as one file for its owner only: sessions, queues, retained
  messages, users, audit trail, last values. Private keys and shared keys are in it, sealed, when UNSHUB_BACKUP_PASSPHRASE
  is set, and otherwise left out. --force replaces FILE. unshub.yaml and the files that it names are not in it.`;

export const RESTORE_USAGE = `unshub restore FILE [-c unshub.yaml | --data-dir DIR] [--force] [--without-keys] [--json]
  Puts a backup into the data directory of a hub that does not run. The whole backup is checked first. A directory that is
  not empty is refused; with --force what is there is kept aside in it.`;

export async function backup(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      ...ASKING_OPTIONS,
      force: { type: "boolean", default: false },
    },
  });
  const file = oneFile(positionals, "backup");
  if (existsSync(file) && !values.force)
    throw new UsageError(`${file} is there already; --force replaces it`);
  const passphrase = process.env["UNSHUB_BACKUP_PASSPHRASE"];
  const body = passphrase === undefined ? {} : { passphrase };
  const source = await streamFromHub(values.url, "/api/v1/backup", body);
  const { bytes, read } = await keep(source, file, console);
  const { head, end, isSealed } = read;
  if (values.json) console.print(JSON.stringify({ file, bytes, ...head, ...end, isSealed }));
  else {
    const keys = isSealed ? ", keys sealed" : "";
    console.print(
      `${file}: ${end.files} files of hub ${printable(head.hub)}, ${sizeText(bytes)}${keys}; checked.`,
    );
    for (const what of end.leftOut) console.print(`Left out: ${printable(what)}`);
  }
  return 0;
}

/** Under its name only when it is whole, checked and on the disk. */
async function keep(source: AsyncIterable<Uint8Array>, file: string, { progress }: Console) {
  const part = `${file}.part`;
  let bytes = 0;
  const counted = new Transform({
    transform: (chunk: Uint8Array, _encoding, done) => {
      bytes += chunk.length;
      progress?.(`${sizeText(bytes)} …`);
      done(undefined, chunk);
    },
  });
  try {
    rmSync(part, { force: true });
    const target = createWriteStream(part, { flags: "wx", mode: 0o600, flush: true });
    await pipeline(source, counted, target);
    const read = await readBackup(createReadStream(part, { highWaterMark: 1 << 20 }));
    await rename(part, file);
    await flushFolder(dirname(file));
    return { bytes, read };
  } catch (cause) {
    rmSync(part, { force: true });
    const because = messageOf(cause);
    throw new CommandFailure(`No backup was made: ${because}. ${file} was not written.`, { cause });
  } finally {
    progress?.("");
  }
}

async function flushFolder(folder: string): Promise<void> {
  await using handle = await open(folder, "r");
  await handle.sync();
}

export async function restore(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      config: { type: "string", short: "c", default: "unshub.yaml" },
      "data-dir": { type: "string" },
      force: { type: "boolean", default: false },
      "without-keys": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const file = oneFile(positionals, "restore");
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`);
  const dataDir = values["data-dir"] ?? dataDirOf(values.config);
  const { head, end, isSealed, aside } = await restored({
    file,
    dataDir,
    passphrase: process.env["UNSHUB_BACKUP_PASSPHRASE"],
    withoutKeys: values["without-keys"],
    isForced: values.force,
    now: () => Date.now(),
  });
  if (values.json) console.print(JSON.stringify({ file, dataDir, ...head, ...end, aside }));
  else {
    const made = new Date(head.madeAt).toISOString();
    console.print(
      `${dataDir}: ${end.files} files of hub ${printable(head.hub)} as of ${made}. Start the hub.`,
    );
    if (aside !== undefined) console.print(`What was there before: ${aside}`);
    for (const what of isSealed && !values["without-keys"] ? [] : end.leftOut)
      console.print(`Not in the backup: ${printable(what)}`);
  }
  return 0;
}

async function restored(options: Parameters<typeof restoreFile>[0]) {
  let unlock: (() => void) | undefined;
  try {
    unlock = lockDataDir(options.dataDir);
    return await restoreFile(options);
  } catch (error) {
    const isExpected = error instanceof BackupError || error instanceof DataDirError;
    if (isExpected) throw new CommandFailure(error.message, { cause: error });
    throw error;
  } finally {
    unlock?.();
  }
}

function dataDirOf(config: string): string {
  if (existsSync(config)) return readWrittenDataDir(config);
  throw new UsageError(
    `there is no ${config}: name it with -c FILE, or the directory with --data-dir DIR`,
  );
}

function oneFile(positionals: readonly string[], command: string): string {
  const [file, ...more] = positionals;
  if (file !== undefined && more.length === 0) return file;
  throw new UsageError(`name one file: unshub ${command} FILE`);
}
