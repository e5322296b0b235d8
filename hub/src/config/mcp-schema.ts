/** The section `mcp:`: what AI assistants may do besides reading. */
import { section } from "@unshub/adapter";
import { z } from "zod";
import { pathFilter } from "../path-filter.ts";

export const mcpSection = section({
  /** `false`: there is no `/mcp`. */
  enabled: z.boolean().default(true),
  /** Whether writes may be proposed at all. */
  writes: z.boolean().default(false),
  /** What may be proposed to be written, besides what the grants of the caller say. */
  writeAllow: z.array(pathFilter).default([]),
  /**
   * Whose yes counts. `hub`: after that of the person at the assistant, the command waits for a second person at the hub;
   * `client`: that of the person at the assistant alone.
   */
  approval: z.enum(["hub", "client"]).default("hub"),
});

export type McpConfig = Readonly<z.output<typeof mcpSection>>;
