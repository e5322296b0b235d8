/** Keeps the time of the hub's last STATE across restarts: edge nodes ignore a STATE that is older than one they saw. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface StateTimeFile {
  /** Milliseconds since 1970 UTC; `undefined` when there was none or it cannot be read as a time. */
  readonly last: number | undefined;
  /** On disk when it returns, as a whole or not at all. */
  save(timestamp: number): void;
}

export function openStateTimeFile(dataDir: string): StateTimeFile {
  const file = join(dataDir, "state-time");
  return {
    last: readTime(file),
    save: (timestamp) => {
      writeFileSync(`${file}.new`, `${timestamp}\n`, { flush: true });
      renameSync(`${file}.new`, file);
    },
  };
}

function readTime(file: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const timestamp = Number(text);
  return Number.isSafeInteger(timestamp) && timestamp > 0 ? timestamp : undefined;
}
