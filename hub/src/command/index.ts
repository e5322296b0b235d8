/** The door of commands: the only way by which the hub writes to a device. */
export { Commands } from "./command.ts";
export type { RefusalCode, WriteOutcome, Writer } from "./command.ts";
