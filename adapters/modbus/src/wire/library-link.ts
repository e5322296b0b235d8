/**
 * The fallback `transport: modbus-serial`: the same link, with the library speaking instead of our engines, one request at
 * a time. No trace, since the library makes its own frames. Loaded when it is used.
 */
import type { ModbusRTU } from "modbus-serial/ModbusRTU.js";
import { ModbusError } from "../errors.ts";
import type { Carrier, CarrierEvents } from "./carrier.ts";
import { LibraryCarrier } from "./library-carrier.ts";
import { LibraryEngine } from "./library-engine.ts";
import { LineWitness } from "./line-witness.ts";
import { isBus, linkName, type LinkConfig } from "./link-config.ts";
import type { LinkParts } from "./link.ts";
import { keepAwake, loadSerialPort } from "./serial/library-port.ts";
import { why } from "./tcp-carrier.ts";

/** The parts of a link that uses the library. */
export function libraryParts(config: LinkConfig): LinkParts {
  return {
    open: (events, signal) => openLibrary(config, events, signal),
    engine: (host) => new LibraryEngine(host, config),
    replacesSilent: config.framing !== "rtu",
  };
}

async function openLibrary(
  config: LinkConfig,
  events: CarrierEvents,
  signal: AbortSignal,
): Promise<Carrier> {
  const name = linkName(config);
  const { default: library } = await import("modbus-serial");
  const client = new library.default();
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(signal.reason);
  signal.addEventListener("abort", giveUp);
  try {
    await Promise.race([connect(client, config), promise]);
    return new LibraryCarrier(client, witnessOf(client, config), { name, events });
  } catch (cause) {
    client.on("error", () => undefined);
    client.destroy(() => undefined);
    if (cause instanceof ModbusError) throw cause;
    throw new ModbusError("CONNECT_FAILED", `cannot connect to ${name}: ${why(cause)}`, { cause });
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

async function connect(client: ModbusRTU, config: LinkConfig): Promise<void> {
  switch (config.framing) {
    case "tcp":
      return client.connectTCP(config.host, { port: config.port });
    case "rtuOverTcp":
      // What the library calls TcpRTUBuffered still sends MBAP; this is the one that sends RTU.
      return client.connectTelnet(config.host, { port: config.port });
    case "rtu": {
      const { path, baud, dataBits = 8, parity = "none", stopBits = 1 } = config;
      const { SerialPort } = await loadSerialPort(path);
      await client.connectRTUBuffered(path, { baudRate: baud, dataBits, parity, stopBits });
      // The library keeps its port to itself, and the port needs to be kept awake.
      const port: unknown = Reflect.get(Object(Reflect.get(client, "_port")), "_client");
      if (port instanceof SerialPort) keepAwake(port);
      return;
    }
    case "tls":
      throw new ModbusError("CONNECT_FAILED", "modbus-serial speaks no TLS: use transport: own");
  }
}

/** On a line without numbers nothing is believed that was not heard. */
function witnessOf(client: ModbusRTU, config: LinkConfig): LineWitness | undefined {
  if (!isBus(config)) return undefined;
  const witness = LineWitness.of(client);
  if (witness !== undefined) return witness;
  const message = "this version of modbus-serial hides its port: use transport: own";
  throw new ModbusError("CONNECT_FAILED", message);
}
