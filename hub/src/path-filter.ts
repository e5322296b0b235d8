/** Filters over paths in the plant or in the tree, and over topics. */
import { z } from "zod";

/** As MQTT has them: `#` and `+` stand between slashes. */
export const pathFilter = z.string().superRefine((text, context) => {
  const levels = text.split("/");
  const isLegal = levels.every((level, at) =>
    level === "#" ? at === levels.length - 1 : level === "+" || !/[#+\0]/.test(level),
  );
  if (isLegal && text !== "") return;
  context.addIssue(
    `"${text}" is not a filter: # stands alone at the end, + alone between two slashes, e.g. Plant1/+/press-01/#`,
  );
});
