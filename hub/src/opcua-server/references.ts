/** What Browse and TranslateBrowsePaths answer for the UNS: which nodes hang where. Made anew each time; nothing is kept. */
import type {
  BrowseDescription,
  NodeId,
  ReferenceDescription,
  StatusCode,
} from "node-opcua-client";
import { ROOT } from "../tree/index.ts";
import type { Library } from "./library.ts";
import { nodeOf, parentOf, propertiesOf, type UnsNode } from "./node-path.ts";
import {
  browseNameOf,
  isVariable,
  nodeIdOf,
  parentIdOf,
  typeDefinitionOf,
  type Sees,
  type UnsSpace,
} from "./uns-nodes.ts";

/** Reference types of namespace 0. */
const REFERENCES = {
  organizes: 35,
  hasTypeDefinition: 40,
  hasProperty: 46,
  hasComponent: 47,
} as const;
type ReferenceName = keyof typeof REFERENCES;

/** Bits of a browse's result mask. */
const MASK = {
  referenceType: 1,
  isForward: 2,
  nodeClass: 4,
  browseName: 8,
  displayName: 16,
  typeDefinition: 32,
} as const;
const ALL = 63;

/** The folder above the root. */
const OBJECTS = { namespaceIndex: 0, name: "Objects" } as const;

/** Whether references of a type are asked for. */
type Asked = (name: ReferenceName) => boolean;

interface Wanted {
  readonly asked: Asked;
  readonly sees: Sees;
}

export interface BrowseQuestion {
  readonly node: UnsNode;
  readonly browse: BrowseDescription;
  /** What is not seen hangs nowhere. */
  readonly sees: Sees;
}

/** Of something that was looked at: `undefined` when it is not asked for, or not to be seen. */
type Looked = ReferenceDescription | undefined;

/** The references of a node that the browse asks for, each made when its turn comes; or why there is no answer. */
export function referencesOf(
  space: UnsSpace,
  question: BrowseQuestion,
): Generator<Looked, void> | StatusCode {
  const { referenceTypeId, includeSubtypes } = question.browse;
  const asked = askedTypes(space, referenceTypeId, includeSubtypes);
  return asked === undefined
    ? space.library.StatusCodes.BadReferenceTypeIdInvalid
    : referencesMade(space, question, asked);
}

function* referencesMade(
  space: UnsSpace,
  { node, browse, sees }: BrowseQuestion,
  asked: Asked,
): Generator<Looked, void> {
  const { BrowseDirection } = space.library;
  if (browse.browseDirection !== BrowseDirection.Inverse) {
    for (const down of forward(space, node, { asked, sees })) {
      const isAsked = down !== undefined && isClassAsked(browse, down);
      yield isAsked ? masked(space, browse, down) : undefined;
    }
  }
  if (browse.browseDirection === BrowseDirection.Forward) return;
  const up = upwards(space, node, asked);
  if (up !== undefined && isClassAsked(browse, up)) yield masked(space, browse, up);
}

/** Of namespace 0, by number. A type that is none is `undefined`; no type means all. */
function askedTypes(
  { addressSpace, library }: UnsSpace,
  typeId: NodeId,
  includeSubtypes: boolean,
): Asked | undefined {
  if (typeId.isEmpty()) return () => true;
  const wanted = addressSpace.findReferenceType(typeId);
  if (wanted === null) return undefined;
  return (name) => {
    const ours = addressSpace.findReferenceType(library.makeNodeId(REFERENCES[name], 0));
    if (ours === null) return false;
    return ours === wanted || (includeSubtypes && ours.isSubtypeOf(wanted));
  };
}

function* forward(space: UnsSpace, node: UnsNode, wish: Wanted): Generator<Looked> {
  const { asked } = wish;
  if (asked("hasTypeDefinition")) yield typeReference(space, node);
  if (node.kind === "metric" && asked("hasProperty")) {
    for (const name of propertiesOf(space.tree, node.row)) {
      const property: UnsNode = { kind: "property", row: node.row, name };
      yield reference(space, { name: "hasProperty", isForward: true }, property);
    }
  }
  if (!isVariable(node)) yield* children(space, node, wish);
}

