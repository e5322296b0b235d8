/** What Read answers for a node of the UNS: each attribute that OPC UA has for objects and variables. */
import type { DataValue, Variant } from "node-opcua-client";
import type { Writer } from "../command/index.ts";
import type { MetricInfo } from "../tree/index.ts";
import type { Library } from "./library.ts";
import type { UnsNode } from "./node-path.ts";
import { isWritableType, uaTypeOf } from "./type-table.ts";
import {
  browseNameOf,
  isVariable,
  metricValue,
  nodeIdOf,
  propertyTypeOf,
  propertyValue,
  type UnsSpace,
} from "./uns-nodes.ts";

/** One attribute of one node. */
export interface AttributeQuestion {
  readonly node: UnsNode;
  readonly attributeId: number;
  /** Whether writes are open at all, and to this client. */
  readonly access: Pick<Access, "server" | "mayWrite">;
}

export interface Access {
  readonly server: boolean;
  /** Whether a row is there for this client. */
  readonly sees: (row: number) => boolean;
  /** Whether this client may write a metric. */
  readonly mayWrite: (info: MetricInfo) => boolean;
  /** Puts on record what is written. */
  readonly writer: Writer;
}

/** The number of the attribute Value. */
export const VALUE = 13;
/** Bits of AccessLevel. */
const CURRENT_READ = 1;
const CURRENT_WRITE = 2;
/** ValueRank: one value, one dimension, either. */
const SCALAR = -1;
const ONE_DIMENSION = 1;
const ANY = -2;
/** Any data type. */
const BASE_DATA_TYPE = 24;
/** The tree tells changes at most this often, in milliseconds; see `monitored-metrics.ts`. */
export const FASTEST_MS = 50;

export function readUnsAttribute(space: UnsSpace, question: AttributeQuestion): DataValue {
  const { library } = space;
  const { DataValue, StatusCodes } = library;
  if (question.attributeId === VALUE) return valueOf(space, question.node);
  const value = attributeOf(space, question);
  if (value === undefined) return new DataValue({ statusCode: StatusCodes.BadAttributeIdInvalid });
  return new DataValue({ value, serverTimestamp: new Date() });
}

function valueOf(space: UnsSpace, node: UnsNode): DataValue {
  const { DataValue, StatusCodes } = space.library;
  if (node.kind === "metric") {
    const now = space.tree.metric(node.row);
    return now === undefined
      ? new DataValue({ statusCode: StatusCodes.BadNodeIdUnknown })
      : metricValue(space, now);
  }
  const info = node.kind === "property" ? space.tree.info(node.row) : undefined;
  if (node.kind !== "property" || info === undefined)
    return new DataValue({ statusCode: StatusCodes.BadAttributeIdInvalid });
  return propertyValue(space, info, node.name);
}

/** What makes the value of one attribute. */
type Maker = (space: UnsSpace, question: AttributeQuestion) => Variant;

function attributeOf(space: UnsSpace, question: AttributeQuestion): Variant | undefined {
  const name = space.library.AttributeIds[question.attributeId] ?? "";
  const own = isVariable(question.node) ? OF_VARIABLES : OF_OBJECTS;
  return (OF_ALL.get(name) ?? own.get(name))?.(space, question);
}

const nothing: Maker = ({ library }) => variant(library, "UInt32", 0);

/** By the names that the library has for the attributes. */
const OF_ALL = new Map<string, Maker>([
  ["NodeId", (space, { node }) => variant(space.library, "NodeId", nodeIdOf(space, node))],
  ["NodeClass", ({ library }, { node }) => variant(library, "Int32", classOf(library, node))],
  [
    "BrowseName",
    (space, { node }) => variant(space.library, "QualifiedName", browseNameOf(space, node)),
  ],
  [
    "DisplayName",
    (space, { node }) =>
      variant(space.library, "LocalizedText", { text: browseNameOf(space, node).name }),
  ],
  [
    "Description",
    (space, { node }) =>
      variant(space.library, "LocalizedText", { text: infoOf(space, node)?.description ?? "" }),
  ],
  ["WriteMask", nothing],
  ["UserWriteMask", nothing],
]);

const OF_OBJECTS = new Map<string, Maker>([
  ["EventNotifier", ({ library }) => variant(library, "Byte", 0)],
]);

const OF_VARIABLES = new Map<string, Maker>([
  ["DataType", (space, { node }) => variant(space.library, "NodeId", dataTypeOf(space, node))],
  ["ValueRank", (space, { node }) => variant(space.library, "Int32", rankOf(space, node))],
  ["ArrayDimensions", (space, { node }) => dimensionsOf(space.library, rankOf(space, node))],
  ["AccessLevel", (space, asked) => levelOf(space, asked, { type: "Byte", ofUser: false })],
  ["AccessLevelEx", (space, asked) => levelOf(space, asked, { type: "UInt32", ofUser: false })],
  ["UserAccessLevel", (space, asked) => levelOf(space, asked, { type: "Byte", ofUser: true })],
  [
    "MinimumSamplingInterval",
    ({ library }, { node }) => variant(library, "Double", node.kind === "metric" ? FASTEST_MS : 0),
  ],
  ["Historizing", ({ library }) => variant(library, "Boolean", false)],
]);

function infoOf({ tree }: UnsSpace, node: UnsNode): MetricInfo | undefined {
  return node.kind === "metric" ? tree.info(node.row) : undefined;
}

function classOf({ NodeClass }: Library, node: UnsNode): number {
  return isVariable(node) ? NodeClass.Variable : NodeClass.Object;
}

function dataTypeOf(space: UnsSpace, node: UnsNode): unknown {
  const { library } = space;
  if (node.kind === "property") return propertyTypeOf(library, node.name);
  const datatype = infoOf(space, node)?.datatype;
  const id = datatype === undefined ? BASE_DATA_TYPE : library.DataType[uaTypeOf(datatype).name];
  return library.makeNodeId(id, 0);
}

function rankOf(space: UnsSpace, node: UnsNode): number {
  if (node.kind === "property") return SCALAR;
  const datatype = infoOf(space, node)?.datatype;
  if (datatype === undefined) return ANY;
  return uaTypeOf(datatype).isArray ? ONE_DIMENSION : SCALAR;
}

/** Of an array: of any length. */
function dimensionsOf({ Variant, DataType, VariantArrayType }: Library, rank: number): Variant {
  if (rank !== ONE_DIMENSION) return new Variant();
  const arrayType = VariantArrayType.Array;
  return new Variant({ dataType: DataType.UInt32, arrayType, value: [0] });
}

function levelOf(
  space: UnsSpace,
  { node, access }: AttributeQuestion,
  { type, ofUser }: { readonly type: "Byte" | "UInt32"; readonly ofUser: boolean },
): Variant {
  const info = infoOf(space, node);
  const isWritable = info?.writable === true && isWritableType(info.datatype) && access.server;
  const isOpen = isWritable && (!ofUser || access.mayWrite(info));
  return variant(space.library, type, isOpen ? CURRENT_READ | CURRENT_WRITE : CURRENT_READ);
}

function variant({ Variant, DataType }: Library, type: TypeName, value: unknown): Variant {
  return new Variant({ dataType: DataType[type], value });
}

type TypeName = Exclude<keyof Library["DataType"], number>;
