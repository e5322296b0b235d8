/**
 * Which node of the server a tag means now. Indices of namespaces and numeric ids may be others after each restart of a
 * server; so everything is looked up anew at each connection, before a value is read.
 */
import type { BrowsePathResult, ClientSession, NodeIdLike } from "node-opcua-client";
import type { NodePlace } from "../config.ts";
import type { BrowsePath, PathStep } from "../config/browse-path.ts";
import { callSize, type ServerFacts } from "../connect/server-facts.ts";
import { locateNode } from "../node-id.ts";

/** A node of the server, or the short stable word that says why there is none. */
export type ResolvedNode = { readonly nodeId: NodeIdLike } | { readonly reason: string };

/** The service that is asked. */
export type PathSession = Pick<ClientSession, "translateBrowsePath">;

/** One step as the service takes it. */
interface PathElement {
  readonly referenceTypeId: string;
  readonly isInverse: boolean;
  readonly includeSubtypes: boolean;
  readonly targetName: { readonly namespaceIndex: number; readonly name: string };
}

const ROOT_FOLDER = "i=84";
const HIERARCHICAL_REFERENCES = "i=33";
const MISSING: ResolvedNode = { reason: "namespace_missing" };

/** One answer for each place, in their order. Rejects when a whole call fails. */
export async function resolveNodes(
  session: PathSession,
  places: readonly NodePlace[],
  server: ServerFacts,
): Promise<readonly ResolvedNode[]> {
  const paths = new Map<string, BrowsePath>();
  for (const place of places) {
    if ("path" in place) paths.set(JSON.stringify(place.path), place);
  }
  const translated = await translate(session, paths, server);
  return places.map((place) => {
    if ("path" in place) return translated.get(JSON.stringify(place.path)) ?? MISSING;
    const nodeId = locateNode(place, server.namespaces);
    return nodeId === undefined ? MISSING : { nodeId };
  });
}

/** Each path once, in as few calls as the server takes. */
async function translate(
  session: PathSession,
  paths: ReadonlyMap<string, BrowsePath>,
  server: ServerFacts,
): Promise<ReadonlyMap<string, ResolvedNode>> {
  const found = new Map<string, ResolvedNode>();
  const askable = [...paths].flatMap(([key, path]) => {
    const elements = elementsOf(path.path, server.namespaces);
    return elements === undefined ? [] : [{ key, elements }];
  });
  const size = callSize(server, "translate");
  for (let start = 0; start < askable.length; start += size) {
    const chunk = askable.slice(start, start + size);
    const answers = await session.translateBrowsePath(
      chunk.map(({ elements }) => ({ startingNode: ROOT_FOLDER, relativePath: { elements } })),
    );
    for (const [index, { key }] of chunk.entries()) found.set(key, answerOf(answers[index]));
  }
  return found;
}

function answerOf(result: BrowsePathResult | undefined): ResolvedNode {
  const target = result?.targets?.[0]?.targetId;
  if (result === undefined) return { reason: "opcua_BadNoMatch" };
  if (target === undefined) return { reason: `opcua_${result.statusCode.name}` };
  return { nodeId: target };
}

/** `undefined` when the server does not have the namespace of a step. */
function elementsOf(
  steps: readonly PathStep[],
  namespaces: readonly string[],
): PathElement[] | undefined {
  const elements: PathElement[] = [];
  for (const { namespace, name } of steps) {
    const index = "uri" in namespace ? namespaces.indexOf(namespace.uri) : namespace.index;
    if (index < 0 || index >= namespaces.length) return undefined;
    elements.push({
      referenceTypeId: HIERARCHICAL_REFERENCES,
      isInverse: false,
      includeSubtypes: true,
      targetName: { namespaceIndex: index, name },
    });
  }
  return elements;
}