function* children(space: UnsSpace, node: UnsNode, { asked, sees }: Wanted): Generator<Looked> {
  const [branches, metrics] = [asked("organizes"), asked("hasComponent")];
  if (!branches && !metrics) return;
  for (const row of space.tree.rows.children(node.kind === "root" ? ROOT : node.row)) {
    const child = sees(row) ? nodeOf(space.tree, row) : undefined;
    const isAsked = child?.kind === "metric" ? metrics : branches;
    yield child !== undefined && isAsked
      ? reference(space, { name: nameOf(child), isForward: true }, child)
      : undefined;
  }
}

/** By which reference a node hangs below its parent. */
function nameOf({ kind }: UnsNode): "organizes" | "hasComponent" | "hasProperty" {
  if (kind === "property") return "hasProperty";
  return kind === "metric" ? "hasComponent" : "organizes";
}

function upwards(space: UnsSpace, node: UnsNode, asked: Asked): ReferenceDescription | undefined {
  const name = nameOf(node);
  if (!asked(name)) return undefined;
  const parent = parentOf(space.tree, node);
  if (parent !== undefined) return reference(space, { name, isForward: false }, parent);
  const { library } = space;
  return new library.ReferenceDescription({
    referenceTypeId: library.makeNodeId(REFERENCES[name], 0),
    isForward: false,
    nodeId: library.makeExpandedNodeId(parentIdOf(space, node)),
    browseName: OBJECTS,
    displayName: { text: OBJECTS.name },
    nodeClass: classOf(library, "Object"),
    typeDefinition: library.makeExpandedNodeId(typeDefinitionOf(space, node)), // both are folders
  });
}

function reference(
  space: UnsSpace,
  { name, isForward }: { readonly name: ReferenceName; readonly isForward: boolean },
  target: UnsNode,
): ReferenceDescription {
  const { library } = space;
  const browseName = browseNameOf(space, target);
  return new library.ReferenceDescription({
    referenceTypeId: library.makeNodeId(REFERENCES[name], 0),
    isForward,
    nodeId: library.makeExpandedNodeId(nodeIdOf(space, target)),
    browseName,
    displayName: { text: browseName.name },
    nodeClass: classOf(library, isVariable(target) ? "Variable" : "Object"),
    typeDefinition: library.makeExpandedNodeId(typeDefinitionOf(space, target)),
  });
}

function typeReference(space: UnsSpace, node: UnsNode): ReferenceDescription {
  const { library, addressSpace } = space;
  const nodeId = typeDefinitionOf(space, node);
  const type = addressSpace.findNode(nodeId);
  return new library.ReferenceDescription({
    referenceTypeId: library.makeNodeId(REFERENCES.hasTypeDefinition, 0),
    isForward: true,
    nodeId: library.makeExpandedNodeId(nodeId),
    browseName: type?.browseName ?? null,
    displayName: type?.displayName[0] ?? null,
    nodeClass: classOf(library, isVariable(node) ? "VariableType" : "ObjectType"),
  });
}

function classOf(
  { NodeClass }: Library,
  name: "Object" | "Variable" | "ObjectType" | "VariableType",
): ReferenceDescription["nodeClass"] {
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the library has this enum twice, number for number
  return NodeClass[name];
}

function isClassAsked(
  { nodeClassMask }: BrowseDescription,
  { nodeClass }: ReferenceDescription,
): boolean {
  return nodeClassMask === 0 || (nodeClassMask & nodeClass) !== 0;
}

/** Fields that nobody asked for are left at their null values. */
function masked(
  { library }: UnsSpace,
  { resultMask }: BrowseDescription,
  full: ReferenceDescription,
): ReferenceDescription {
  if ((resultMask & ALL) === ALL) return full;
  const has = (bit: number): boolean => (resultMask & bit) !== 0;
  return new library.ReferenceDescription({
    nodeId: full.nodeId,
    ...(has(MASK.referenceType) && { referenceTypeId: full.referenceTypeId }),
    ...(has(MASK.isForward) && { isForward: full.isForward }),
    ...(has(MASK.nodeClass) && { nodeClass: full.nodeClass }),
    ...(has(MASK.browseName) && { browseName: full.browseName }),
    ...(has(MASK.displayName) && { displayName: full.displayName }),
    ...(has(MASK.typeDefinition) && { typeDefinition: full.typeDefinition }),
  });
}
