/**
 * `/api/v1/certificates`: the births that the hub keeps, and how to delete those of a node that is gone for good;
 * `/api/v1/rebirths`: who asks which edge node for its births.
 */
import { z } from "zod";
import type { Access } from "../identity/index.ts";
import { problem } from "./problem.ts";
import { readsMember, readsNode } from "./reading.ts";
import type { Asked, Routes } from "./routes.ts";
import { count, moment, pageQuery } from "./shapes.ts";

/** A birth that is kept, and what else is sent of it. */
interface KeptBirth {
  readonly group: string;
  readonly edgeNode: string;
  readonly device: string | undefined;
}

/** What is asked of the hub as Sparkplug Aware MQTT Server. */
export interface AwareReports {
  /** What host applications retained of themselves. */
  hosts(): Iterable<{
    readonly hostId: string;
    readonly online: boolean;
    readonly timestamp: number;
  }>;
  certificates(): Iterable<KeptBirth>;
  /** Answers how many births were deleted. */
  deleteCertificates(
    node: { readonly groupId: string; readonly edgeNodeId: string },
    deviceId: string | undefined,
    by: string,
  ): Promise<number>;
  askForBirths(
    node: { readonly groupId: string; readonly edgeNodeId: string },
    by: string,
  ): Promise<"asked" | "held" | "offline">;
  /** `windowMs`: `undefined` while the rebirth shield is off. */
  rebirths(): {
    readonly windowMs: number | undefined;
    readonly passed: number;
    readonly held: number;
    readonly askings: readonly { readonly edgeNode: string }[];
    /** By `group/node`. */
    readonly byNode: ReadonlyMap<string, { readonly passed: number; readonly held: number }>;
  };
}

export interface AwareRoutes {
  readonly aware: AwareReports;
  readonly access: Access;
  readonly now: () => number;
}

const REBIRTH = "Node Control/Rebirth";

const nodeParams = z.object({ group: z.string(), edgeNode: z.string() });
const deviceParams = nodeParams.extend({ device: z.string() });
const birth = z.looseObject({ id: z.string(), group: z.string(), edgeNode: z.string() });
const shield = z.object({ on: z.boolean(), windowMs: z.number().optional() });

export function addAwareRoutes(routes: Routes, rooms: AwareRoutes): void {
  addRebirth(routes, rooms);
  const { aware } = rooms;
  routes.add({
    method: "GET",
    path: "/api/v1/certificates",
    tag: "Births",
    summary: "The birth certificates that the hub keeps for those who come late",
    needs: "read diagnostics",
    query: pageQuery,
    answers: { 200: z.object({ certificates: z.array(birth), more: z.boolean() }) },
    handle: ({ query, caller }) =>
      page(
        [...aware.certificates()].filter((kept) => readsMember(caller, kept)),
        query,
      ),
  });
  const removing = { method: "DELETE", tag: "Births", needs: "end clients" } as const;
  const answers = { 200: z.object({ deleted: count }) };
  routes.add({
    ...removing,
    path: "/api/v1/certificates/:group/:edgeNode",
    summary: "Deletes the births of an edge node with all its devices",
    params: nodeParams,
    answers,
    problems: [404],
    handle: (asked) => remove(rooms, asked),
  });
  routes.add({
    ...removing,
    path: "/api/v1/certificates/:group/:edgeNode/:device",
    summary: "Deletes the birth of a device",
    params: deviceParams,
    answers,
    problems: [404],
    handle: (asked) => remove(rooms, asked),
  });
  routes.add({
    method: "GET",
    path: "/api/v1/rebirths",
    tag: "Births",
    summary: "Who asks which edge node for its births, and what the shield held back",
    needs: "read diagnostics",
    answers: {
      200: z.object({ shield, passed: count, held: count, askings: z.array(z.looseObject({})) }),
    },
    handle: ({ caller }) => {
      const { windowMs, passed, held, askings } = aware.rebirths();
      const seen = askings.filter(({ edgeNode: name }) => {
        const [group = "", edgeNode = ""] = name.split("/");
        return readsNode(caller, group, edgeNode);
      });
      return { shield: { on: windowMs !== undefined, windowMs }, passed, held, askings: seen };
    },
  });
}

function addRebirth(routes: Routes, { aware, access, now }: AwareRoutes): void {
  routes.add({
    method: "POST",
    path: "/api/v1/rebirths/:group/:edgeNode",
    tag: "Births",
    summary: "Asks an edge node for its births",
    needs: "request rebirth",
    params: nodeParams,
    answers: {
      200: z.object({ outcome: z.enum(["asked", "held", "offline"]), at: moment }),
    },
    problems: [404],
    handle: async ({ params: { group, edgeNode }, caller }) => {
      const name = `${group}/${edgeNode}`;
      const isKnown = Array.from(aware.certificates()).some(
        (kept) => kept.group === group && kept.edgeNode === edgeNode,
      );
      if (!isKnown || !readsNode(caller, group, edgeNode))
        return problem(404, `no births of an edge node ${name} are known`);
      const { rights, principal, changer } = caller;
      if (rights?.mayCommand(`spBv1.0/${group}/NCMD/${edgeNode}`, REBIRTH) === false)
        return problem(403, `no grant lets you ask ${name}: it takes rebirth ${name}`);
      access.note(changer, { action: "request rebirth", object: name, result: "asked" });
      const at = now();
      const outcome = await aware.askForBirths(
        { groupId: group, edgeNodeId: edgeNode },
        principal.id,
      );
      return { outcome, at };
    },
  });
}

async function remove(
  { aware, access }: AwareRoutes,
  {
    params,
    caller,
  }: Pick<
    Asked<z.output<typeof nodeParams> & { readonly device?: string }, unknown, unknown>,
    "params" | "caller"
  >,
): Promise<unknown> {
  const { group: groupId, edgeNode: edgeNodeId, device } = params;
  const name = [groupId, edgeNodeId, ...(device === undefined ? [] : [device])].join("/");
  const nothing = problem(404, `there is no birth certificate of ${name}`);
  if (!readsMember(caller, { group: groupId, edgeNode: edgeNodeId, device })) return nothing;
  access.note(caller.changer, { action: "delete births", object: name, result: "asked" });
  const by = `${caller.principal.id} at ${caller.changer.address}`;
  const deleted = await aware.deleteCertificates({ groupId, edgeNodeId }, device, by);
  return deleted > 0 ? { deleted } : nothing;
}

/** In the order of their names, so that a page can begin after the last one of the page before. */
function page(
  all: Iterable<KeptBirth>,
  { after, limit }: z.output<typeof pageQuery>,
): { readonly certificates: readonly object[]; readonly more: boolean } {
  const following = Array.from(all, (certificate) => ({ id: idOf(certificate), ...certificate }))
    .filter(({ id }) => after === undefined || id > after)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return { certificates: following.slice(0, limit), more: following.length > limit };
}

/** As it is written in commands: no id has a slash. */
function idOf({ group, edgeNode, device }: KeptBirth): string {
  return device === undefined ? `${group}/${edgeNode}` : `${group}/${edgeNode}/${device}`;
}
