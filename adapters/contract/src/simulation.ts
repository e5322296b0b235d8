/** Servers that behave as the devices of a configuration, so that a project can be tried before the machine exists. */
import type { Logger } from "./adapter.ts";

export interface SimulateOptions {
  /** Where servers listen, e.g. `127.0.0.1`. */
  readonly host: string;
  /** The port of a link's server; 0 lets the system choose. Left out: as configured. */
  portOf?(link: string, configured: number): number;
  /** The serial port on which a link's devices answer: the other end of its line. Left out: as configured. */
  pathOf?(link: string): string;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** 0 (inclusive) to 1 (exclusive). */
  random(): number;
}

/** What a simulated device does wrong. */
export type SimulatedFault =
  | { readonly kind: "none" }
  | { readonly kind: "slow"; readonly ms: number }
  | { readonly kind: "silent" }
  | { readonly kind: "exceptions"; readonly code: number }
  | { readonly kind: "noise" };

/** One server of a simulation. */
export interface SimulatedServer {
  readonly link: string;
  /** Where it listens, e.g. `127.0.0.1:1502` or `/dev/pts/3`. */
  readonly address: string;
  readonly deviceIds: readonly string[];
  /** What must stand in the adapter's part of the configuration so that it finds this server. */
  readonly settings: readonly SimulatedSetting[];
}

/** One value of a configuration, e.g. `["link", "port"]` and 15020. */
export interface SimulatedSetting {
  readonly path: readonly (string | number)[];
  readonly value: string | number;
}

/** A running simulation. */
export interface Simulation {
  readonly servers: readonly SimulatedServer[];
  /** Of one device; `undefined`: of all. */
  setFault(deviceId: string | undefined, fault: SimulatedFault): void;
  /** Closes all servers. Twice does no harm. */
  stop(): Promise<void>;
}
