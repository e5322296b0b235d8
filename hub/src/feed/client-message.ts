/** Reads what a page sends. A page may be anything that opened a WebSocket, so nothing is believed. */
import { z } from "zod";
import { MAX_VIEW_ROWS } from "./live-page.ts";
import type { ClientMessage } from "./protocol.ts";

const count = z.int().min(0);

const schema = z.discriminatedUnion("op", [
  z.object({
    op: z.literal("hello"),
    v: z.literal(1),
    ui: z.string().max(200),
    resume: z.object({ epoch: z.string().max(100), seq: count }).optional(),
  }),
  z.object({ op: z.literal("view"), g: count, rows: z.array(count).max(MAX_VIEW_ROWS) }),
  z.object({ op: z.literal("ack"), s: count }),
  z.object({ op: z.literal("pause") }),
  z.object({ op: z.literal("resume") }),
  z.object({ op: z.literal("hide") }),
]);

/** The message in `text`; `undefined` and a sentence when it is none. */
export function readClientMessage(
  text: string,
): { readonly message: ClientMessage } | { readonly because: string } {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return { because: "a frame is not JSON" };
  }
  const result = schema.safeParse(input);
  if (result.success) return { message: result.data };
  const [issue] = result.error.issues;
  return {
    because: `a frame is no message of uns.v1: ${issue?.path.join(".")}: ${issue?.message}`,
  };
}
