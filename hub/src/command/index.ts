/** The door of commands: the only way by which the hub writes to a device, and what others write through it. */
export { Commands } from "./command.ts";
export type { WriteInput, WritePlan } from "./command.ts";
export { CommandNumbers } from "./command-numbers.ts";
export { Firewall } from "./firewall.ts";
export type { CommandRecord, LeftOver, RefusalCode, Writer, WriteOutcome } from "./outcome.ts";
export { bounds, commandsSection } from "./rules/index.ts";
export type { CommandsConfig } from "./rules/index.ts";
export { ownTags } from "./wish.ts";
export { plainOutcome } from "./plain-outcome.ts";
export { Replies } from "./replies.ts";
export type { Reply } from "./replies.ts";
