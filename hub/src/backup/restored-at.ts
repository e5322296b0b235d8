/** When a data directory was restored: what is in it may have gone on elsewhere since the backup was made. */
import { join } from "node:path";
import { openNumberFile, type NumberFile } from "../number-file.ts";

/** In milliseconds since 1970 UTC, another one with each restore; `undefined`: it grew where it is. */
export function restoredAt(dataDir: string): number | undefined {
  return fileIn(dataDir).last;
}

/** `folder`: of what is to be moved in. */
export function noteRestored(folder: string, at: number): void {
  fileIn(folder).save(at);
}

function fileIn(folder: string): NumberFile {
  return openNumberFile(join(folder, "restored-at"), Number.isSafeInteger);
}
