/** The door of placement: where a device stands by the rules of the configuration. Pure, and all that checking one needs. */
export { levelOf, levelsOfName, nameOf, SPARKPLUG_TOP } from "./names.ts";
export { previewOf, type PreviewedPlace } from "./preview.ts";
export { fallbackPath, placementOf } from "./rules.ts";
export { unsSection, type PlacementRule, type ProjectionConfig, type UnsConfig } from "./schema.ts";
export { memberDescriptor, memberNamed, type MemberId } from "./template.ts";
