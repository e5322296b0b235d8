/** Where the time of the hub's last STATE is kept across restarts: edge nodes ignore one that is older than one they saw. */
import { join } from "node:path";
import { openNumberFile, type NumberFile } from "../number-file.ts";

/** Milliseconds since 1970 UTC. */
export function openStateTimeFile(dataDir: string): NumberFile {
  return openNumberFile(join(dataDir, "state-time"), isTime);
}

function isTime(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
