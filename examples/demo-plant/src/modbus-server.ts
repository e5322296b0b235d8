/** The Modbus TCP server of the plant: that of the adapter's simulator. It answers for all units on one port. */
import { serveUnits, type Registers } from "@unshub/adapter-modbus/simulator";
import { listenError } from "./errors.ts";

/** What the server needs of a device's memory; which machine is behind it does not matter. */
type ModbusMemory = Registers & { refresh(): void };
/** By unit id, 1 to 247. */
export type ModbusUnits = ReadonlyMap<number, ModbusMemory>;

/** A listening server. */
export interface ModbusServer {
  readonly port: number;
  /** Closes the port and cuts all connections. */
  stop(): Promise<void>;
}

/**
 * Listens on 127.0.0.1; `port` 0 takes a free one.
 * @throws {DemoPlantError} PORT_IN_USE
 */
export async function startModbusServer(port: number, units: ModbusUnits): Promise<ModbusServer> {
  try {
    const server = await serveUnits({ host: "127.0.0.1", port }, units);
    return { port: server.port ?? port, stop: () => server.stop() };
  } catch (error) {
    throw error instanceof Error && error.cause instanceof Error
      ? listenError(port, error.cause)
      : error;
  }
}
