/** What a server says of the tags' nodes: type, access, and the first value. One bad node never affects another. */
import type { PropertyToSend } from "@unshub/sparkplug";
import type { DataValue, NodeId, Variant } from "node-opcua-client";
import { builtInType, type BuiltInType } from "../built-in-types.ts";
import type { ChunkSize } from "../chunks.ts";
import type { TagConfig } from "../data-config.ts";
import {
  builtInOf,
  isStructure,
  readAttributes,
  readDataTypes,
  type DataTypeFacts,
  type TypedServer,
} from "./data-types.ts";
import { arrayDatatype, type Leaf } from "./leaf.ts";
import { member } from "./scalar.ts";
import { qualityOfStatus, reasonOf } from "./status.ts";
import { enumStrings, isOpaque, JSON_LEAF, structureLeaves, templateLeaf } from "./structure.ts";
import type { TemplateBook } from "./template-book.ts";
import { BAD } from "@unshub/sparkplug";

/** A tag and the node that it was found to mean, or the word for why there is none. */
export interface LocatedTag {
  readonly tag: TagConfig;
  readonly node: NodeId | { readonly reason: string };
}

/** A tag on the server we are connected to. */
export interface TagNode {
  readonly tag: TagConfig;
  /** `undefined`: the tag means no node of this server. */
  readonly nodeId: NodeId | undefined;
  /** At least one. */
  readonly leaves: readonly Leaf[];
  /** What values look like on the wire as long as the type stays the same; 0: not known yet. */
  readonly signature: number;
  /** The type that is written; `undefined`: it is a structure, or cannot be written. */
  readonly writeType: BuiltInType | undefined;
  /** Whether it is a structure, or an array of them, whose members are known: it is read before it is written. */
  readonly isStructured: boolean;
  readonly isArray: boolean;
  readonly isWritable: boolean;
  /** Whether the server keeps its former values, and we may read them. */
  readonly hasHistory: boolean;
  /** Why there can be no value until something changes. */
  readonly fault?: string;
  /** As it was read. */
  readonly first?: DataValue;
}

/** Attribute ids of the standard. */
const VALUE = 13;
const DATA_TYPE = 14;
const VALUE_RANK = 15;
const USER_ACCESS_LEVEL = 18;
const CAN_WRITE = 0b10;
const HAS_HISTORY = 0b100;
const SCALAR = 0;
const MATRIX = 2;
const STRUCTURE = 22;
const LOCALIZED_TEXT = 21;
const ONE_ELEMENT = /^\d+$/;

interface NodeAnswer {
  readonly value: DataValue;
  /** Other attributes by their ids, as far as they had to be asked for. */
  readonly more: ReadonlyMap<number, DataValue>;
}

interface PresentTag {
  readonly tag: TagConfig;
  readonly nodeId: NodeId;
}

/** Reads all tags completely, in their order. Rejects when a whole call fails; a single bad node is a bad metric. */
export async function readTagNodes(
  { session, library }: TypedServer,
  located: readonly LocatedTag[],
  how: {
    readonly chunk: ChunkSize;
    readonly readOnly: boolean;
    /** Whether anybody will ask for the past. */
    readonly historyBackfill: boolean;
    readonly templates: TemplateBook;
  },
): Promise<readonly TagNode[]> {
  const present = located.flatMap(({ tag, node }) =>
    "reason" in node ? [] : [{ nodeId: node, tag }],
  );
  const answers = await readAnswers({ session, library }, present, how);
  const types = await readDataTypes({ session, library }, distinctTypes(answers));
  const left = answers.values();
  return located.map(({ tag, node }) => {
    if ("reason" in node) return missing(tag, node.reason);
    const answer = left.next().value;
    return answer === undefined
      ? missing(tag, "no_answer")
      : tagNode({ tag, nodeId: node, answer, how }, types);
  });
}

