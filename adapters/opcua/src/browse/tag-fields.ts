/** A tag that was found, as it stands in a table or a configuration. */
import type { TagFields } from "@unshub/adapter";
import { browsePathText } from "../config/browse-path.ts";
import type { TagConfig } from "../data-config.ts";
import { nodeAddressText } from "../node-id.ts";

/** What the server says itself is not repeated, except for people. */
export function tagFields(tag: TagConfig): TagFields {
  const { name, group, access, unit, description, limits, rule } = tag;
  const { euRange } = rule;
  return { name, node: placeText(tag), group, access, unit, description, euRange, ...limits };
}

export function placeText({ node }: TagConfig): string {
  return "path" in node ? browsePathText(node) : nodeAddressText(node);
}
