/** Questions as they should be, and answers to those that are not. */
import type { FastifyReply } from "fastify";
import type { z } from "zod";

/** The question as it should be; else 400 was answered and says what is wrong. */
export function parsed<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  reply: FastifyReply,
): z.output<Schema> | undefined {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  problem(reply, 400, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not understood"}`);
  return undefined;
}

/** [RFC 9457] */
export function problem(reply: FastifyReply, status: number, detail: string): FastifyReply {
  return reply
    .code(status)
    .type("application/problem+json")
    .send({ type: "about:blank", status, detail });
}
