/** Keeps one number across restarts, in a file of its own. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { isNoFile } from "./caught.ts";

export interface NumberFile {
  /** `undefined` when there was none, or the file holds none that is allowed. */
  readonly last: number | undefined;
  /** On disk when it returns, as a whole or not at all. */
  save(value: number): void;
}

/** The folder must be there. */
export function openNumberFile(file: string, isAllowed: (value: number) => boolean): NumberFile {
  const value = readNumber(file);
  return {
    last: value !== undefined && isAllowed(value) ? value : undefined,
    save: (number) => {
      writeFileSync(`${file}.new`, `${number}\n`, { flush: true });
      renameSync(`${file}.new`, file);
    },
  };
}

function readNumber(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch (error) {
    if (isNoFile(error)) return undefined;
    throw error;
  }
}
