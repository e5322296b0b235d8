/** Shapes that several routes share. */
import { z } from "zod";

const MAX_LIMIT = 1000;

/** Milliseconds since 1970 UTC. */
export const moment = z.int().describe("Milliseconds since 1970 UTC");
export const count = z.int().min(0);

/** `after`: the last one of the page before. */
export const pageQuery = z.object({
  after: z.string().optional().describe("The last one of the page before"),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(MAX_LIMIT),
});
