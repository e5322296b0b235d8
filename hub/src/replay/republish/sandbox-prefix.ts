/** Below which topics something may be told again: neither the hub's own topics nor Sparkplug's. */
import { z } from "zod";

export const sandboxPrefix = z
  .string()
  .max(1024)
  .regex(/^(?!\$|spBv1\.0(?:\/|$))[^+#\0]+$/, "is no prefix of topics: replay, or test/replay")
  .refine((text) => !text.startsWith("/") && !text.endsWith("/"), "begins and ends without /");
