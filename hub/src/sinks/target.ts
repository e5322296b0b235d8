/** What a target is to a sink, and how it says that something went wrong. */
import type { SinkRecord } from "./record.ts";

export interface Target {
  /**
   * Writes rows, in their order; resolves when the target has them for good. Rows that were there already are replaced
   * or left: writing twice does no harm.
   * @throws {Refused} when it will never take these rows, or one of them; any other error is tried again.
   */
  write(records: readonly SinkRecord[], signal: AbortSignal): Promise<void>;
  /** Called now and then while nothing is written. @throws when it is there no longer. */
  attend?(): void;
  /** Closes what `write` opened. Twice does no harm. */
  close(): Promise<void>;
}

/** The target says that the rows themselves are wrong: sending them again would not help. */
export class Refused extends Error {
  override readonly name = "Refused";
}

export type OpenTarget = () => Promise<Target>;

/** Of the chain of causes what says most, on one line, for people. */
export function reasonOf(error: unknown): string {
  const texts: string[] = [];
  for (let one: unknown = error; one instanceof Error && texts.length < 4; one = one.cause) {
    const text = one.message === "" && "code" in one ? String(one.code) : one.message;
    const inner = one instanceof AggregateError ? one.errors.map(reasonOf).join("; ") : "";
    for (const part of [text, inner]) if (part !== "" && !texts.includes(part)) texts.push(part);
  }
  const all = texts.length === 0 ? String(error) : texts.join(": ");
  return all.replaceAll(/\s+/g, " ").slice(0, 500);
}
