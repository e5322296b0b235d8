/** Questions that people ask often, as an assistant can be given them. */
import { z } from "zod";
import { quoted } from "./texts.ts";

export interface PromptText {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  text(args: Readonly<Record<string, unknown>>): string;
}

const text = z.string().min(1).max(1000);

export const PROMPTS: readonly PromptText[] = [
  {
    name: "diagnose_device",
    title: "Diagnose a device",
    description: "Why a device is offline, or its values are old, and what to do next",
    input: z.object({ elementId: text.describe("Of a device, or of one of its metrics") }),
    text: ({ elementId }) =>
      `Find out how ${named(elementId)} stands. Call uns_describe and explain for it, violations for its edge node, and adapters if an adapter of the hub serves it. Tell first in one sentence what is wrong and since when, then how you know, then the next step for the person at the line. If nothing is wrong, say so.`,
  },
  {
    name: "explain_violation",
    title: "Explain a violation",
    description: "What a violation of the Sparkplug rules means, and what to change at its source",
    input: z.object({ id: text.describe("As the tool violations answers it") }),
    text: ({ id }) =>
      `Call explain_violation for ${named(id)}. Tell in plain words what the client does, which requirement that breaks, what can come of it in this plant, and what to change in the client.`,
  },
  {
    name: "shift_summary",
    title: "Summary of a shift",
    description: "What happened in a part of the plant during the last hours",
    input: z.object({
      elementId: text.optional().describe("A place or device; everything when left out"),
      hours: z
        .string()
        .regex(/^\d{1,3}$/)
        .optional()
        .describe("8 when left out"),
    }),
    text: ({ elementId, hours }) =>
      `Sum up the last ${typeof hours === "string" ? hours : "8"} hours${typeof elementId === "string" ? ` of ${named(elementId)}` : ""}: edge nodes and devices that were offline (sparkplug_nodes, uns_stale), violations since then, and how the most important values went (uns_history with aggregates). Name what you left out.`,
  },
];

/** Names come from machines. */
function named(value: unknown): string {
  return quoted(typeof value === "string" ? value : "");
}
