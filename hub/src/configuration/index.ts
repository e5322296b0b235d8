/** The door of changed configurations: what one would do, applied with a way back, and the ones before. */
export { Configuration, type ConfigurationOptions } from "./configuration.ts";
export { ConfigurationError, type TagFault } from "./configuration-error.ts";
export type { Generation } from "./generations.ts";
export { waitingSections, type ConfigurationPlan } from "./plan.ts";
export {
  tagsInTable,
  tagTable,
  type TagChange,
  type TagDraft,
  type TagOutcome,
} from "./tag-draft.ts";
export { tagKeys, tagsOf } from "./written-tags.ts";
