/** The door of changed configurations: what one would do, applied with a way back, and the ones before. */
export { Configuration, ConfigurationError, type ConfigurationOptions } from "./configuration.ts";
export type { Generation } from "./generations.ts";
export { waitingSections, type ConfigurationPlan } from "./plan.ts";
