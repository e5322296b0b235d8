/** The door of the rules: what `unshub.yaml` says of commands. */
export { interlockFault } from "./interlocks.ts";
export { bounds, shown, valueFault } from "./limits.ts";
export { Rules } from "./rules.ts";
export type { Governing } from "./rules.ts";
export { commandsSection } from "./schema.ts";
export type { CommandsConfig } from "./schema.ts";
