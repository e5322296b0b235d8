/** `/api/v1/adapters/:name/browse`, `…/nodes` and `…/registers`: what is in a device, for whoever makes tags. */
import { z } from "zod";
import type { LookAnswer, LookQuestion, RawAnswer } from "@unshub/adapter";
import type { Supervisor } from "../supervisor/index.ts";
import type { UnsTree } from "../tree/index.ts";
import { problem, Problem } from "./problem.ts";
import { readsMember, readsNode } from "./reading.ts";
import { trialStep } from "./trial-routes.ts";
import type { Asked, RouteHead, Routes } from "./routes.ts";
import { moment } from "./shapes.ts";
import { pathOfTag, tagNow, tagNowAt } from "./tag-now.ts";

export interface LookRoutes {
  readonly adapters: Pick<Supervisor, "accounts" | "look">;
  readonly tree: UnsTree;
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

export function addLookRoutes(routes: Routes, { adapters, tree }: LookRoutes): void {
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
  addReading(routes, adapters);
  addRaw(routes, { adapters, tree });
}

function addReading(routes: Routes, adapters: LookRoutes["adapters"]): void {
  routes.add({
    ...SHARED,
    path: "/api/v1/adapters/:name/reading",
    summary: "Reads the first tag of a device at once, over the connection of the running adapter",
    params,
    body: z.strictObject({ device: z.string().max(1000) }),
    answers: { 200: z.object({ kind: z.literal("once"), step: trialStep }) },
    handle: ({ params: { name }, body: { device: deviceId }, caller }) =>
      looked(adapters, { caller, name }, { kind: "once", deviceId }),
  });
}

const span = z.object({ askedMs: z.number(), grantedMs: z.number() });
/** As many as fit on the largest screen. */
const MOST_RAW = 200;

function addRaw(routes: Routes, { adapters, tree }: LookRoutes): void {
  routes.add({
    ...SHARED,
    needs: "read diagnostics",
    path: "/api/v1/adapters/:name/raw",
    summary: "What the values of some tags were made of; kept for ten seconds after each question",
    params,
    body: z.strictObject({
      device: z.string().max(1000),
      tags: z.array(z.string().max(1000)).max(MOST_RAW).describe("Names, as in the device"),
    }),
    answers: {
      200: z.object({
        kind: z.literal("raw"),
        raws: z
          .array(
            z.object({
              tag: z.string(),
              raw: z.string().describe("Modbus: bytes in hex. OPC UA: the value as it was sent"),
              type: z.string().optional().describe("OPC UA: as the server names it"),
              status: z
                .object({ code: z.int(), name: z.string() })
                .optional()
                .describe("OPC UA: the status code of the value"),
              at: moment.describe("When it came"),
              sampling: span.optional().describe("OPC UA: how often the server looks at it"),
              publishing: span.optional().describe("OPC UA: how often it sends changes"),
              now: tagNow.optional().describe("What it made; left out: it was never born"),
            }),
          )
          .describe("Of the others it is there after their next reading"),
      }),
    },
    handle: async ({ params: { name }, body: { device: deviceId, tags }, caller }) => {
      const account = accountOf(adapters, { caller, name });
      const answer = await looked(adapters, { caller, name }, { kind: "raw", deviceId, tags });
      if (account === undefined || answer instanceof Problem || answer.kind !== "raw")
        return answer;
      return withNow(answer, (tag) => tagNowAt(tree, pathOfTag(account, deviceId, tag)));
    },
  });
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

/** Value and bytes told together belong together; asked for one by one they would be of two readings. */
function withNow({ raws, ...answer }: RawAnswer, nowOf: (tag: string) => unknown) {
  return {
    ...answer,
    raws: raws.map((raw) => {
      const now = nowOf(raw.tag);
      return now === undefined ? raw : { ...raw, now };
    }),
  };
}

type AskedAdapter = Pick<Asked<unknown, unknown, unknown>, "caller"> & { readonly name: string };

function accountOf(adapters: LookRoutes["adapters"], { caller, name }: AskedAdapter) {
  const account = adapters.accounts().find(({ adapter }) => adapter === name);
  if (account === undefined) return undefined;
  return readsNode(caller, account.groupId, account.edgeNodeId) ? account : undefined;
}

async function looked(
  adapters: LookRoutes["adapters"],
  asked: AskedAdapter,
  question: LookQuestion,
): Promise<LookAnswer | Problem> {
  const { name, caller } = asked;
  const account = accountOf(adapters, asked);
  if (account === undefined) return problem(404, `there is no adapter "${name}"`);
  const { groupId: group, edgeNodeId: edgeNode } = account;
  const device = question.kind === "nodes" ? undefined : question.deviceId;
  if (device !== undefined && !readsMember(caller, { group, edgeNode, device })) {
    return problem(404, `there is no device "${device}"`); // its values would be seen
  }
  const answer = await adapters.look(name, question);
  if (answer === undefined) return problem(404, `there is no adapter "${name}"`);
  return typeof answer === "string" ? problem(409, `not seen: ${answer}`) : answer;
}
