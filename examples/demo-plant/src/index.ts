/** The front door of the demo plant: simulated machines behind real Modbus TCP and OPC UA servers on loopback. */
export { DemoPlantError } from "./errors.ts";
export type { DemoPlantErrorCode } from "./errors.ts";
export { forkDemoPlant } from "./fork.ts";
export type { ForkedDemoPlant } from "./fork.ts";
export { startDemoPlant } from "./plant.ts";
export type { DemoPlant, DemoPlantOptions } from "./plant.ts";
