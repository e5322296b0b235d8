/** What an error of SQLite means for those who keep things in it. */
import { messageOf } from "./caught.ts";

/** Primary result codes of SQLite, and two extended ones. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;
const FSYNC_FAILED = 1034;
const DIRECTORY_FSYNC_FAILED = 1290;

export interface SqliteFault {
  /**
   * `in-use`: another process has the file. `damaged`: its content makes no sense. `full`: nothing can be written now.
   * `unsure`: a flush failed, so what is on disk must be looked at anew. `unexpected`: everything else.
   */
  readonly kind: "in-use" | "damaged" | "full" | "unsure" | "unexpected";
  readonly because: string;
}

export function faultOf(error: unknown): SqliteFault {
  const because = messageOf(error);
  return { kind: kindOf(codeOf(error)), because };
}

function codeOf(error: unknown): number {
  if (!(error instanceof Error) || !("errcode" in error)) return 0;
  return typeof error.errcode === "number" ? error.errcode : 0;
}

function kindOf(code: number): SqliteFault["kind"] {
  if (code === FSYNC_FAILED || code === DIRECTORY_FSYNC_FAILED) return "unsure";
  const primary = code & 0xff;
  if (primary === CORRUPT || primary === NOT_A_DATABASE) return "damaged";
  if (primary === BUSY || primary === LOCKED) return "in-use";
  if ([FULL, READONLY, IO_ERROR, CANNOT_OPEN].includes(primary)) return "full";
  return "unexpected";
}
