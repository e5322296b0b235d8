/** `/api/v1/adapters`: how adapters, links and devices stand, and the protocol trace of a link. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { traceText, type AdapterReport, type Supervisor } from "../supervisor/index.ts";
import { parsed, problem } from "./answers.ts";

export interface AdapterRoutes {
  readonly adapters: Pick<Supervisor, "reports" | "trace" | "setTrace">;
}

const nameParams = z.object({ name: z.string() });
const linkParams = z.object({ name: z.string(), link: z.string() });
const traceBody = z.strictObject({ on: z.boolean() });
const TRACE_PATH = "/api/v1/adapters/:name/links/:link/trace";

export function addAdapterRoutes(server: FastifyInstance, { adapters }: AdapterRoutes): void {
  server.get("/api/v1/adapters", async () => ({ adapters: (await adapters.reports()).map(shown) }));
  server.get("/api/v1/adapters/:name", async (request, reply) => {
    const { name } = nameParams.parse(request.params);
    const report = (await adapters.reports()).find((each) => each.name === name);
    if (report === undefined) return problem(reply, 404, `there is no adapter "${name}"`);
    return shown(report);
  });
  server.get(TRACE_PATH, async (request, reply) => {
    const { name, link } = linkParams.parse(request.params);
    const frames = await adapters.trace(name, link);
    if (frames === undefined) return problem(reply, 404, noSuch(name, link));
    const file = `${name}-${link}.txt`.replaceAll(/[^\w.-]/g, "_");
    return reply
      .type("text/plain; charset=utf-8")
      .header("content-disposition", `attachment; filename="${file}"`)
      .send(traceText(frames));
  });
  server.put(TRACE_PATH, async (request, reply) => {
    const { name, link } = linkParams.parse(request.params);
    const body = parsed(traceBody, request.body, reply);
    if (body === undefined) return reply;
    const isKnown = await adapters.setTrace(name, link, body.on);
    return isKnown ? { on: body.on } : problem(reply, 404, noSuch(name, link));
  });
}

function noSuch(name: string, link: string): string {
  return `adapter "${name}" has no link "${link}" that can be traced`;
}

/** Times as people and programs read them. */
function shown({ since, lastEnd, diagnostics, ...state }: AdapterReport): object {
  return {
    ...state,
    since: new Date(since).toISOString(),
    ...(lastEnd !== undefined && { lastEnd }),
    links: diagnostics.links.map(withTime),
    devices: diagnostics.devices.map(withTime),
  };
}

function withTime(part: { readonly since: number }): object {
  return { ...part, since: new Date(part.since).toISOString() };
}
