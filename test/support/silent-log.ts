/** A log that keeps what was said, for tests. */
import type { Logger } from "@unshub/adapter";

export interface LogLine {
  readonly level: keyof Logger;
  readonly fields: object;
  readonly message: string;
}

/** `heard` is called after each line. */
export function keepingLog(heard: () => void = () => undefined): {
  readonly log: Logger;
  readonly lines: readonly LogLine[];
} {
  const lines: LogLine[] = [];
  const at =
    (level: keyof Logger) =>
    (fields: object, message: string): void => {
      lines.push({ level, fields, message });
      heard();
    };
  return {
    log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
    lines,
  };
}

export const SILENT_LOG: Logger = keepingLog().log;
