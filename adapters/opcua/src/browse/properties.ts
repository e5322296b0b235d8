/** The properties of variables: where a server keeps units, ranges and the names of values. */
import type { BrowseResult, ClientSession, NodeId } from "node-opcua-client";
import { ChunkSize, inChunks } from "../chunks.ts";
import { callLimit, type ServerFacts } from "../connect/server-facts.ts";

const HAS_PROPERTY = "i=46";
const FORWARD = 0;
const VARIABLE = 2;
const ALL_FIELDS = 63;
const CALL_MS = 10_000;

/** By browse name, for each node in their order. Rejects when a whole call fails. */
export async function propertiesOf(
  session: Pick<ClientSession, "browse">,
  nodes: readonly NodeId[],
  server: ServerFacts,
): Promise<readonly ReadonlyMap<string, NodeId>[]> {
  const chunk = new ChunkSize(callLimit(server, "browse"));
  const results = await inChunks(nodes, chunk, {
    what: "reading properties",
    withinMs: CALL_MS,
    call: (part) =>
      session.browse(
        part.map((nodeId) => ({
          nodeId,
          referenceTypeId: HAS_PROPERTY,
          browseDirection: FORWARD,
          includeSubtypes: true,
          nodeClassMask: VARIABLE,
          resultMask: ALL_FIELDS,
        })),
      ),
  });
  return results.map(namesOf);
}

function namesOf({ references }: BrowseResult): ReadonlyMap<string, NodeId> {
  return new Map(
    (references ?? []).map(({ browseName, nodeId }) => [browseName.name ?? "", nodeId]),
  );
}
