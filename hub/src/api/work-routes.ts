/** `/api/v1/adapters/:name/work`: what an adapter asks of its devices, request by request. */
import { z } from "zod";
import { ConfigError, describeProblem, type AdapterPlan } from "@unshub/adapter";
import { ConfigurationError, type Configuration } from "../configuration/index.ts";
import { describeAdapter } from "../supervisor/index.ts";
import { told } from "./configuration-routes.ts";
import { problem } from "./problem.ts";
import type { Routes } from "./routes.ts";
import { entryOf, noAdapter, type Entry } from "./tag-entry.ts";

export interface WorkRoutes {
  readonly configuration: Configuration;
}

const request = z.object({
  what: z.string().describe("In the words of the protocol: FC3 hr:100..220"),
  group: z.string(),
  intervalMs: z.number().optional().describe("Left out: on demand only"),
  tags: z.int(),
  bytes: z.number().optional(),
  unusedBytes: z.number().optional().describe("Of these, what no tag asked for"),
  wireMs: z.number().optional().describe("On the wire; of serial links"),
});
const link = z.object({
  name: z.string(),
  address: z.string(),
  requestsPerSecond: z.number(),
  busLoad: z.number().optional().describe("0 to 1 and above; of serial links"),
  devices: z.array(z.object({ deviceId: z.string(), tags: z.int(), requests: z.array(request) })),
});
export const workSchema = z.object({
  links: z.array(link),
  warnings: z.array(z.string()).describe("What is allowed and probably not meant"),
  problems: z.array(z.string()).describe("What can never work"),
});

export function addWorkRoutes(routes: Routes, { configuration }: WorkRoutes): void {
  routes.add({
    method: "GET",
    path: "/api/v1/adapters/:name/work",
    tag: "Adapters",
    needs: "read diagnostics",
    summary: "What an adapter asks of its devices: each request, how often, for how many tags",
    params: z.object({ name: z.string() }),
    answers: { 200: workSchema },
    problems: [404, 409],
    handle: ({ params: { name }, caller }) =>
      told(async () => {
        const entry = entryOf(configuration, caller, name);
        if (entry === undefined) return noAdapter(name);
        const work = await workOf(entry);
        return work ?? problem(409, `${entry.protocol} does not tell what it asks`);
      }),
  });
}

/** Nothing where there is no entry, or its protocol does not tell. @throws {ConfigurationError} when its files are broken by now */
export async function workOf(
  entry: Entry | undefined,
): Promise<z.output<typeof workSchema> | undefined> {
  if (entry === undefined) return undefined;
  try {
    const plan = await describeAdapter(entry.protocol, entry.input, entry);
    return plan === undefined ? undefined : shown(plan);
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new ConfigurationError(cause.message, { cause });
  }
}

function shown({ links, warnings, problems = [] }: AdapterPlan): z.output<typeof workSchema> {
  return {
    links: links.map(({ devices, ...rest }) => ({
      ...rest,
      devices: devices.map((device) => ({ ...device, requests: [...device.requests] })),
    })),
    warnings: warnings.map(describeProblem),
    problems: problems.map(describeProblem),
  };
}
