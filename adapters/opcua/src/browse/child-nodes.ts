/** The children of one node, for a tree that a person unfolds: what each is, what it is worth now, how it would be a tag. */
import type { NodeLook, NodesAnswer } from "@unshub/adapter";
import type { DataValue, NodeId } from "node-opcua-client";
import { builtInType, type BuiltInType } from "../built-in-types.ts";
import { ChunkSize } from "../chunks.ts";
import { callLimit } from "../connect/server-facts.ts";
import type { BrowseRule } from "../config.ts";
import { byUri, nodeAddressText, parseNodeAddress } from "../node-id.ts";
import { readAttributes } from "../values/data-types.ts";
import { fromRaw } from "../values/scalar.ts";
import { describeNodes, type NodeDescription } from "./describe-nodes.ts";
import { HIERARCHICAL_REFERENCES, type SearchOptions } from "./find-tags.ts";
import { resolveNodes } from "./resolve-nodes.ts";
import { cleanLevel } from "./tag-names.ts";
import { unseenText, walk, type WalkedNode } from "./walk.ts";

type Place = Pick<SearchOptions, "session" | "server" | "library" | "signal">;

/** More than anybody reads; the rest is found by browsing with a filter. */
const MOST_NODES = 2000;
const LONGEST_TEXT = 200;
/** Ids of attributes: what a variable holds, of which type, and whether it is a list. */
const SAID = [13, 14, 15] as const;
const SCALAR_RANK = -1;
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
  const { nodes, cutBy, unseen } = await walk({
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
    problems: [
      ...(cutBy === undefined
        ? []
        : [`there are more than ${MOST_NODES} nodes; the rest is left out`]),
      ...(unseen === undefined ? [] : [unseenText(unseen)]),
    ],
  };
}

interface Said {
  readonly description: NodeDescription;
  readonly answer: DataValue | undefined;
  /** `undefined`: of a type of the server's own. */
  readonly type: BuiltInType | undefined;
  readonly isScalar: boolean;
}

async function variablesSaid(
  { session, server, library }: Place,
  nodes: readonly WalkedNode[],
): Promise<ReadonlyMap<WalkedNode, Said>> {
  const variables = nodes.filter(({ isVariable }) => isVariable);
  const descriptions = await describeNodes(session, variables, { server, withAccess: true });
  const wanted = variables.flatMap(({ nodeId }) =>
    SAID.map((attributeId) => ({ nodeId, attributeId })),
  );
  const chunk = new ChunkSize(callLimit(server, "read"));
  const answers = await readAttributes({ session, library }, wanted, chunk);
  return new Map(
    variables.flatMap((node, index) => {
      const description = descriptions[index];
      if (description === undefined) return [];
      const [answer, type, rank] = answers.slice(index * SAID.length);
      const isScalar = (rank?.value.value ?? SCALAR_RANK) === SCALAR_RANK;
      return [[node, { description, answer, type: typeIn(type), isScalar }]];
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
  const { description, answer, type, isScalar } = own;
  return [
    {
      ...base,
      kind: "variable",
      ...(type !== undefined && { type: `${type.name}${isScalar ? "" : "[]"}` }),
      ...valueIn(answer, isScalar ? type : undefined),
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

function typeIn(answer: DataValue | undefined): BuiltInType | undefined {
  const dataType: unknown = answer?.value.value;
  // The library's node ids have a toString that writes ns=…;i=…
  // oxlint-disable-next-line no-base-to-string
  const id = /^(?:ns=0;)?i=(\d+)$/.exec(String(dataType))?.[1];
  return id === undefined ? undefined : builtInType(Number(id));
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
