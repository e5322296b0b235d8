/** `/api/v1/adapters/:name/browse`, `…/nodes` and `…/registers`: what is in a device, for whoever makes tags. */
import { z } from "zod";
import type { LookQuestion } from "@unshub/adapter";
import type { Supervisor } from "../supervisor/index.ts";
import { problem } from "./problem.ts";
import { readsNode } from "./reading.ts";
import type { Asked, RouteHead, Routes } from "./routes.ts";

export interface LookRoutes {
  readonly adapters: Pick<Supervisor, "accounts" | "look">;
}

const params = z.object({ name: z.string() });
const SHARED = {
  method: "POST",
  tag: "Adapters",
  needs: "edit configuration",
  problems: [404, 409],
} as const satisfies Partial<RouteHead>;

const register = z.object({
  at: z.string(),
  type: z.string(),
  byteOrder: z.string(),
  registers: z.int(),
  value: z.unknown().optional().describe("64-bit integers as text"),
  reason: z.string().optional().describe("Why there is no value"),
  scale: z.number().optional().describe("value × scale is what was seen"),
});

const node = z.object({
  node: z.string().describe("As in a tag"),
  name: z.string(),
  kind: z.enum(["object", "variable"]),
  mayHaveChildren: z.boolean(),
  type: z.string().optional(),
  value: z.unknown().optional().describe("64-bit integers as text"),
  reason: z.string().optional().describe("Why there is no value"),
  tag: z.record(z.string(), z.unknown()).optional().describe("Left out: it cannot be read"),
});

export function addLookRoutes(routes: Routes, { adapters }: LookRoutes): void {
  routes.add({
    ...SHARED,
    path: "/api/v1/adapters/:name/browse",
    summary: "What the server or device of an adapter has, as tags that could be written",
    params,
    body: z.strictObject({
      device: z.string().max(1000).optional().describe("Modbus: which one, when there are several"),
      root: z
        .string()
        .min(1)
        .max(4000)
        .optional()
        .describe("OPC UA: a path or node, /Objects. Modbus: registers, hr:0..199"),
      include: z
        .array(z.string().min(1).max(1000))
        .min(1)
        .max(100)
        .optional()
        .describe("OPC UA: patterns of paths, **"),
      depth: z.int().min(1).max(100).optional().describe("OPC UA: steps below the root, 12"),
      maxNodes: z.int().min(1).max(20_000).default(2000),
    }),
    answers: {
      200: z.object({
        kind: z.literal("browse"),
        tags: z.array(z.record(z.string(), z.unknown())),
        problems: z.array(z.string()),
      }),
    },
    handle: ({ params: { name }, body: { device: deviceId, ...asked }, caller }) =>
      looked(adapters, { caller, name }, { kind: "browse", deviceId, ...asked }),
  });
  routes.add({
    ...SHARED,
    path: "/api/v1/adapters/:name/nodes",
    summary: "What a node of a server holds, with values, as tags that could be written (OPC UA)",
    params,
    body: z.strictObject({ parent: z.string().min(1).max(4000).default("/Objects") }),
    answers: {
      200: z.object({
        kind: z.literal("nodes"),
        nodes: z.array(node),
        problems: z.array(z.string()),
      }),
    },
    handle: ({ params: { name }, body, caller }) =>
      looked(adapters, { caller, name }, { kind: "nodes", ...body }),
  });
  addRegisters(routes, adapters);
}

function addRegisters(routes: Routes, adapters: LookRoutes["adapters"]): void {
  routes.add({
    ...SHARED,
    path: "/api/v1/adapters/:name/registers",
    summary: "What stands in registers, in every way to read them, or in those that give a value",
    params,
    body: z.strictObject({
      device: z.string().max(1000),
      at: z.string().max(100).describe("As in a tag: hr:100"),
      count: z.int().min(1).max(125).default(4),
      seen: z.number().optional().describe("What a display shows: where and how it is kept"),
      tolerance: z.number().min(0).optional().describe("In the unit of the display; 0.5 %"),
    }),
    answers: {
      200: z.object({
        kind: z.literal("registers"),
        words: z.array(z.int()),
        readings: z.array(register),
      }),
    },
    handle: ({ params: { name }, body: { device: deviceId, ...asked }, caller }) =>
      looked(adapters, { caller, name }, { kind: "registers", deviceId, ...asked }),
  });
}

async function looked(
  adapters: LookRoutes["adapters"],
  { caller, name }: Pick<Asked<unknown, unknown, unknown>, "caller"> & { readonly name: string },
  question: LookQuestion,
): Promise<unknown> {
  const account = adapters.accounts().find(({ adapter }) => adapter === name);
  if (account === undefined || !readsNode(caller, account.groupId, account.edgeNodeId)) {
    return problem(404, `there is no adapter "${name}"`);
  }
  const answer = await adapters.look(name, question);
  return typeof answer === "string" ? problem(409, `not seen: ${answer}`) : answer;
}
