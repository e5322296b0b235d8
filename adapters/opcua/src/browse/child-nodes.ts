/** The children of one node, for a tree that a person unfolds: what each is, what it is worth now, how it would be a tag. */
import type { NodeLook, NodesAnswer } from "@unshub/adapter";
import type { DataValue, NodeId } from "node-opcua-client";
import { builtInType, type BuiltInType } from "../built-in-types.ts";
import { ChunkSize, inChunks } from "../chunks.ts";
import { callLimit } from "../connect/server-facts.ts";
import type { BrowseRule } from "../config.ts";
import { byUri, nodeAddressText, parseNodeAddress } from "../node-id.ts";
import { fromRaw } from "../values/scalar.ts";
import { describeNodes, type NodeDescription } from "./describe-nodes.ts";
import { HIERARCHICAL_REFERENCES, type SearchOptions } from "./find-tags.ts";
import { resolveNodes } from "./resolve-nodes.ts";
import { cleanLevel } from "./tag-names.ts";
import { walk, type WalkedNode } from "./walk.ts";

type Place = Pick<SearchOptions, "session" | "server" | "library" | "signal">;

/** More than anybody reads; the rest is found by browsing with a filter. */
const MOST_NODES = 2000;
const LONGEST_TEXT = 200;
const CALL_MS = 10_000;
const VALUE = 13;
const LIMITS = { allowNan: true, maxBytes: 1000 };

/** `group`: of the tags that are proposed. Rejects when the server refuses to be browsed. */
export async function childNodes(
  place: Place,
  parent: BrowseRule["root"],
  group: string,
): Promise<NodesAnswer> {
  const [root] = await resolveNodes(place, [parent]);
  if (root === undefined || "reason" in root) {
    const problem = `the server does not have this node (${root?.reason ?? "no answer"})`;
    return { kind: "nodes", nodes: [], problems: [problem] };
  }
  const { nodes, cutBy } = await walk({
    ...place,
    root: root.nodeId,
    referenceType: HIERARCHICAL_REFERENCES,
    depth: 2,
    maxNodes: MOST_NODES,
    withProperties: false,
    enters: ({ isVariable }) => isVariable, // what an object holds is asked for when somebody unfolds it
  });
  const children = nodes.filter(({ depth }) => depth === 1);
  const parents = new Set(nodes.map((node) => node.parent));
  const said = await variablesSaid(place, children);
  return {
    kind: "nodes",
    nodes: children.flatMap((node) => shown(node, { place, group, parents, said })),
    problems:
      cutBy === undefined ? [] : [`there are more than ${MOST_NODES} nodes; the rest is left out`],
  };
}

interface Said {
  readonly description: NodeDescription;
  readonly answer: DataValue | undefined;
}

async function variablesSaid(
  { session, server }: Place,
  nodes: readonly WalkedNode[],
): Promise<ReadonlyMap<WalkedNode, Said>> {
  const variables = nodes.filter(({ isVariable }) => isVariable);
  const descriptions = await describeNodes(session, variables, { server, withAccess: true });
  const values = await inChunks(variables, new ChunkSize(callLimit(server, "read")), {
    what: "reading values",
    withinMs: CALL_MS,
    call: (part) => session.read(part.map(({ nodeId }) => ({ nodeId, attributeId: VALUE }))),
  });
  return new Map(
    variables.flatMap((node, index) => {
      const description = descriptions[index];
      return description === undefined ? [] : [[node, { description, answer: values[index] }]];
    }),
  );
}

interface Around {
  readonly place: Place;
  readonly group: string;
  /** Nodes below which something was found. */
  readonly parents: ReadonlySet<WalkedNode | undefined>;
  readonly said: ReadonlyMap<WalkedNode, Said>;
}

/** Nothing for ids that cannot be written. */
function shown(node: WalkedNode, { place, group, parents, said }: Around): readonly NodeLook[] {
  const address = addressText(node.nodeId, place);
  if (address === undefined) return [];
  const { isVariable, browseName, displayName } = node;
  const base = {
    node: address,
    name: displayName === "" ? browseName : displayName,
    mayHaveChildren: !isVariable || parents.has(node),
  };
  const own = said.get(node);
  if (own === undefined) return [{ ...base, kind: isVariable ? "variable" : "object" }];
  const { description, answer } = own;
  const type = typeOf(answer);
  return [
    {
      ...base,
      kind: "variable",
      ...(type !== undefined && { type: `${type.name}${isScalar(answer) ? "" : "[]"}` }),
      ...valueIn(answer, isScalar(answer) ? type : undefined),
      ...(description.isReadable && {
        tag: tagOf(description, { name: cleanLevel(browseName), node: address, group }),
      }),
    },
  ];
}

function addressText(nodeId: NodeId, { server }: Place): string | undefined {
  const parsed = parseNodeAddress(nodeId.toString());
  const address = "address" in parsed ? byUri(parsed.address, server.namespaces) : undefined;
  return address === undefined ? undefined : nodeAddressText(address);
}

/** As its value is now; `false` of a list or a table. */
function isScalar(answer: DataValue | undefined): boolean {
  const kind: number = answer?.value.arrayType ?? 0;
  return kind === 0;
}

/** `undefined`: of a type of the server's own, or without a value. */
function typeOf(answer: DataValue | undefined): BuiltInType | undefined {
  const id: number = answer?.value.dataType ?? 0;
  return builtInType(id);
}

/** Lists and structures are told by their type alone. */
function valueIn(
  answer: DataValue | undefined,
  type: BuiltInType | undefined,
): Pick<NodeLook, "value" | "reason"> {
  if (answer === undefined) return {};
  const { statusCode, value } = answer;
  if (statusCode.value >>> 31 === 1) return { reason: statusCode.name };
  if (type === undefined) return {};
  const converted = fromRaw(value.value, type, LIMITS);
  return "reason" in converted ? converted : { value: json(converted.value) };
}

function json(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "string") return value.slice(0, LONGEST_TEXT);
  return typeof value === "boolean" || value === null ? value : undefined;
}

function tagOf(
  { isWritable, unit, description, euRange }: NodeDescription,
  head: { readonly name: string; readonly node: string; readonly group: string },
): NonNullable<NodeLook["tag"]> {
  return {
    ...head,
    access: isWritable ? "rw" : "r",
    ...(unit !== undefined && { unit }),
    ...(description !== undefined && { description }),
    ...(euRange !== undefined && { euRange: [...euRange] }),
  };
}
