/**
 * An independent Modbus TCP server (modbus-serial) with memory for each unit. An address that is not in the memory
 * answers exception 2, a unit that is not there exception 11, as a gateway would.
 */
import { once } from "node:events";
import { Server } from "node:net";
import { ServerTCP, type IServiceVector } from "modbus-serial";
import { portOf } from "./modbus-port.ts";

/** Values by address; registers are 0 to 65 535, bits 0 or 1. */
export type TableMemory = Record<string, number>;
/** The memory of one unit. */
export type UnitMemory = Partial<Record<"co" | "di" | "hr" | "ir", TableMemory>>;
/** The memory of all units, by unit id. */
export type ServerMemory = Record<string, UnitMemory>;

/** A server that listens. */
export interface ModbusServer extends AsyncDisposable {
  readonly port: number;
  /** Live: what is changed here is read at the next poll. */
  readonly memory: ServerMemory;
  /** Cuts all connections and stops to listen. */
  close(): Promise<void>;
  /** Listens again on the same port. */
  reopen(): Promise<void>;
}

class ModbusException extends Error {
  /** The name that modbus-serial looks for. */
  readonly modbusErrorCode: number;

  constructor(code: number) {
    super(`exception ${code}`);
    this.modbusErrorCode = code;
  }
}

/** Opens a server on a free port of 127.0.0.1; one that reopens wants a `freePort`, which nobody takes meanwhile. */
export async function openModbusServer(memory: ServerMemory, wish = 0): Promise<ModbusServer> {
  let server = await listen(memory, wish);
  const { port } = server;
  const close = (): Promise<void> => server.close();
  return {
    port,
    memory,
    close,
    reopen: async () => {
      server = await listen(memory, port);
    },
    [Symbol.asyncDispose]: close,
  };
}

interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

async function listen(memory: ServerMemory, port: number): Promise<Listening> {
  const options = { host: "127.0.0.1" };
  // ServerTCP takes a port of 0 for "not given" and listens on 502; the text "0" reaches `net` as it is.
  Reflect.set(options, "port", port === 0 ? "0" : port);
  const server = new ServerTCP(vector(memory), options);
  const opened = once(server, "initialized");
  server.on("socketError", () => undefined);
  server.on("serverError", (error) => server.emit("error", error));
  await opened;
  return { port: innerPort(server), close: () => closed(server) };
}

function closed(server: ServerTCP): Promise<void> {
  // `close` destroys the open sockets itself, and calls back once all of them are gone.
  return new Promise((resolve) => server.close(() => resolve()));
}

/** ServerTCP tells nobody its port; its own server is a private field. */
function innerPort(server: ServerTCP): number {
  const inner: unknown = Reflect.get(server, "_server");
  if (!(inner instanceof Server)) throw new TypeError("modbus-serial has changed its insides");
  return portOf(inner);
}

function vector(memory: ServerMemory): IServiceVector {
  const get = (table: keyof UnitMemory) => (address: number, unit: number) =>
    read(memory, unit, table, address);
  const set =
    (table: keyof UnitMemory) => (address: number, value: number | boolean, unit: number) => {
      read(memory, unit, table, address);
      const cells = memory[unit]?.[table];
      if (cells !== undefined) cells[address] = Number(value);
    };
  return {
    getCoil: (address: number, unit: number) => get("co")(address, unit) === 1,
    getDiscreteInput: (address: number, unit: number) => get("di")(address, unit) === 1,
    getInputRegister: get("ir"),
    getHoldingRegister: get("hr"),
    setCoil: set("co"),
    setRegister: set("hr"),
  };
}

function read(
  memory: ServerMemory,
  unit: number,
  table: keyof UnitMemory,
  address: number,
): number {
  const cells = memory[unit];
  if (cells === undefined) throw new ModbusException(11);
  const value = cells[table]?.[address];
  if (value === undefined) throw new ModbusException(2);
  return value;
}
