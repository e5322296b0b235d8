/**
 * Which node of the server a tag means now. Indices of namespaces and numeric ids may be others after each restart of a
 * server; so everything is looked up anew at each connection, before a value is read.
 */
import type { BrowsePathResult, ClientSession, NodeId } from "node-opcua-client";
import type { NodePlace } from "../data-config.ts";
import type { BrowsePath, PathStep } from "../config/browse-path.ts";
import { callSize, type ServerFacts } from "../connect/server-facts.ts";
import type { Library } from "../library.ts";
import { locateNode, namespaceIndex, type Namespaces } from "../node-id.ts";

/** A node of the server, or the short stable word that says why there is none. */
export type ResolvedNode = { readonly nodeId: NodeId } | { readonly reason: string };

/** What is asked, and what is known of the server. */
export interface Resolver {
  readonly session: Pick<ClientSession, "translateBrowsePath">;
  readonly server: ServerFacts;
  readonly library: Library;
}

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
  resolver: Resolver,
  places: readonly NodePlace[],
): Promise<readonly ResolvedNode[]> {
  const paths = new Map<string, BrowsePath>();
  for (const place of places) {
    if ("path" in place) paths.set(JSON.stringify(place.path), place);
  }
  const translated = await translate(resolver, paths);
  return places.map((place) => {
    if ("path" in place) return translated.get(JSON.stringify(place.path)) ?? MISSING;
    const id = locateNode(place, resolver.server);
    return id === undefined ? MISSING : { nodeId: resolver.library.coerceNodeId(id) };
  });
}

/** Each path once, in as few calls as the server takes. */
async function translate(
  { session, server }: Resolver,
  paths: ReadonlyMap<string, BrowsePath>,
): Promise<ReadonlyMap<string, ResolvedNode>> {
  const found = new Map<string, ResolvedNode>();
  const askable = [...paths].flatMap(([key, path]) => {
    const elements = elementsOf(path.path, server);
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
  if (target !== undefined) return { nodeId: target };
  return { reason: `opcua_${result?.statusCode.name ?? "BadNoMatch"}` };
}

/** `undefined` when the server does not have the namespace of a step. */
function elementsOf(steps: readonly PathStep[], server: Namespaces): PathElement[] | undefined {
  const elements: PathElement[] = [];
  for (const { namespace, name } of steps) {
    const index = namespaceIndex(namespace, server);
    if (index === undefined) return undefined;
    elements.push({
      referenceTypeId: HIERARCHICAL_REFERENCES,
      isInverse: false,
      includeSubtypes: true,
      targetName: { namespaceIndex: index, name },
    });
  }
  return elements;
}
