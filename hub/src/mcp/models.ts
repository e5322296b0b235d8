/** What an element is: the type that its birth or its template makes, with as many members as fit into an answer. */
import type { Model } from "./rooms.ts";
import { cut, cutTexts } from "./texts.ts";
import type { Call } from "./tool.ts";

/** Of the members of a model, in both forms that an answer has: half of what it may be. */
const MAX_BYTES = 32_768;

/** Of a device with its metrics, of a template with its members; other metrics name that of their device. */
export async function modelAt({ rooms }: Call, row: number): Promise<object | undefined> {
  const { tree, models } = rooms;
  const own = await models?.modelOf(row);
  if (own !== undefined) return shown(own);
  if (!tree.rows.isMetric(row) || !tree.definitions.has(row)) return undefined;
  const elementId = await models?.modelIdOf(tree.definitions.memberRow(row));
  return elementId === undefined ? undefined : { elementId, of: "device" };
}

/** By its name, of those that the caller may see. */
export async function typeNamed(
  { rooms, caller }: Call,
  elementId: string,
): Promise<object | undefined> {
  const type = await rooms.models?.typeAt(elementId, caller.sight);
  return type && shown(type);
}

function shown({ elementId, displayName, schema }: Model): object {
  const { properties = {}, ...rest } = schema;
  const all = Object.entries(Object(properties));
  const members = fitting(all);
  return {
    elementId: cut(elementId),
    name: cut(displayName),
    schema: { ...rest, properties: Object.fromEntries(members) },
    ...(members.length < all.length && { more: all.length - members.length }),
  };
}

/** Names and texts are of the device. */
function fitting(all: readonly (readonly [name: string, schema: unknown])[]) {
  const members: (readonly [name: string, schema: unknown])[] = [];
  let bytes = 0;
  for (const [name, schema] of all) {
    const member = [cut(name), cutTexts(schema)] as const;
    bytes += bytesOf(member);
    if (bytes > MAX_BYTES) break;
    members.push(member);
  }
  return members;
}

/** As structure, and as text, in which each quote is one letter more. */
function bytesOf(member: unknown): number {
  const text = JSON.stringify(member);
  return Buffer.byteLength(text) + Buffer.byteLength(JSON.stringify(text));
}
