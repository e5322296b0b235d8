/**
 * One process, one serial port: a lock file beside those of minicom and its like (`LCK..ttyUSB0`, the owner's process id
 * in the first line). A lock whose owner is gone, or does not have the port open, is stale: a process that was
 * killed, or a worker thread that was ended, must not keep the port for ever.
 */
import {
  accessSync,
  constants,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { ModbusError } from "../../errors.ts";

/** An owner needs this long between locking and opening. */
const JUST_LOCKED_MS = 2000;
const SYSTEM_DIRECTORY = "/run/lock";

/**
 * Locks the port at `device` (a real path, no link); the function returned gives it back.
 * @throws {ModbusError} PORT_FAILED when another process or another link has it.
 */
export function lockPort(device: string, directory = lockDirectory()): () => void {
  const file = join(directory, `LCK..${basename(device)}`);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    if (create(file, device)) return () => rmSync(file, { force: true });
    const owner = ownerOf(file);
    if (isAlive(owner, device, file)) throw taken(device, owner, file);
    rmSync(file, { force: true });
  }
  throw taken(device, ownerOf(file), file);
}

function lockDirectory(): string {
  try {
    accessSync(SYSTEM_DIRECTORY, constants.W_OK);
    return SYSTEM_DIRECTORY;
  } catch {
    return tmpdir(); // not there, or not for us
  }
}

function create(file: string, device: string): boolean {
  try {
    writeFileSync(file, `${String(process.pid).padStart(10)}\n`, { flag: "wx" });
    return true;
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false;
    throw new ModbusError("PORT_FAILED", `${device}: cannot write the lock ${file}`, { cause });
  }
}

/** The process id in the lock; 0 when there is none. */
function ownerOf(file: string): number {
  try {
    return Number.parseInt(readFileSync(file, "utf8"), 10) || 0;
  } catch {
    return 0; // given back meanwhile
  }
}

function isAlive(owner: number, device: string, file: string): boolean {
  if (owner <= 0) return false;
  try {
    const files = readdirSync(`/proc/${owner}/fd`);
    const hasPort = files.some((fd) => pointsTo(`/proc/${owner}/fd/${fd}`, device));
    return hasPort || Date.now() - statSync(file).mtimeMs < JUST_LOCKED_MS;
  } catch (cause) {
    // Another user's process hides its files; it is alive, so it may have the port.
    return codeOf(cause) === "EACCES" || codeOf(cause) === "EPERM";
  }
}

function pointsTo(link: string, device: string): boolean {
  try {
    return readlinkSync(link) === device;
  } catch {
    return false; // closed meanwhile
  }
}

function taken(device: string, owner: number, file: string): ModbusError {
  const whose = owner === process.pid ? "another link of this process" : `process ${owner}`;
  return new ModbusError("PORT_FAILED", `${device} is in use by ${whose} (lock ${file})`);
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error ? Reflect.get(cause, "code") : undefined;
}