/** All values first, then only what these leave open: a server with many tags has a quarter of the work. */
async function readAnswers(
  server: TypedServer,
  present: readonly PresentTag[],
  {
    chunk,
    readOnly,
    historyBackfill,
  }: {
    readonly chunk: ChunkSize;
    readonly readOnly: boolean;
    readonly historyBackfill: boolean;
  },
): Promise<readonly NodeAnswer[]> {
  const wanted = present.map(({ nodeId, tag: { indexRange } }) => ({
    nodeId,
    attributeId: VALUE,
    ...(indexRange !== undefined && { indexRange }),
  }));
  const values = await readAttributes(server, wanted, chunk);
  const open = present.map(({ tag }, index) => [
    ...(tellsItsType(values[index]) ? [] : [DATA_TYPE, VALUE_RANK]),
    ...(!historyBackfill && (tag.access === "r" || readOnly) ? [] : [USER_ACCESS_LEVEL]),
  ]);
  const rest = present.flatMap(({ nodeId }, index) =>
    (open[index] ?? []).map((attributeId) => ({ nodeId, attributeId })),
  );
  const found = (await readAttributes(server, rest, chunk)).values();
  return values.map((value, index) => {
    const more = (open[index] ?? []).flatMap((attributeId): (readonly [number, DataValue])[] => {
      const answer = found.next().value;
      return answer === undefined ? [] : [[attributeId, answer]];
    });
    return { value, more: new Map(more) };
  });
}

/** Built-in types in which no enumeration is sent, so that nobody needs to ask what the declared type is. */
const OWN_NAMES: ReadonlySet<number> = new Set([1, 10, 11, 12, 13]); // Boolean, Float, Double, String, DateTime

function tellsItsType(value: DataValue | undefined): boolean {
  if (value === undefined || qualityOfStatus(value.statusCode.value, "good") === BAD) return false;
  const sent: number = value.value.dataType;
  return OWN_NAMES.has(sent);
}

function distinctTypes(answers: readonly NodeAnswer[]): ReadonlyMap<string, NodeId> {
  const types = new Map<string, NodeId>();
  for (const { more } of answers) {
    const id: unknown = more.get(DATA_TYPE)?.value.value;
    if (isNodeId(id)) types.set(id.toString(), id);
  }
  return types;
}

function isNodeId(value: unknown): value is NodeId {
  return typeof value === "object" && value !== null && "identifierType" in value;
}

interface FoundNode {
  readonly tag: TagConfig;
  readonly nodeId: NodeId;
  readonly answer: NodeAnswer;
  readonly how: { readonly readOnly: boolean; readonly templates: TemplateBook };
}

function tagNode(found: FoundNode, types: ReadonlyMap<string, DataTypeFacts>): TagNode {
  const { tag, nodeId, answer } = found;
  const dataType = answer.more.get(DATA_TYPE);
  if (dataType !== undefined && qualityOfStatus(dataType.statusCode.value, "good") === BAD) {
    return { ...missing(tag, reasonOf(dataType.statusCode).reason), nodeId, first: dataType };
  }
  const facts = types.get(String(dataType?.value.value)) ?? { id: undefined };
  const rank: unknown = answer.more.get(VALUE_RANK)?.value.value;
  const { templates } = found.how;
  const value = { variant: answer.value.value, rank: Number(rank), templates };
  const what = describe(tag, facts, value);
  return {
    tag,
    nodeId,
    ...what,
    isWritable: canWrite(found) && (what.writeType !== undefined || what.isStructured),
    hasHistory: hasHistory(answer),
    first: answer.value,
  };
}

function canWrite({ tag, how, answer }: FoundNode): boolean {
  if (tag.access === "r" || how.readOnly) return false;
  const level: unknown = answer.more.get(USER_ACCESS_LEVEL)?.value.value;
  // A server that does not tell is asked by writing.
  return typeof level !== "number" || (level & CAN_WRITE) !== 0;
}

/** A server that does not tell is asked. */
function hasHistory({ more }: NodeAnswer): boolean {
  const level: unknown = more.get(USER_ACCESS_LEVEL)?.value.value;
  return typeof level !== "number" || (level & HAS_HISTORY) !== 0;
}

type Description = Pick<
  TagNode,
  "leaves" | "signature" | "writeType" | "isStructured" | "isArray" | "fault"
>;

