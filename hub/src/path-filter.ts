/** Filters over paths in the plant or in the tree, and over topics. */
import { z } from "zod";

export const pathFilter = z.string().superRefine((text, context) => {
  if (isPathFilter(text)) return;
  context.addIssue(
    `"${text}" is not a filter: # stands alone at the end, + alone between two slashes, e.g. Plant1/+/press-01/#`,
  );
});

/** As MQTT has them: `#` and `+` stand between slashes. [MQTT5-4.7.1-1] [MQTT5-4.7.1-2] */
export function isPathFilter(text: string): boolean {
  const levels = text.split("/");
  const isLegal = levels.every((level, at) =>
    level === "#" ? at === levels.length - 1 : level === "+" || !/[#+\0]/.test(level),
  );
  return isLegal && text !== "";
}
