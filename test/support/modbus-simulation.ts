/** A simulation of one Modbus entry, as tests start it: a free port on loopback and a clock of their own. */
import type { Simulation } from "@unshub/adapter";
import { parseModbusConfig } from "../../adapters/modbus/src/config/parse.ts";
import type { ModbusConfig } from "../../adapters/modbus/src/config/config.ts";
import { simulateModbus } from "../../adapters/modbus/src/simulator/simulate.ts";
import { SILENT_LOG } from "./silent-log.ts";

export interface RunningSimulation extends AsyncDisposable {
  readonly simulation: Simulation;
  readonly config: ModbusConfig;
  readonly port: number;
  /** Moves its clock. */
  pass(ms: number): void;
}

export interface SimulationWishes {
  /** Beside host and port; e.g. `framing`. */
  readonly link?: object;
  readonly devices: readonly object[];
  /** Where the other end of a serial line is. */
  readonly path?: string;
}

/** Starts it; its time stands still until `pass`. */
export async function openSimulation({
  link = {},
  devices,
  path,
}: SimulationWishes): Promise<RunningSimulation> {
  const config = parseModbusConfig(
    { link: path === undefined ? { host: "127.0.0.1", ...link } : link, devices },
    { folder: "." },
  );
  let nowMs = Date.UTC(2026, 0, 1);
  let dice = 0;
  const simulation = await simulateModbus(config, {
    host: "127.0.0.1",
    portOf: () => 0,
    ...(path !== undefined && { pathOf: () => path }),
    log: SILENT_LOG,
    now: () => nowMs,
    random: () => (dice = (dice + 0.37) % 1),
  });
  const address = simulation.servers[0]?.address ?? "";
  return {
    simulation,
    config,
    port: Number(address.split(":").at(-1)),
    pass: (ms) => {
      nowMs += ms;
    },
    [Symbol.asyncDispose]: () => simulation.stop(),
  };
}
