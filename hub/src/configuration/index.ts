/** The door of changed configurations: what one would do, applied with a way back, and the ones before. */
export { Configuration, type ConfigurationOptions } from "./configuration.ts";
export { ConfigurationError, type TagFault } from "./configuration-error.ts";
export type { Generation } from "./generations.ts";
export { waitingSections, type ConfigurationPlan } from "./plan.ts";
export { tagsInTable, type TagChange, type TagDraft, type TagOutcome } from "./tag-draft.ts";
export { exportedTags, OWN_FORMAT, tagTable } from "./tag-export.ts";
export { tagKeys, tagsOf } from "./written-tags.ts";
