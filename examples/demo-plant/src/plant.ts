/** The demo plant in this process: machines that move, and the servers that show them. */
import { Machines, TICK_MS } from "./machines.ts";
import type { ModbusServer } from "./modbus-server.ts";
import { startModbusServer } from "./modbus-server.ts";
import type { OpcUaServer } from "./opcua-server.ts";
import { startOpcUaServer } from "./opcua-server.ts";

/** Where the plant listens (always on 127.0.0.1) and what it starts with. */
export interface DemoPlantOptions {
  /** 0 takes a free one. */
  readonly modbusPort: number;
  /** 0 takes a free one. */
  readonly opcuaPort: number;
  /** The same seed gives the same sequence of values; default 1. */
  readonly seed?: number;
  /** A directory for the OPC UA server's key and certificate. Keep it, and the next start is faster. */
  readonly pkiDir: string;
}

/** A running plant. Its servers can be taken away one by one and come back at the same port. */
export interface DemoPlant {
  readonly modbusPort: number;
  readonly opcuaPort: number;
  /** Cuts all connections and ends the machines. Calling it twice does no harm. */
  stop(): Promise<void>;
  /** The PLC behind Modbus goes away: connections are cut, new ones refused. */
  stopModbus(): Promise<void>;
  startModbus(): Promise<void>;
  /** The PLC behind OPC UA goes away: connections are cut, new ones refused. */
  stopOpcua(): Promise<void>;
  startOpcua(): Promise<void>;
}

/**
 * Starts the machines and both servers. Resolves when they listen.
 * @throws {DemoPlantError} PORT_IN_USE
 */
export async function startDemoPlant(options: DemoPlantOptions): Promise<DemoPlant> {
  const plant = new RunningPlant(options);
  try {
    await plant.startModbus();
    await plant.startOpcua();
  } catch (cause) {
    await plant.stop();
    throw cause;
  }
  return plant;
}

class RunningPlant implements DemoPlant {
  modbusPort: number;
  opcuaPort: number;
  readonly #pkiDir: string;
  readonly #machines: Machines;
  readonly #startedAt = Date.now();
  readonly #ticker: NodeJS.Timeout;
  #modbus: ModbusServer | undefined;
  #opcua: OpcUaServer | undefined;

  constructor(options: DemoPlantOptions) {
    this.modbusPort = options.modbusPort;
    this.opcuaPort = options.opcuaPort;
    this.#pkiDir = options.pkiDir;
    this.#machines = new Machines(options.seed ?? 1);
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
  }

  async startModbus(): Promise<void> {
    if (this.#modbus !== undefined) return;
    this.#modbus = await startModbusServer(this.modbusPort, this.#machines.units);
    this.modbusPort = this.#modbus.port;
  }

  async stopModbus(): Promise<void> {
    const server = this.#modbus;
    this.#modbus = undefined;
    await server?.stop();
  }

  async startOpcua(): Promise<void> {
    if (this.#opcua !== undefined) return;
    this.#opcua = await startOpcUaServer({
      port: this.opcuaPort,
      pkiDir: this.#pkiDir,
      cell: this.#machines.paintCell,
      startedAt: this.#startedAt,
    });
    this.opcuaPort = this.#opcua.port;
  }

  async stopOpcua(): Promise<void> {
    const server = this.#opcua;
    this.#opcua = undefined;
    await server?.stop();
  }

  async stop(): Promise<void> {
    clearInterval(this.#ticker);
    await Promise.all([this.stopModbus(), this.stopOpcua()]);
  }

  #tick(): void {
    this.#machines.step(TICK_MS);
    this.#opcua?.refresh();
  }
}
