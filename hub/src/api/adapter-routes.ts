/** `/api/v1/adapters`: how adapters, links and devices stand, and the protocol trace of a link. */
import { z } from "zod";
import type { Access } from "../identity/index.ts";
import { traceText, type AdapterReport, type Supervisor } from "../supervisor/index.ts";
import { problem } from "./problem.ts";
import { readsNode } from "./reading.ts";
import type { RouteHead, Routes } from "./routes.ts";
import { moment } from "./shapes.ts";
import type { Caller } from "./who.ts";

export interface AdapterRoutes {
  readonly adapters: Pick<Supervisor, "reports" | "trace" | "setTrace" | "accounts" | "look">;
  readonly access: Pick<Access, "note">;
  readonly now: () => number;
}

const nameParams = z.object({ name: z.string() });
const linkParams = z.object({ name: z.string(), link: z.string() });
const TRACE_PATH = "/api/v1/adapters/:name/links/:link/trace";

const adapter = z.looseObject({
  name: z.string(),
  protocol: z.string(),
  status: z.string(),
  since: z.iso.datetime(),
  links: z.array(z.looseObject({ since: z.iso.datetime() })),
  devices: z.array(z.looseObject({ since: z.iso.datetime() })),
});

const READING = {
  method: "GET",
  tag: "Adapters",
  needs: "read diagnostics",
} as const satisfies Partial<RouteHead>;

export function addAdapterRoutes(routes: Routes, { adapters, access, now }: AdapterRoutes): void {
  const reportsFor = async (caller: Caller) => await seenReports(adapters, caller);
  routes.add({
    ...READING,
    path: "/api/v1/adapters",
    summary: "All adapters with their links and devices",
    answers: { 200: z.object({ adapters: z.array(adapter), now: moment }) },
    handle: async ({ caller }) => ({
      adapters: (await reportsFor(caller)).map(shown),
      now: now(),
    }),
  });
  routes.add({
    ...READING,
    path: "/api/v1/adapters/:name",
    summary: "One adapter",
    params: nameParams,
    answers: { 200: adapter },
    problems: [404],
    handle: async ({ params: { name }, caller }) => {
      const report = (await reportsFor(caller)).find((each) => each.name === name);
      return report === undefined ? problem(404, `there is no adapter "${name}"`) : shown(report);
    },
  });
  addTraceRoutes(routes, { adapters, access });
}

/** Of the adapters whose edge node the caller may read. */
async function seenReports(
  adapters: AdapterRoutes["adapters"],
  caller: Caller,
): Promise<readonly AdapterReport[]> {
  const reports = await adapters.reports();
  return reports.filter(({ groupId, edgeNodeId }) => readsNode(caller, groupId, edgeNodeId));
}

function addTraceRoutes(routes: Routes, { adapters, access }: Omit<AdapterRoutes, "now">): void {
  const isSeen = async (caller: Caller, name: string): Promise<boolean> =>
    (await seenReports(adapters, caller)).some((report) => report.name === name);
  routes.add({
    ...READING,
    path: TRACE_PATH,
    summary: "The last frames of a link, as text to be sent to whoever helps",
    params: linkParams,
    answers: { 200: { type: "text/plain", description: "One frame a line" } },
    problems: [404],
    handle: async ({ params: { name, link }, caller, reply }) => {
      const frames = (await isSeen(caller, name)) ? await adapters.trace(name, link) : undefined;
      if (frames === undefined) return problem(404, noSuch(name, link));
      const file = `${name}-${link}.txt`.replaceAll(/[^\w.-]/g, "_");
      void reply
        .type("text/plain; charset=utf-8")
        .header("content-disposition", `attachment; filename="${file}"`);
      return traceText(frames);
    },
  });
  routes.add({
    method: "PUT",
    path: TRACE_PATH,
    tag: "Adapters",
    summary: "Switches the trace of a link on or off",
    needs: "edit configuration",
    params: linkParams,
    body: z.strictObject({ on: z.boolean() }),
    answers: { 200: z.object({ on: z.boolean() }) },
    problems: [404],
    handle: async ({ params: { name, link }, body: { on }, caller }) => {
      if (!(await isSeen(caller, name))) return problem(404, noSuch(name, link));
      const object = `adapter ${name}, link ${link}`;
      access.note(caller.changer, { action: "trace", object, after: { on }, result: "asked" });
      const isKnown = await adapters.setTrace(name, link, on);
      return isKnown ? { on } : problem(404, noSuch(name, link));
    },
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
