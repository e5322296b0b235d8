/**
 * What the data types of the tags are: a built-in type, an enumeration with its texts, a structure. Each type is asked
 * for once per connection, however many tags have it.
 */
import type { ClientSession, DataValue, NodeId } from "node-opcua-client";
import { builtInType, type BuiltInType } from "../built-in-types.ts";
import { ChunkSize, inChunks } from "../chunks.ts";
import type { Library } from "../library.ts";
import { member } from "./scalar.ts";

/** Whom types are asked of. */
export interface TypedServer {
  readonly session: ClientSession;
  readonly library: Pick<Library, "BrowseDirection" | "DataValue" | "StatusCodes">;
}

/** What is known of a data type. */
export interface DataTypeFacts {
  /** `undefined`: abstract, or unknown. 22 is a structure. */
  readonly id: number | undefined;
  /** Of enumerations. */
  readonly texts?: ReadonlyMap<number, string>;
}

const DATA_TYPE_DEFINITION = 23;
const VALUE = 13;
const HAS_SUBTYPE = "i=45";
const HAS_PROPERTY = "i=46";
const ENUMERATION = 29;
const INT32 = 6;
const STRUCTURE = 22;
/** Types are derived from types; no server needs more steps than this. */
const MOST_STEPS = 20;
const WITHIN_MS = 10_000;
const UNKNOWN: DataTypeFacts = { id: undefined };

/** The facts about each of `types`, by what its `toString` says. */
export async function readDataTypes(
  { session, library }: TypedServer,
  types: ReadonlyMap<string, NodeId>,
): Promise<ReadonlyMap<string, DataTypeFacts>> {
  const facts = new Map<string, DataTypeFacts>();
  for (const [name, nodeId] of types) facts.set(name, await factsOf({ session, library }, nodeId));
  return facts;
}

async function factsOf(server: TypedServer, nodeId: NodeId): Promise<DataTypeFacts> {
  const own = standardId(nodeId);
  if (own !== undefined && isBuiltIn(own)) return { id: own };
  try {
    const id = await builtInBase(server, nodeId);
    if (id !== ENUMERATION) return { id };
    return { id: INT32, texts: await enumTexts(server, nodeId) };
  } catch {
    return UNKNOWN; // then the value itself tells, if it can
  }
}

/** The built-in type that `nodeId` is derived from. */
async function builtInBase(
  { session, library }: TypedServer,
  nodeId: NodeId,
): Promise<number | undefined> {
  let at = nodeId;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const id = standardId(at);
    if (id !== undefined && (isBuiltIn(id) || id === ENUMERATION)) return id;
    const { references } = await session.browse({
      nodeId: at,
      browseDirection: library.BrowseDirection.Inverse,
      referenceTypeId: HAS_SUBTYPE,
      includeSubtypes: true,
      nodeClassMask: 0,
      resultMask: 63,
    });
    const parent = references?.[0]?.nodeId;
    if (parent === undefined) return undefined;
    at = parent;
  }
  return undefined;
}

function standardId(nodeId: NodeId): number | undefined {
  return nodeId.namespace === 0 && typeof nodeId.value === "number" ? nodeId.value : undefined;
}

/** Scalars and structures; "any value" and "any number" (24 to 28) are none. */
function isBuiltIn(id: number): boolean {
  return builtInType(id) !== undefined || id === STRUCTURE;
}

/** The texts of an enumeration, from its definition or, on older servers, from its properties. */
async function enumTexts(
  { session, library }: TypedServer,
  nodeId: NodeId,
): Promise<ReadonlyMap<number, string>> {
  const definition = await session.read({ nodeId, attributeId: DATA_TYPE_DEFINITION });
  const fields: unknown = member(definition.value.value, "fields");
  if (Array.isArray(fields) && fields.length > 0) return textsOf(fields);
  const found = await session.browse({
    nodeId,
    browseDirection: library.BrowseDirection.Forward,
    referenceTypeId: HAS_PROPERTY,
    includeSubtypes: true,
    nodeClassMask: 0,
    resultMask: 63,
  });
  const property = (found.references ?? []).find(({ browseName }) =>
    ["EnumStrings", "EnumValues"].includes(browseName.name ?? ""),
  );
  if (property === undefined) return new Map();
  const { value } = await session.read({ nodeId: property.nodeId, attributeId: VALUE });
  return Array.isArray(value.value) ? textsOf(value.value) : new Map();
}

/** `EnumStrings` are texts in their order, `EnumValues` and `EnumField` have numbers of their own. */
function textsOf(list: readonly unknown[]): ReadonlyMap<number, string> {
  return new Map(
    list.map((each, index): readonly [number, string] => {
      const text = member(each, "name") ?? member(each, "displayName") ?? each;
      return [enumNumber(member(each, "value")) ?? index, textOf(text)];
    }),
  );
}

function textOf(raw: unknown): string {
  const text = member(raw, "text") ?? raw;
  return typeof text === "string" ? text : "";
}

/** The library shows 64-bit integers as two halves; enumerations are small. */
function enumNumber(raw: unknown): number | undefined {
  if (typeof raw === "number") return raw;
  const low: unknown = member(raw, "1");
  return typeof low === "number" ? low | 0 : undefined;
}

/** One attribute of a node, or a part of it. */
export interface WantedAttribute {
  readonly nodeId: NodeId;
  readonly attributeId: number;
  /** E.g. `3` or `0:7`. */
  readonly indexRange?: string;
}

/** Attribute values of nodes, in as few calls as the server takes. */
export async function readAttributes(
  { session, library }: TypedServer,
  wanted: readonly WantedAttribute[],
  chunk: ChunkSize,
): Promise<readonly DataValue[]> {
  const { DataValue: Value, StatusCodes } = library;
  return await inChunks(wanted, chunk, {
    what: "Read",
    withinMs: WITHIN_MS,
    isAhead: true,
    call: (part) => session.read(part.map(readRequest)),
    tooLarge: () => new Value({ statusCode: StatusCodes.BadResponseTooLarge }),
  });
}

/** The library's option wants its own class for a range here, but takes and converts a text as well. */
function readRequest({ nodeId, attributeId, indexRange }: WantedAttribute) {
  const range: object = indexRange === undefined ? {} : { indexRange };
  return { nodeId, attributeId, ...range };
}

export function builtInOf({ id }: DataTypeFacts): BuiltInType | undefined {
  return id === undefined ? undefined : builtInType(id);
}

export function isStructure({ id }: DataTypeFacts): boolean {
  return id === STRUCTURE;
}