/** The metrics of a tag, from the value itself where there is one: a declared type may be abstract ("any number"). */
function describe(
  tag: TagConfig,
  facts: DataTypeFacts,
  value: {
    readonly variant: Variant;
    readonly rank: number;
    readonly templates: TemplateBook;
  },
): Description {
  const { variant, rank, templates } = value;
  const sent: number = variant.dataType;
  const arrayType: number = variant.arrayType;
  const isArray = sent === 0 ? rank >= 0 : arrayType !== SCALAR;
  const signature = sent === 0 ? 0 : signatureOf(variant);
  if (sent === STRUCTURE || (sent === 0 && isStructure(facts))) {
    const known = structure(tag, { variant, isArray, templates });
    const isStructured = known.fault === undefined;
    return { ...known, signature, writeType: undefined, isStructured, isArray };
  }
  const type = sent === 0 ? builtInOf(facts) : builtInType(sent);
  const plain = { signature, writeType: type, isStructured: false, isArray };
  if (type === undefined) {
    const known = sent === 0 ? { fault: "unsupported_type" } : {}; // a variant or a diagnostic info
    return { leaves: [wholeAsJson(tag)], ...plain, ...known };
  }
  const leaf = isArray ? arrayLeaf(tag, type, variant) : scalarLeaf(tag, type, { facts, variant });
  return { leaves: [leaf], ...plain };
}

/** The same number as long as values are of one type and one rank. */
export function signatureOf(variant: Variant): number {
  const dataType: number = variant.dataType;
  return dataType | (variant.arrayType << 8);
}

function scalarLeaf(
  tag: TagConfig,
  type: BuiltInType,
  { facts, variant }: { readonly facts: DataTypeFacts; readonly variant: Variant },
): Leaf {
  const texts = facts.texts ?? tag.enumTexts;
  const common = { suffix: "", path: [], type, shape: { kind: "scalar" } } as const;
  if (texts !== undefined && texts.size > 0 && tag.values.enum === "text") {
    return { ...common, datatype: "String", texts, properties: [enumStrings(texts)] };
  }
  const properties: PropertyToSend[] = texts === undefined ? [] : [enumStrings(texts)];
  const locale: unknown = type.id === LOCALIZED_TEXT ? member(variant.value, "locale") : undefined;
  if (typeof locale === "string" && locale !== "") {
    properties.push({ key: "locale", datatype: "String", value: locale });
  }
  return { ...common, datatype: type.datatype, properties };
}

function arrayLeaf(tag: TagConfig, type: BuiltInType, variant: Variant): Leaf {
  const isOne = tag.indexRange !== undefined && ONE_ELEMENT.test(tag.indexRange);
  if (isOne) {
    const shape = { kind: "scalar" } as const;
    return { suffix: "", path: ["0"], type, shape, datatype: type.datatype, properties: [] };
  }
  const arrayType: number = variant.arrayType;
  const dims = arrayType === MATRIX ? (variant.dimensions ?? undefined) : undefined;
  const datatype = arrayDatatype(type);
  const common = { suffix: "", path: [], type, datatype };
  if (dims === undefined) return { ...common, shape: { kind: "array" }, properties: [] };
  const [rows, columns, ...deeper] = dims;
  const isTable = rows !== undefined && columns !== undefined && deeper.length === 0;
  if (isTable && tag.values.matrices === "dataSet") {
    const shape = { kind: "table", dims: [rows, columns] } as const;
    return { suffix: "", path: [], type, shape, datatype: "DataSet", properties: [] };
  }
  const property = { key: "Dims", datatype: "String", value: JSON.stringify(dims) } as const;
  return { ...common, shape: { kind: "array", dims }, properties: [property] };
}

function structure(
  tag: TagConfig,
  {
    variant,
    isArray,
    templates,
  }: { readonly variant: Variant; readonly isArray: boolean; readonly templates: TemplateBook },
): { readonly leaves: readonly Leaf[]; readonly fault?: string } {
  const value: unknown = variant.value;
  const first: unknown = isArray && Array.isArray(value) ? value[0] : value;
  if (isOpaque(first)) return { leaves: [wholeAsJson(tag)], fault: "opaque_structure" };
  if (tag.values.structures === "json" || isArray) return { leaves: [wholeAsJson(tag)] };
  const leaves =
    tag.values.structures === "template"
      ? [templateLeaf(value, templates)].filter((leaf) => leaf !== undefined)
      : structureLeaves(value);
  return { leaves: leaves.length === 0 ? [wholeAsJson(tag)] : leaves };
}

function wholeAsJson(_tag: TagConfig): Leaf {
  return { suffix: "", path: [], ...JSON_LEAF, properties: [] };
}

/** A node that nobody can read yet must be born as something. */
function missing(tag: TagConfig, reason: string): TagNode {
  return {
    tag,
    nodeId: undefined,
    leaves: [wholeAsJson(tag)],
    signature: 0,
    writeType: undefined,
    isStructured: false,
    isArray: false,
    isWritable: false,
    hasHistory: false,
    fault: reason,
  };
}
