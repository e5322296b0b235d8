/** The front door of the demo plant: simulated machines behind real Modbus TCP and OPC UA servers on loopback. */
export { DemoPlantError } from "./errors.ts";
export type { DemoPlantErrorCode } from "./errors.ts";
export { forkDemoPlant } from "./fork.ts";
export type { ForkedDemoPlant } from "./fork.ts";
import type { DemoPlant, DemoPlantOptions } from "./plant.ts";

export type { DemoPlant, DemoPlantOptions };

/**
 * Starts the plant in this process. Its servers are loaded only then: whoever forks it needs none of them.
 * @throws {DemoPlantError} when a port cannot be opened.
 */
export async function startDemoPlant(options: DemoPlantOptions): Promise<DemoPlant> {
  const plant = await import("./plant.ts");
  return await plant.startDemoPlant(options);
}
