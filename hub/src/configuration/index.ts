/** The door of changed configurations: what one would do, applied with a way back, and the ones before. */
export { Configuration } from "./configuration.ts";
export { changedLines } from "./changed-lines.ts";
export { ConfigurationError, type TagFault } from "./configuration-error.ts";
export type { Generation } from "./generations.ts";
export { waitingSections } from "./plan.ts";
export { writtenAddress } from "./address-parts.ts";
export { TagAddresses } from "./tag-addresses.ts";
export { tagsInTable, type TagChange, type TagDraft } from "./tag-draft.ts";
export { exportedTags, OWN_FORMAT, tagTable } from "./tag-export.ts";
export { withoutPlace } from "./tag-faults.ts";
export { tagKeys, tagsOf } from "./written-tags.ts";
