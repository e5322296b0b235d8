/**
 * The nodes of the UNS as OPC UA describes them: names, classes, types and values, made from the tree at the moment they are asked
 * for. Which attributes there are is in `attributes.ts`, which references in `references.ts`.
 */
import type { Logger } from "@unshub/adapter";
import type { DataValue, NodeId, Variant } from "node-opcua-client";
import type { MetricInfo, MetricNow, UnsTree } from "../tree/index.ts";
import type { AddressSpace, Library } from "./library.ts";
import { nodeAt, parentOf, pathOf, type PropertyName, type UnsNode } from "./node-path.ts";
import { statusOf } from "./status.ts";
import { toVariant } from "./to-variant.ts";
import { isNumber } from "./type-table.ts";

/** Numeric identifiers of namespace 0 that this room uses. */
const STANDARD = {
  folderType: 61,
  baseDataVariableType: 63,
  propertyType: 68,
  analogItemType: 2368,
  analogUnitType: 17_497,
  objectsFolder: 85,
  range: 884,
  euInformation: 887,
} as const;

/** No unit of the UN/CEFACT list is claimed: what a birth says is a text. [OPC 10000-8, EUInformation] */
const NO_UNIT_ID = -1;
export const ROOT_NAME = "UNS";

/** What all parts of this room work with. */
export interface UnsSpace {
  readonly tree: UnsTree;
  readonly log: Logger;
  readonly library: Library;
  readonly addressSpace: AddressSpace;
  /** Index and URI of the namespace of the UNS. */
  readonly namespaceIndex: number;
  readonly namespaceUri: string;
}

/** Whether a row is there for whoever asks. */
export type Sees = (row: number) => boolean;

/** The node behind an identifier; `undefined` when it is none of ours, unknown, or not to be seen. */
export function findUnsNode(space: UnsSpace, nodeId: NodeId, sees: Sees): UnsNode | undefined {
  if (nodeId.namespace !== space.namespaceIndex || typeof nodeId.value !== "string") {
    return undefined;
  }
  const node = nodeAt(space.tree, nodeId.value);
  return node === undefined || isSeen(node, sees) ? node : undefined;
}

export function isSeen(node: UnsNode, sees: Sees): boolean {
  return node.kind === "root" || sees(node.row);
}

export function nodeIdOf({ library, tree, namespaceIndex }: UnsSpace, node: UnsNode): NodeId {
  return library.makeNodeId(pathOf(tree, node), namespaceIndex);
}

/** The folder Objects stands above the root. */
export function parentIdOf(space: UnsSpace, node: UnsNode): NodeId {
  const parent = parentOf(space.tree, node);
  return parent === undefined
    ? space.library.makeNodeId(STANDARD.objectsFolder, 0)
    : nodeIdOf(space, parent);
}

/** Properties have names of namespace 0, all else the UNS's. */
export function browseNameOf(
  { tree, namespaceIndex }: UnsSpace,
  node: UnsNode,
): { readonly namespaceIndex: number; readonly name: string } {
  if (node.kind === "root") return { namespaceIndex, name: ROOT_NAME };
  if (node.kind === "property") return { namespaceIndex: 0, name: node.name };
  const name = tree.rows.name(node.row);
  return { namespaceIndex, name: name === "" ? "(no name)" : name }; // of "a//b" the middle
}

export function isVariable(node: UnsNode): boolean {
  return node.kind === "metric" || node.kind === "property";
}

export function typeDefinitionOf({ library, tree }: UnsSpace, node: UnsNode): NodeId {
  return library.makeNodeId(STANDARD[typeName(tree, node)], 0);
}

function typeName(tree: UnsTree, node: UnsNode): keyof typeof STANDARD {
  if (node.kind === "property") return "propertyType";
  if (node.kind !== "metric") return "folderType";
  const info = tree.info(node.row);
  if (info === undefined || !isNumber(info.datatype)) return "baseDataVariableType";
  if (info.low !== undefined && info.high !== undefined) return "analogItemType";
  return info.unit === undefined ? "baseDataVariableType" : "analogUnitType";
}

/** The data type of a property. */
export function propertyTypeOf(library: Library, name: PropertyName): NodeId {
  return library.makeNodeId(name === "EURange" ? STANDARD.range : STANDARD.euInformation, 0);
}

/** Value, quality and time of a metric. A null source time: it was never heard. */
export function metricValue({ library }: UnsSpace, now: MetricNow): DataValue {
  const { DataValue, StatusCodes } = library;
  const { quality, reason, value, timestamp } = now;
  const datatype = now.info.datatype;
  const times = {
    sourceTimestamp: timestamp === undefined ? null : new Date(timestamp),
    serverTimestamp: new Date(),
  };
  const variant =
    datatype === undefined
      ? undefined
      : toVariant(library, datatype, quality === "bad" ? null : value);
  if (variant === undefined)
    return new DataValue({ ...times, statusCode: StatusCodes.BadDataEncodingUnsupported });
  const statusCode = statusOf(library, { quality, reason, isNull: value === null });
  return new DataValue({ ...times, statusCode, value: variant });
}

export function propertyValue(space: UnsSpace, info: MetricInfo, name: PropertyName): DataValue {
  const { DataValue } = space.library;
  const now = new Date();
  const value = structureOf(space, info, name);
  return new DataValue({ value, sourceTimestamp: now, serverTimestamp: now });
}

function structureOf(
  { library, addressSpace, namespaceUri }: UnsSpace,
  { unit = "", low = 0, high = 0 }: MetricInfo,
  name: PropertyName,
): Variant {
  const fields =
    name === "EURange"
      ? { low, high }
      : {
          namespaceUri,
          unitId: NO_UNIT_ID,
          displayName: { text: unit },
          description: { text: unit },
        };
  const value = addressSpace.constructExtensionObject(propertyTypeOf(library, name), fields);
  return new library.Variant({ dataType: library.DataType.ExtensionObject, value });
}
