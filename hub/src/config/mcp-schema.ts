/** The section `mcp:`: what AI assistants may do besides reading. */
import { section } from "@unshub/adapter";
import { z } from "zod";

/** As MQTT has filters, over paths in the plant or in the tree. */
const filter = z
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

export const mcpSection = section({
  /** `false`: there is no `/mcp`. */
  enabled: z.boolean().default(true),
  /** Whether writes may be proposed at all. */
  writes: z.boolean().default(false),
  /** What may be proposed to be written, besides what the grants of the caller say. */
  writeAllow: z.array(filter).default([]),
  /**
   * Whose yes counts. `hub`: after that of the person at the assistant, the command waits for a second person at the hub;
   * `client`: that of the person at the assistant alone.
   */
  approval: z.enum(["hub", "client"]).default("hub"),
});

export type McpConfig = Readonly<z.output<typeof mcpSection>>;
