/** Logs go to stderr: JSON lines for machines, one short line each when a person looks at a terminal. */
import type { Logger } from "@unshub/adapter";
import pino from "pino";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogSink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export function openLog(level: LogLevel, sink: LogSink): Logger {
  const base = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { error: pino.stdSerializers.err },
  };
  return pino(
    base,
    sink.isTTY === true ? { write: (line: string) => sink.write(forPeople(line)) } : sink,
  );
}

const LEVELS: ReadonlyMap<unknown, string> = new Map([
  [20, "debug"],
  [30, "info "],
  [40, "warn "],
  [50, "ERROR"],
]);

/** `14:02:11 warn  device died  adapter=press device=press-01 because="…"` */
function forPeople(line: string): string {
  const { level, time, msg, ...fields } = readLine(line);
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${shown(value)}`);
  const clock = String(time).slice(11, 19);
  return `${clock} ${LEVELS.get(level) ?? "?"} ${String(msg)}  ${pairs.join(" ")}\n`;
}

function readLine(line: string): Record<string, unknown> {
  const fields: Record<string, unknown> = JSON.parse(line); // pino wrote it
  return fields;
}

function shown(value: unknown): string {
  if (typeof value === "object" && value !== null && "message" in value)
    return shown(value.message);
  return typeof value === "string" && /^[\w./:-]+$/.test(value) ? value : JSON.stringify(value);
}
