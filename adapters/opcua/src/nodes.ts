/** What a server says of the tags' nodes: type, access, and the first value. One bad node never affects another. */
import type { BornMetric, MetricReading } from "@unshub/sparkplug";
import type { ClientSession, DataValue, NodeIdLike } from "node-opcua-client";
import type { BuiltInType } from "./built-in-types.ts";
import { builtInType } from "./built-in-types.ts";
import type { OpcUaConfig, TagConfig } from "./config.ts";
import { qualityOf, toReading } from "./convert.ts";
import { within } from "./deadline.ts";
import { OpcUaError } from "./errors.ts";
import type { LocatedTag } from "./browse/tag-finder.ts";
import { callSize, type ServerFacts } from "./connect/server-facts.ts";

/** An open session and what its server said of itself. */
export interface ReadableServer {
  readonly session: ClientSession;
  readonly server: ServerFacts;
}

/** A tag on the server we are connected to. */
export interface TagNode {
  readonly tag: TagConfig;
  /** `undefined` when the server does not have the tag's namespace. */
  readonly nodeId: NodeIdLike | undefined;
  /** `undefined` when the node is missing or no scalar. */
  readonly type: BuiltInType | undefined;
  /** As it was read when the link came up. */
  readonly first: BornMetric;
}

const READ_WITHIN_MS = 10_000;
/** A node that nobody can read yet must be born as something. */
const UNKNOWN_DATATYPE = "String";
const CAN_WRITE = 0b10;
const SCALAR_RANK = -1;

/** Attribute ids of the standard, in the order in which they are read for each tag. */
const ATTRIBUTES = { value: 13, dataType: 14, valueRank: 15, userAccessLevel: 18 } as const;

/** The four attributes of one node. */
interface NodeAnswer {
  readonly value: DataValue;
  readonly dataType: DataValue;
  readonly valueRank: DataValue;
  readonly userAccessLevel: DataValue;
}

/**
 * Reads all tags completely, in the order of the configuration. `now`: ms since 1970 UTC.
 * @throws {OpcUaError} READ_FAILED when a whole call fails; a single bad node is a bad metric.
 */
export async function readNodes(
  { session, server }: ReadableServer,
  { config, tags }: { readonly config: OpcUaConfig; readonly tags: readonly LocatedTag[] },
  now: () => number,
): Promise<readonly TagNode[]> {
  const failed = (cause?: unknown): OpcUaError =>
    new OpcUaError("READ_FAILED", `${config.endpoint}: the tags could not be read`, { cause });
  try {
    const deadline = { ms: READ_WITHIN_MS, late: failed };
    return await within(deadline, readAll({ session, server }, { config, tags }, now));
  } catch (cause) {
    throw cause instanceof OpcUaError ? cause : failed(cause);
  }
}

async function readAll(
  { session, server }: ReadableServer,
  { config, tags }: { readonly config: OpcUaConfig; readonly tags: readonly LocatedTag[] },
  now: () => number,
): Promise<readonly TagNode[]> {
  const present = tags.flatMap(({ node }) => ("reason" in node ? [] : [node]));
  const answers = (await readAttributes(session, present, callSize(server, "read"))).values();
  const nodes: TagNode[] = [];
  for (const { tag, node } of tags) {
    const answer = "reason" in node ? undefined : answers.next().value;
    if ("reason" in node || answer === undefined) {
      nodes.push(missing(tag, "reason" in node ? node.reason : "no_answer", now()));
      continue;
    }
    const nodeId = node;
    const type = await typeOf(session, answer);
    const reading = firstReading(tag, answer, { type, receivedAt: now() });
    const writable = canWrite(tag, config, answer);
    nodes.push({ tag, nodeId, type, first: born(tag, reading, { type, writable }) });
  }
  return nodes;
}

/** The attributes of each node, in as few calls as servers allow. */
async function readAttributes(
  session: ClientSession,
  nodeIds: readonly NodeIdLike[],
  perCall: number,
): Promise<readonly NodeAnswer[]> {
  const wanted = nodeIds.flatMap((nodeId) =>
    Object.values(ATTRIBUTES).map((attributeId) => ({ nodeId, attributeId })),
  );
  const found: DataValue[] = [];
  for (let start = 0; start < wanted.length; start += perCall) {
    found.push(...(await session.read(wanted.slice(start, start + perCall))));
  }
  return nodeIds.map((nodeId, index) => {
    const [value, dataType, valueRank, userAccessLevel] = found.slice(index * 4, index * 4 + 4);
    const complete = value && dataType && valueRank && userAccessLevel;
    if (!complete)
      throw new OpcUaError("READ_FAILED", `${String(nodeId)}: the answer is too short`);
    return { value, dataType, valueRank, userAccessLevel };
  });
}

/** The type of the value itself where there is one, since a declared type may be abstract ("any number"). */
async function typeOf(
  session: ClientSession,
  answer: NodeAnswer,
): Promise<BuiltInType | undefined> {
  if (qualityOf(answer.dataType.statusCode).quality === "bad") return undefined;
  const rank: unknown = answer.valueRank.value.value;
  if (typeof rank === "number" && rank > SCALAR_RANK) return undefined;
  const sent: number = answer.value.value.dataType;
  if (sent !== 0) return builtInType(sent);
  // No value yet: then the declared type must do, or the built-in type it is derived from.
  return await declaredType(session, answer);
}

async function declaredType(
  session: ClientSession,
  answer: NodeAnswer,
): Promise<BuiltInType | undefined> {
  const declared: unknown = answer.dataType.value.value;
  if (typeof declared !== "object" || declared === null || !("value" in declared)) return undefined;
  const standard = "namespace" in declared && declared.namespace === 0;
  const known = standard ? builtInType(Number(declared.value)) : undefined;
  if (known !== undefined) return known;
  try {
    return builtInType(await session.getBuiltInDataType(answer.dataType.value.value));
  } catch {
    return undefined; // the server does not say: the metric is born as unsupported, the others live
  }
}

function firstReading(
  tag: TagConfig,
  answer: NodeAnswer,
  at: { readonly type: BuiltInType | undefined; readonly receivedAt: number },
): MetricReading {
  const { name, access } = tag;
  if (access === "w" && at.type !== undefined) {
    return { name, value: null, quality: "good", timestamp: at.receivedAt };
  }
  return toReading(name, at.type, answer.value, at.receivedAt);
}

function canWrite(tag: TagConfig, config: OpcUaConfig, answer: NodeAnswer): boolean {
  if (tag.access === "r" || config.readOnly) return false;
  const level: unknown = answer.userAccessLevel.value.value;
  // A server that does not tell is asked by writing.
  return typeof level !== "number" || (level & CAN_WRITE) !== 0;
}

function missing(tag: TagConfig, reason: string, timestamp: number): TagNode {
  const reading = { name: tag.name, value: null, quality: "bad" as const, reason, timestamp };
  const first = born(tag, reading, { type: undefined, writable: false });
  return { tag, nodeId: undefined, type: undefined, first };
}

function born(
  tag: TagConfig,
  reading: MetricReading,
  node: { readonly type: BuiltInType | undefined; readonly writable: boolean },
): BornMetric {
  return {
    ...reading,
    datatype: node.type?.datatype ?? UNKNOWN_DATATYPE,
    writable: node.writable,
    ...(tag.unit === undefined ? {} : { unit: tag.unit }),
    ...(tag.description === undefined ? {} : { description: tag.description }),
    ...(tag.write.range === undefined ? {} : { range: tag.write.range }),
  };
}
