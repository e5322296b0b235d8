/** The door of retained messages as people clear them: dry run, deletion, and what was deleted for a day. */
export { RetainedKeeper, RetainedError, type Deleted } from "./retained-keeper.ts";
export type { Deletion } from "./deleted-files.ts";
export type { TopicRights } from "./dry-run.ts";
