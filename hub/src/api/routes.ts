/**
 * Every route under `/api/` is described once: what it needs, what it takes, what it answers. From that it is served,
 * guarded, checked and documented, so that none of these can differ from another.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Action } from "../identity/index.ts";
import { problem, Problem, sendProblem, unreadable } from "./problem.ts";
import type { Caller } from "./who.ts";

/** A schema when the answer is JSON, or a sentence and its type when it is not; `undefined`: no body. */
export type AnswerOf =
  | z.ZodType
  | { readonly type: string; readonly description: string; readonly orType?: string }
  | undefined;

/** What a route is asked. */
export interface Asked<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
  readonly request: FastifyRequest;
  /** For headers; the answer itself is returned. */
  readonly reply: FastifyReply;
}

export interface RouteHead {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** As fastify writes it: `/api/v1/users/:name`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** `anyone`: no login. `somebody`: any login, whatever its role. */
  readonly needs: Action | "anyone" | "somebody";
  /** `false`: it is done also while the audit trail cannot be written. Default: unless it only reads, it is not. */
  readonly needsTrail?: false;
  /** What comes back when all is well, by status. Problems are the same everywhere. */
  readonly answers: Readonly<Record<number, AnswerOf>>;
  /** Which problems it has besides those of every route. */
  readonly problems?: readonly (404 | 409 | 429)[];
}

export interface Route<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
> extends RouteHead {
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Answers a value, nothing at all (204), or a `Problem`. */
  handle(asked: Asked<z.output<Params>, z.output<Query>, z.output<Body>>): unknown;
}

/** A route as it is documented. */
export interface DescribedRoute extends RouteHead {
  readonly params: z.ZodType | undefined;
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
}

/** Who asks, or why he may not. */
export type Admit = (
  request: FastifyRequest,
  needs: RouteHead["needs"],
) => Promise<Caller | Problem>;

export class Routes {
  readonly described: DescribedRoute[] = [];
  readonly #server: FastifyInstance;
  readonly #admit: Admit;
  readonly #trail: { readonly isBroken: boolean };

  constructor(server: FastifyInstance, admit: Admit, trail: { readonly isBroken: boolean }) {
    this.#trail = trail;
    this.#server = server;
    this.#admit = admit;
    server.addHook("onRoute", ({ url, method }) => {
      if (!url.startsWith("/api/") || method === "HEAD") return;
      const isDescribed = this.described.some(
        (route) => route.path === url && [method].flat().includes(route.method),
      );
      if (!isDescribed) throw new TypeError(`${String(method)} ${url} is not described in Routes`);
    });
  }

  add<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType>(
    route: Route<Params, Query, Body>,
  ): void {
    const { method, path, params, query, body } = route;
    this.described.push({ ...route, params, query, body });
    const callers = new WeakMap<FastifyRequest, Caller>();
    this.#server.route({
      method,
      url: path,
      onRequest: async (request, reply) => {
        const admitted = await this.#admit(request, route.needs); // before a body is read
        if (admitted instanceof Problem) return sendProblem(reply, admitted);
        if (this.#isHeldUp(route)) return sendProblem(reply, noTrail());
        callers.set(request, admitted);
        return undefined;
      },
      handler: async (request, reply) => {
        const caller = callers.get(request);
        const answer =
          caller === undefined
            ? problem(401, "nobody asks")
            : await this.#answer(route, { caller, request, reply });
        if (answer instanceof Problem) return sendProblem(reply, answer);
        return answer === undefined ? reply.code(204).send() : answer;
      },
    });
  }

  #isHeldUp({ method, needsTrail }: RouteHead): boolean {
    return method !== "GET" && needsTrail !== false && this.#trail.isBroken;
  }

  /** What the trail did not take was not done. */
  async #answer<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
    route: Route<P, Q, B>,
    around: Around,
  ): Promise<unknown> {
    try {
      return await answerOf(route, around);
    } catch (error) {
      if (this.#isHeldUp(route)) return noTrail();
      throw error;
    }
  }
}

/** Nothing is done that nobody could be told of. */
function noTrail(): Problem {
  return problem(503, "the audit trail cannot be written: no commands and no changes until it can");
}

type Around = Pick<Asked<unknown, unknown, unknown>, "caller" | "request" | "reply">;

async function answerOf<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  route: Route<P, Q, B>,
  around: Around,
): Promise<unknown> {
  const { request } = around;
  const params = readPart("path", route.params, request.params);
  if (params instanceof Problem) return params;
  const query = readPart("query", route.query, request.query);
  if (query instanceof Problem) return query;
  const body = readPart("body", route.body, request.body);
  if (body instanceof Problem) return body;
  return await route.handle({
    params: params.value,
    query: query.value,
    body: body.value,
    ...around,
  });
}

function readPart<Schema extends z.ZodType>(
  part: string,
  schema: Schema | undefined,
  input: unknown,
): { readonly value: z.output<Schema> } | Problem {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a route without this schema does not look at the part
  if (schema === undefined) return { value: undefined as z.output<Schema> };
  const read = schema.safeParse(input);
  return read.success ? { value: read.data } : unreadable(part, read.error);
}
