/**
 * A serial port on Linux without a native module: `stty` sets the line, a `tty.ReadStream` reads it, `writeSync` writes.
 * (`serialport` 13 stalls on Node 26: its poller does not run micro-tasks.) The stream holds a duplicate of the file
 * descriptor, so both are closed.
 */
import { execFile } from "node:child_process";
import { closeSync, constants, openSync, realpathSync, statSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { promisify } from "node:util";
import { ModbusError } from "../../errors.ts";
import type { Carrier, CarrierEvents, OpenCarrier } from "../carrier.ts";
import type { SerialLinkConfig } from "../link-config.ts";
import { lockPort } from "./port-lock.ts";

const run = promisify(execFile);
/** A full output buffer is tried again after this. */
const RETRY_MS = 5;
const PARITY = { none: ["-parenb"], even: ["parenb", "-parodd"], odd: ["parenb", "parodd"] };

/** Opens the port of `config` as our own. */
export function ownPortOpener(config: SerialLinkConfig): OpenCarrier {
  return async (events, signal) => {
    const device = realDevice(config.path);
    const unlock = lockPort(device);
    let fd = -1;
    try {
      fd = openDevice(device);
      await setLine(device, config, signal);
      return new OwnPort(fd, { name: config.path, unlock, events });
    } catch (cause) {
      if (fd !== -1) closeSync(fd);
      unlock();
      throw cause;
    }
  };
}

/** Follows `/dev/serial/by-id/…`, so that two names of one port share its lock. */
function realDevice(path: string): string {
  try {
    const device = realpathSync(path);
    if (statSync(device).isCharacterDevice()) return device;
  } catch (cause) {
    throw new ModbusError("PORT_FAILED", `there is no serial port ${path}`, { cause });
  }
  throw new ModbusError("PORT_FAILED", `${path} is not a serial port`);
}

function openDevice(device: string): number {
  try {
    // Neither may it become our terminal nor may opening wait for a carrier.
    return openSync(device, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch (cause) {
    const hint = cause instanceof Error ? cause.message : String(cause);
    throw new ModbusError("PORT_FAILED", `cannot open ${device}: ${hint}`, { cause });
  }
}

async function setLine(
  device: string,
  config: SerialLinkConfig,
  signal: AbortSignal,
): Promise<void> {
  try {
    await run("stty", ["-F", device, ...lineSettings(config)], { signal });
  } catch (cause) {
    if (signal.reason instanceof ModbusError) throw signal.reason;
    const said: unknown = cause instanceof Error ? Reflect.get(cause, "stderr") : "";
    const why = typeof said === "string" && said !== "" ? said.trim() : String(cause);
    throw new ModbusError("PORT_FAILED", `${device} refuses its settings: ${why}`, { cause });
  }
}

/** The arguments of `stty`. */
export function lineSettings(config: SerialLinkConfig): readonly string[] {
  const { baud, dataBits = 8, parity = "none", stopBits = 1 } = config;
  const stop = stopBits === 2 ? "cstopb" : "-cstopb";
  const raw = [
    "raw",
    "-echo",
    "-echoe",
    "-echok",
    "-iexten",
    "clocal",
    "cread",
    "-crtscts",
    "-hupcl",
  ];
  return [String(baud), ...raw, `cs${dataBits}`, ...PARITY[parity], stop, "min", "1", "time", "0"];
}

interface OwnPortParts {
  readonly name: string;
  readonly unlock: () => void;
  readonly events: CarrierEvents;
}

/** An open port. */
class OwnPort implements Carrier {
  readonly #fd: number;
  readonly #stream: ReadStream;
  readonly #parts: OwnPortParts;
  #rest: Uint8Array[] = [];
  #retry: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  constructor(fd: number, parts: OwnPortParts) {
    this.#fd = fd;
    this.#parts = parts;
    this.#stream = new ReadStream(fd);
    this.#stream.on("data", (bytes: Buffer) => parts.events.received(bytes, bytes.length));
    this.#stream.on("end", () => this.#lost("the port has vanished"));
    this.#stream.on("close", () => this.#lost("the port was closed"));
    this.#stream.on("error", (cause) => this.#lost(cause.message, cause));
  }

  write(bytes: Uint8Array): void {
    this.#rest.push(bytes);
    if (this.#retry === undefined) this.#drain();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  #drain(): void {
    this.#retry = undefined;
    for (let next = this.#rest.shift(); next !== undefined; next = this.#rest.shift()) {
      const written = this.#writeSome(next);
      if (written === next.length || this.#closed !== undefined) continue;
      this.#rest.unshift(next.subarray(written));
      this.#retry = setTimeout(() => this.#drain(), RETRY_MS);
      return;
    }
  }

  #writeSome(bytes: Uint8Array): number {
    try {
      return writeSync(this.#fd, bytes);
    } catch (cause) {
      if (cause instanceof Error && Reflect.get(cause, "code") === "EAGAIN") return 0;
      this.#lost(cause instanceof Error ? cause.message : String(cause), cause);
      return bytes.length;
    }
  }

  #lost(why: string, cause?: unknown): void {
    if (this.#closed !== undefined) return;
    const { events, name } = this.#parts;
    events.closed(new ModbusError("LINK_LOST", `${name}: ${why}`, { cause }));
  }

  async #close(): Promise<void> {
    clearTimeout(this.#retry);
    this.#rest = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#stream.closed) resolve();
    else this.#stream.once("close", resolve);
    this.#stream.destroy();
    await promise;
    closeSync(this.#fd);
    this.#parts.unlock();
  }
}
