/** Colours for terminals; elsewhere, and with NO_COLOR, text stays as it is. */
import type { Console } from "./arguments.ts";

const CODES = { good: 32, warn: 33, bad: 31, faint: 2, strong: 1 } as const;

/** What a text means; the colour follows. */
export type Meaning = keyof typeof CODES;

export type Paint = (text: string, meaning: Meaning | undefined) => string;

/** Paint what `printable` has made harmless, not the other way round. */
export function paintFor({ isColoured }: Pick<Console, "isColoured">): Paint {
  if (isColoured !== true) return (text) => text;
  return (text, meaning) =>
    meaning === undefined ? text : `\u001b[${CODES[meaning]}m${text}\u001b[0m`;
}

/** @see https://no-color.org */
export function wantsColour(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  return isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}
