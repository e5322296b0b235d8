/** The Modbus TCP server of the plant, made with modbus-serial. It answers for all units on one port. */
import type { IServiceVector } from "modbus-serial";
import { ServerTCP } from "modbus-serial";
import { DemoPlantError, listenError } from "./errors.ts";
import { freePort } from "./free-port.ts";
import type { RegisterMemory, RegisterTable } from "./registers.ts";

/** What the server needs of a device's memory; which machine is behind it does not matter. */
type ModbusMemory = Pick<RegisterMemory<never>, "read" | "write" | "refresh">;
/** By unit id, 1 to 247. */
export type ModbusUnits = ReadonlyMap<number, ModbusMemory>;

/** A listening server. */
export interface ModbusServer {
  readonly port: number;
  /** Closes the port and cuts all connections. */
  stop(): Promise<void>;
}

const ATTEMPTS = 5;

/**
 * Listens on 127.0.0.1; `port` 0 takes a free one.
 * @throws {DemoPlantError} PORT_IN_USE
 */
export async function startModbusServer(port: number, units: ModbusUnits): Promise<ModbusServer> {
  if (port !== 0) return await listen(port, units);
  // modbus-serial takes 0 for "not given" and would open 502.
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await listen(await freePort(), units);
    } catch (cause) {
      const taken = cause instanceof DemoPlantError && cause.code === "PORT_IN_USE";
      if (!taken || attempt === ATTEMPTS) throw cause;
    }
  }
}

async function listen(port: number, units: ModbusUnits): Promise<ModbusServer> {
  const server = new ServerTCP(serviceOf(units), { host: "127.0.0.1", port });
  // A client that goes away in the middle of an answer is its own business.
  server.on("socketError", () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.on("initialized", () => resolve());
    server.on("serverError", (cause) =>
      reject(cause === null ? undefined : listenError(port, cause)),
    );
  });
  return {
    port,
    // close() also destroys every open socket.
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** modbus-serial's view of the plant. What these functions throw is answered as its `modbusErrorCode`. */
function serviceOf(units: ModbusUnits): IServiceVector {
  const memory = (unit: number): ModbusMemory => {
    const found = units.get(unit);
    if (found === undefined) throw new DemoPlantError("NO_SUCH_UNIT", `there is no unit ${unit}`);
    return found;
  };
  const word = (table: RegisterTable, address: number, unit: number): number =>
    memory(unit).read(table, address, 1)[0] ?? 0;
  return {
    getCoil: (address: number, unit: number) => word("co", address, unit) === 1,
    getDiscreteInput: (address: number, unit: number) => word("di", address, unit) === 1,
    getHoldingRegister: (address: number, unit: number) => word("hr", address, unit),
    getInputRegister: (address: number, unit: number) => word("ir", address, unit),
    getMultipleHoldingRegisters: (address: number, count: number, unit: number) =>
      memory(unit).read("hr", address, count),
    getMultipleInputRegisters: (address: number, count: number, unit: number) =>
      memory(unit).read("ir", address, count),
    setCoil: (address: number, on: boolean, unit: number) =>
      memory(unit).write("co", address, [on ? 1 : 0]),
    setRegister: (address: number, value: number, unit: number) =>
      memory(unit).write("hr", address, [value]),
    setRegisterArray: (address: number, words: number[], unit: number) =>
      memory(unit).write("hr", address, words),
  };
}
