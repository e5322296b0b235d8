/** What a tag may say and probably does not mean. */
import type { ConfigProblem } from "@unshub/adapter";
import type { Tag } from "../tag.ts";
import { isNumeric } from "../types/raw-type.ts";

/** Paths begin at the tag. */
export function tagWarnings(tag: Tag): readonly ConfigProblem[] {
  const { publish } = tag;
  const hasBand = publish?.deadband !== undefined || publish?.deadbandPercent !== undefined;
  if (!hasBand || (isNumeric(tag.type) && tag.enum === undefined)) return [];
  const key = publish?.deadband === undefined ? "deadbandPercent" : "deadband";
  const what = tag.enum === undefined ? tag.type : "an enumeration";
  return [{ path: [key], message: `has no meaning for ${what} and is ignored` }];
}
