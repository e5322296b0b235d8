/**
 * `/api/v1/certificates`: the births that the hub keeps, and how to delete those of a node that is gone for good;
 * `/api/v1/rebirths`: who asks which edge node for its births.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { parsed, problem } from "./answers.ts";

/** A birth that is kept, and what else is sent of it. */
interface KeptBirth {
  readonly group: string;
  readonly edgeNode: string;
  readonly device: string | undefined;
}

/** What is asked of the hub as Sparkplug Aware MQTT Server. */
export interface AwareReports {
  certificates(): Iterable<KeptBirth>;
  /** Answers how many births were deleted. */
  deleteCertificates(
    node: { readonly groupId: string; readonly edgeNodeId: string },
    deviceId: string | undefined,
    by: string,
  ): Promise<number>;
  /** `windowMs`: `undefined` while the rebirth shield is off. */
  rebirths(): {
    readonly windowMs: number | undefined;
    readonly passed: number;
    readonly held: number;
    readonly askings: readonly object[];
  };
}

export interface AwareRoutes {
  readonly aware: AwareReports;
}

const MAX_LIMIT = 1000;

const listQuery = z.object({
  /** The `id` of the last one of the page before. */
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(MAX_LIMIT),
});
const idParams = z.object({
  group: z.string(),
  edgeNode: z.string(),
  device: z.string().optional(),
});

export function addAwareRoutes(server: FastifyInstance, rooms: AwareRoutes): void {
  const { aware } = rooms;
  server.get("/api/v1/certificates", (request, reply) => {
    const query = parsed(listQuery, request.query, reply);
    return query === undefined ? reply : page(aware.certificates(), query);
  });
  server.delete("/api/v1/certificates/:group/:edgeNode", (request, reply) =>
    remove(rooms, request, reply),
  );
  server.delete("/api/v1/certificates/:group/:edgeNode/:device", (request, reply) =>
    remove(rooms, request, reply),
  );
  server.get("/api/v1/rebirths", () => {
    const { windowMs, passed, held, askings } = aware.rebirths();
    return { shield: { on: windowMs !== undefined, windowMs }, passed, held, askings };
  });
}

async function remove(
  { aware }: AwareRoutes,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const { group: groupId, edgeNode: edgeNodeId, device } = idParams.parse(request.params);
  const deleted = await aware.deleteCertificates({ groupId, edgeNodeId }, device, request.ip);
  if (deleted > 0) return { deleted };
  const name = [groupId, edgeNodeId, ...(device === undefined ? [] : [device])].join("/");
  return problem(reply, 404, `there is no birth certificate of ${name}`);
}

/** In the order of their names, so that a page can begin after the last one of the page before. */
function page(
  all: Iterable<KeptBirth>,
  { after, limit }: z.output<typeof listQuery>,
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
