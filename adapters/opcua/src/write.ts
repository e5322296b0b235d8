/** Writes: everything that can be wrong is found before a byte leaves; what the server then says is told as it is. */
import { AdapterError } from "@unshub/adapter";
import type { MetricReading, MetricValue } from "@unshub/sparkplug";
import type { ClientSession, NodeIdLike, StatusCode } from "node-opcua-client";
import type { BuiltInType } from "./built-in-types.ts";
import type { OpcUaConfig, TagConfig } from "./config.ts";
import { qualityOf, toReading } from "./convert.ts";
import { within } from "./deadline.ts";
import { toRaw } from "./encode.ts";
import { firstLine } from "./errors.ts";
import type { Library } from "./library.ts";
import type { TagNode } from "./nodes.ts";

/** How long the server may take for a write, and for the read after it. */
const ANSWER_WITHIN_MS = 5_000;
const VALUE_ATTRIBUTE = 13;

/** A node that can be written at all. */
interface ExistingNode {
  readonly nodeId: NodeIdLike;
  readonly type: BuiltInType;
  readonly tag: TagConfig;
}

/**
 * The tag behind a command.
 * @throws {AdapterError} UNKNOWN_METRIC, NOT_WRITABLE by the configuration.
 */
export function writableTag(config: OpcUaConfig, deviceId: string, metric: string): TagConfig {
  const place = `${deviceId}/${metric}`;
  const tag =
    deviceId === config.device ? config.tags.find(({ name }) => name === metric) : undefined;
  if (tag === undefined) throw new AdapterError("UNKNOWN_METRIC", `${place} is not configured`);
  if (config.readOnly) throw new AdapterError("NOT_WRITABLE", `${place}: the adapter is readOnly`);
  if (tag.access === "r") {
    throw new AdapterError("NOT_WRITABLE", `${place} is read only; access: rw would allow writes`);
  }
  return tag;
}

/**
 * Writes `value` with the node's exact type and without timestamps, which many servers refuse.
 * @throws {AdapterError} NOT_WRITABLE by the server's access level, BAD_VALUE, DEVICE_REFUSED, NO_ANSWER.
 */
export async function writeNode(
  link: { readonly session: ClientSession; readonly library: Library; readonly place: string },
  node: TagNode,
  value: MetricValue,
): Promise<void> {
  const { session, library, place } = link;
  const { nodeId, type, tag } = existing(node, place);
  if (!node.first.writable) {
    throw new AdapterError("NOT_WRITABLE", `${place}: the server does not allow us to write it`);
  }
  const raw = checkedValue(place, { tag, type }, value);
  const variant = new library.Variant({
    dataType: library.DataType[type.name],
    arrayType: library.VariantArrayType.Scalar,
    value: raw,
  });
  const written = session.write({
    nodeId,
    attributeId: VALUE_ATTRIBUTE,
    value: { value: variant },
  });
  const noAnswer = (cause?: unknown): AdapterError => {
    const why = cause === undefined ? "no answer in time" : firstLine(cause);
    return new AdapterError("NO_ANSWER", `${place}: ${why}; it may have been written`, { cause });
  };
  let status: StatusCode;
  try {
    status = await within({ ms: ANSWER_WITHIN_MS, late: noAnswer }, written);
  } catch (cause) {
    throw cause instanceof AdapterError ? cause : noAnswer(cause);
  }
  if (qualityOf(status).quality === "bad") {
    throw new AdapterError("DEVICE_REFUSED", `${place}: the server refused it: ${status.name}`);
  }
}

/** The node, if the server has it and it is a scalar. */
function existing(node: TagNode, place: string): ExistingNode {
  const { nodeId, type, tag, first } = node;
  if (nodeId !== undefined && type !== undefined) return { nodeId, type, tag };
  const message = `${place}: the server has no such node (${first.reason ?? "no type"})`;
  throw new AdapterError("DEVICE_REFUSED", message);
}

/**
 * The value that the node has now.
 * Rejects when the server does not answer; the subscription will bring the value then.
 */
export async function readBack(
  session: ClientSession,
  node: TagNode,
  now: () => number,
): Promise<MetricReading> {
  const { nodeId, tag, type } = existing(node, node.tag.name);
  const read = session.read({ nodeId, attributeId: VALUE_ATTRIBUTE });
  const late = (): Error => new AdapterError("NO_ANSWER", `${tag.name}: not read back in time`);
  const data = await within({ ms: ANSWER_WITHIN_MS, late }, read);
  return toReading(tag.name, type, data, now());
}

function checkedValue(
  place: string,
  { tag, type }: { readonly tag: TagConfig; readonly type: BuiltInType },
  value: MetricValue,
): unknown {
  const encoded = toRaw(value, type);
  if ("fault" in encoded) throw new AdapterError("BAD_VALUE", `${place}: ${encoded.fault}`);
  const [min, max] = tag.write.range ?? [-Infinity, Infinity];
  const numeric = typeof value === "number" || typeof value === "bigint";
  if (numeric && (value < min || value > max)) {
    const message = `${place}: ${value} is outside writeRange ${min} to ${max}`;
    throw new AdapterError("BAD_VALUE", message);
  }
  return encoded.raw;
}
