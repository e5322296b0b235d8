/** Where a tool shall look, as an engineer types it: `10.0.1.20`, `[fe80::1]:1502`, `/dev/ttyUSB0`, `COM3`. */
import type { LinkConfig } from "../wire/link-config.ts";

/** Options that all tools have which talk to a device. */
export const TARGET_OPTIONS = {
  framing: { type: "string" },
  baud: { type: "string", default: "9600" },
  parity: { type: "string", default: "even" },
  stop: { type: "string", default: "1" },
  timeout: { type: "string", default: "1s" },
} as const;

/** What `TARGET_OPTIONS` became. */
export interface TargetValues {
  readonly framing?: string | undefined;
  readonly baud: string;
  readonly parity: string;
  readonly stop: string;
  readonly timeout: string;
}

export const TARGET_USAGE = `  HOST is a name or address with a port if it is not 502, or a serial port as /dev/ttyUSB0 or COM3.
  --framing  tcp, rtuOverTcp or rtu; rtu for serial ports, tcp otherwise
  --baud 9600 --parity none|even|odd --stop 1|2   of a serial line; even and 1 if not said
  --timeout  how long an answer may take, default 1s`;

/** A peer, and how long its answers may take. */
export interface Target {
  readonly link: LinkConfig;
  readonly timeoutMs: number;
}

/** The target, or what is wrong with it. */
export function targetOf(text: string, values: TargetValues): Target | string {
  const timeoutMs = timeoutOf(values.timeout);
  if (timeoutMs === undefined) return `--timeout ${values.timeout}: e.g. 500ms or 2s, at most 60s`;
  const isPort = /^(\/|\\\\|COM\d)/i.test(text);
  const { framing = isPort ? "rtu" : "tcp" } = values;
  if (framing === "rtu") {
    if (!isPort) return `"${text}" is not a serial port such as /dev/ttyUSB0 or COM3`;
    const line = lineOf(values);
    return typeof line === "string" ? line : { link: { framing, path: text, ...line }, timeoutMs };
  }
  if (framing !== "tcp" && framing !== "rtuOverTcp") {
    return `--framing ${framing}: tcp, rtuOverTcp or rtu`;
  }
  const place = placeOf(text);
  if (place === undefined || isPort) return `"${text}" is not a host such as 10.0.1.20 or plc:1502`;
  return { link: { framing, ...place }, timeoutMs };
}

function timeoutOf(text: string): number | undefined {
  const [, count, unit] = /^(\d+)(ms|s)$/.exec(text) ?? [];
  const ms = Number(count) * (unit === "s" ? 1000 : 1);
  return ms >= 10 && ms <= 60_000 ? ms : undefined;
}

function lineOf({
  baud,
  parity,
  stop,
}: TargetValues):
  | Pick<Extract<LinkConfig, { framing: "rtu" }>, "baud" | "parity" | "stopBits">
  | string {
  if (!/^\d{3,7}$/.test(baud)) return `--baud ${baud}: e.g. 9600 or 19200`;
  if (parity !== "none" && parity !== "even" && parity !== "odd") {
    return `--parity ${parity}: none, even or odd`;
  }
  if (stop !== "1" && stop !== "2") return `--stop ${stop}: 1 or 2`;
  return { baud: Number(baud), parity, stopBits: stop === "1" ? 1 : 2 };
}

function placeOf(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, port = "502"] =
    /^(?:\[([0-9a-f:.%]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = bracketed ?? plain ?? (text.split(":").length > 2 ? text : undefined);
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return { host, port: Number(port) };
}
