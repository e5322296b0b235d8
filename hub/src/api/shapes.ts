/** Shapes that several routes share. */
import { z } from "zod";
import type { RouteHead } from "./routes.ts";

const MAX_LIMIT = 1000;

/** Milliseconds since 1970 UTC. */
export const moment = z.int().describe("Milliseconds since 1970 UTC");
export const count = z.int().min(0);

/** `after`: the last one of the page before. */
export const pageQuery = z.object({
  after: z.string().optional().describe("The last one of the page before"),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(MAX_LIMIT),
});

/** A topic, or a path that may be one, as long as MQTT lets it be. */
export const topicText = z.string().max(65_535);

/** What asks about topics and their messages. */
export const TOPICS = {
  method: "GET",
  tag: "Namespace",
  needs: "read diagnostics",
} as const satisfies Partial<RouteHead>;

export const sinceQuery = z.object({
  since: z.coerce.number().min(0).default(0).describe("Milliseconds since 1970 UTC"),
});
