/** The door of the simulator, for simulated machines that are made otherwise than from a list of tags. */
import type { Registers } from "./registers.ts";
import { MbapResponder } from "./mbap-responder.ts";
import { SimulatedUnits } from "./simulated-units.ts";
import { serveTcp, type LineServer } from "./tcp-server.ts";

export { ILLEGAL_ADDRESS, ILLEGAL_VALUE } from "./registers.ts";
export type { Registers } from "./registers.ts";
export type { LineServer } from "./tcp-server.ts";

/**
 * A Modbus TCP server for `units`, by unit id; port 0 lets the system choose. Other units are answered as a gateway does
 * that does not reach them.
 * @throws {ModbusError} PORT_FAILED with the cause.
 */
export async function serveUnits(
  place: { readonly host: string; readonly port: number },
  units: ReadonlyMap<number, Registers>,
): Promise<LineServer> {
  const simulated = [...units].map(
    ([unit, memory]) => [unit, { memory, fault: { kind: "none" } }] as const,
  );
  const answering = new SimulatedUnits(new Map(simulated), () => Math.random());
  return await serveTcp(place, (line) => new MbapResponder(answering, line));
}
