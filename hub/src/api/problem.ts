/** Errors as programs and people read them: one shape for everything under `/api/`. [RFC 9457] */
import type { FastifyReply } from "fastify";
import { z } from "zod";

export const PROBLEM_TYPE = "application/problem+json";

/** What is sent. */
export const problemSchema = z.object({
  type: z.literal("about:blank"),
  title: z.string().describe("The status in words"),
  status: z.int().min(400).max(599),
  detail: z.string().describe("What is wrong and what to do, in a sentence"),
  errors: z
    .array(
      z.object({
        path: z.string(),
        message: z.string(),
        tag: z.object({ device: z.string(), name: z.string() }).optional().describe("Whose it is"),
        field: z.string().optional().describe("The key of the tag"),
        line: z.int().optional().describe("Of a table"),
        column: z.string().optional().describe("Of a table"),
      }),
    )
    .optional()
    .describe("Everything that is wrong with the question"),
});

type Fault = NonNullable<z.output<typeof problemSchema>["errors"]>[number];

/** Why a question is not answered; a handler returns it. */
export class Problem {
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly Fault[];
  /** After which it is worth another try; `undefined`: nobody knows. */
  readonly waitMs: number | undefined;

  constructor(
    status: number,
    detail: string,
    { errors = [], waitMs }: { readonly errors?: readonly Fault[]; readonly waitMs?: number } = {},
  ) {
    this.status = status;
    this.detail = detail;
    this.errors = errors;
    this.waitMs = waitMs;
  }
}

/** Nobody is let in: 401, or 429 for whoever must wait after failures. */
export function refusedLogin({
  because,
  waitMs,
}: {
  readonly because: string;
  readonly waitMs?: number;
}): Problem {
  return waitMs === undefined ? new Problem(401, because) : new Problem(429, because, { waitMs });
}

export function problem(status: number, detail: string): Problem {
  return new Problem(status, detail);
}

/** Everything that a schema found in one part of a question: `body`, `query`. */
export function unreadable(part: string, error: z.ZodError): Problem {
  const errors = error.issues.map(({ path, message }) => ({
    path: [part, ...path].map(String).join("."),
    message,
  }));
  const [first] = errors;
  return new Problem(
    400,
    first === undefined ? "not understood" : `${first.path}: ${first.message}`,
    { errors },
  );
}

/** i3X has a shape of its own for what is wrong. */
export function sendProblem(
  reply: FastifyReply,
  { status, detail, errors, waitMs }: Problem,
): FastifyReply {
  const title = titleOf(status);
  if (status === 401) void reply.header("www-authenticate", challengeFor(reply));
  if (waitMs !== undefined) void reply.header("retry-after", String(Math.ceil(waitMs / 1000)));
  void reply.code(status);
  if (reply.request.url.startsWith("/i3x/")) {
    const answer = { success: false, responseDetail: { title, status, detail } };
    return reply.type("application/json; charset=utf-8").send(JSON.stringify(answer));
  }
  const body: z.output<typeof problemSchema> = {
    type: "about:blank",
    title,
    status,
    detail,
    ...(errors.length > 0 && { errors: [...errors] }),
  };
  return reply.type(PROBLEM_TYPE).send(JSON.stringify(body));
}

/** `node:http` is there when somebody asks; a hub without HTTP opens this door, too, and shall not load it. */
function titleOf(status: number): string {
  return process.getBuiltinModule("node:http").STATUS_CODES[status] ?? "Error";
}

/** Programs are told of both ways; a page has its own way in, and no browser shall put a window of its own before it. */
function challengeFor({ request: { headers } }: FastifyReply): string {
  const isPage = headers["x-uns-hub"] !== undefined || headers["sec-fetch-site"] !== undefined;
  const bearer = 'Bearer realm="UNS Hub"';
  return isPage ? bearer : `Basic realm="UNS Hub", charset="UTF-8", ${bearer}`;
}
