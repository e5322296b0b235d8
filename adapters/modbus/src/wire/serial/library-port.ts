/**
 * A serial port through the package `serialport`, where there is no `stty` (Windows, macOS). It is an optional
 * dependency that comes with a native module, so it is loaded only when it is used. Its poller for Linux and macOS
 * lives on the main thread's event loop: in a worker thread it ends the process, so it is refused there.
 */
import { isMainThread } from "node:worker_threads";
import type { SerialPort } from "serialport";
import { ModbusError } from "../../errors.ts";
import type { Carrier, CarrierEvents, OpenCarrier } from "../carrier.ts";
import type { SerialLinkConfig } from "../link-config.ts";

/** Opens the port of `config` with `serialport`. */
export function libraryPortOpener(config: SerialLinkConfig): OpenCarrier {
  return async (events, signal) => {
    const { path, baud, dataBits = 8, parity = "none", stopBits = 1 } = config;
    const library = await loadSerialPort(path);
    const port = new library.SerialPort({
      path,
      baudRate: baud,
      dataBits,
      parity,
      stopBits,
      autoOpen: false,
      hupcl: false,
    });
    await open(port);
    keepAwake(port);
    if (!signal.aborted) return new LibraryPort(port, path, events);
    await closed(port);
    throw signal.reason;
  };
}

/**
 * The package, if it is there and can be used here.
 * @throws {ModbusError} PORT_FAILED when it is not installed, or would end the process.
 */
export async function loadSerialPort(path: string): Promise<typeof import("serialport")> {
  if (!isMainThread && process.platform !== "win32") {
    const message = `${path}: serialport would end the whole process from a worker thread; use driver: own`;
    throw new ModbusError("PORT_FAILED", message);
  }
  try {
    return await import("serialport");
  } catch (cause) {
    const message = `${path}: the package serialport is needed here; npm install serialport`;
    throw new ModbusError("PORT_FAILED", message, { cause });
  }
}

function open(port: SerialPort): Promise<void> {
  return new Promise((resolve, reject) => {
    port.open((cause) => {
      if (cause === null) resolve();
      else reject(new ModbusError("PORT_FAILED", `${port.path}: ${cause.message}`, { cause }));
    });
  });
}

function closed(port: SerialPort): Promise<void> {
  return new Promise((resolve) => {
    if (port.isOpen) port.close(() => resolve());
    else resolve();
  });
}

/**
 * The poller of serialport 13 calls back without running micro-tasks on Node 26.4 and later, so a read finishes only
 * when something else wakes the loop. A `setImmediate` for each of its events wakes it. The poller is not part of the
 * package's interface; where there is none (Windows), nothing stalls.
 */
export function keepAwake(port: SerialPort): void {
  const poller: unknown = Reflect.get(Object(port.port), "poller");
  const emit: unknown = Reflect.get(Object(poller), "emit");
  if (typeof emit !== "function") return;
  Reflect.set(Object(poller), "emit", (...parameters: readonly unknown[]): unknown => {
    setImmediate(() => undefined);
    return Reflect.apply(emit, poller, parameters);
  });
}

/** An open port. */
class LibraryPort implements Carrier {
  readonly #port: SerialPort;
  #isClosing = false;

  constructor(port: SerialPort, name: string, events: CarrierEvents) {
    this.#port = port;
    const lost = (why: string, cause?: Error): void => {
      if (!this.#isClosing)
        events.closed(new ModbusError("LINK_LOST", `${name}: ${why}`, { cause }));
    };
    port.on("data", (bytes: Buffer) => events.received(bytes, bytes.length));
    port.on("error", (cause) => lost(cause.message, cause));
    port.on("close", () => lost("the port has vanished"));
  }

  write(bytes: Uint8Array): void {
    this.#port.write(bytes);
  }

  close(): Promise<void> {
    this.#isClosing = true;
    return closed(this.#port);
  }
}
