/** Filters over paths, in the plant or in the tree. */
import { z } from "zod";

/** As MQTT has them: `#` and `+` stand between slashes. */
export const pathFilter = z
  .string()
  .min(1)
  .refine(
    (text) =>
      text
        .split("/")
        .every((level, at, all) =>
          level === "#" ? at === all.length - 1 : level === "+" || !/[#+]/.test(level),
        ),
    "is not a filter: # stands alone at the end, + alone between two slashes, e.g. acme/press/#",
  );
