/** What a server says of variables: access, unit, range, names of values. Fills what the configuration leaves open. */
import type { ClientSession, DataValue, NodeId } from "node-opcua-client";
import { ChunkSize, inChunks } from "../chunks.ts";
import { callLimit, type ServerFacts } from "../connect/server-facts.ts";

/** One variable. */
export interface NodeDescription {
  /** By us, now; both are true when nobody asked. */
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  readonly description: string | undefined;
  readonly unit: string | undefined;
  readonly euRange: readonly [low: number, high: number] | undefined;
  /** By number. */
  readonly enumTexts: ReadonlyMap<number, string> | undefined;
}

/** A variable and those of its properties that are known. */
export interface DescribableNode {
  readonly nodeId: NodeId;
  readonly properties: ReadonlyMap<string, NodeId>;
}

/** Ids of attributes. */
const DESCRIPTION = 5;
const VALUE = 13;
const USER_ACCESS_LEVEL = 18;
const PROPERTIES = ["EURange", "EngineeringUnits", "EnumStrings", "EnumValues"] as const;
const CAN_READ = 0b1;
const CAN_WRITE = 0b10;
const CALL_MS = 10_000;

/**
 * One description for each node, in their order. With thousands of them nothing is asked for that nobody needs. Rejects when a
 * whole call fails.
 */
export async function describeNodes(
  session: Pick<ClientSession, "read">,
  nodes: readonly DescribableNode[],
  { server, withAccess }: { readonly server: ServerFacts; readonly withAccess: boolean },
): Promise<readonly NodeDescription[]> {
  const chunk = new ChunkSize(callLimit(server, "read"));
  const own = withAccess ? [DESCRIPTION, USER_ACCESS_LEVEL] : [DESCRIPTION];
  const wanted = nodes.flatMap(({ nodeId, properties }) => [
    ...own.map((attributeId) => ({ nodeId, attributeId })),
    ...PROPERTIES.flatMap((name) => {
      const property = properties.get(name);
      return property === undefined ? [] : [{ nodeId: property, attributeId: VALUE }];
    }),
  ]);
  const answers = await inChunks(wanted, chunk, {
    what: "reading attributes",
    withinMs: CALL_MS,
    isAhead: true,
    call: (part) => session.read([...part]),
  });
  const left = answers.values();
  return nodes.map((node) => describe(node, own, () => left.next().value));
}

function describe(
  node: DescribableNode,
  own: readonly number[],
  next: () => DataValue | undefined,
): NodeDescription {
  const [description, level] = own.map(() => good(next()));
  const said = new Map(
    PROPERTIES.filter((name) => node.properties.has(name)).map((name) => [name, good(next())]),
  );
  // A server that does not tell its access is asked by reading and writing.
  const access = typeof level === "number" ? level : CAN_READ | CAN_WRITE;
  return {
    isReadable: (access & CAN_READ) !== 0,
    isWritable: (access & CAN_WRITE) !== 0,
    description: textOf(description),
    unit: textOf(member(said.get("EngineeringUnits"), "displayName")),
    euRange: rangeOf(said.get("EURange")),
    enumTexts: enumTexts(said.get("EnumStrings"), said.get("EnumValues")),
  };
}

/** The value of an answer that is not bad. */
function good(answer: DataValue | undefined): unknown {
  const isBad = answer === undefined || answer.statusCode.value >>> 31 === 1;
  return isBad ? undefined : answer.value.value;
}

/** A text, or the text of a LocalizedText; an empty one is none. */
function textOf(value: unknown): string | undefined {
  const text = typeof value === "string" ? value : member(value, "text");
  return typeof text === "string" && text.trim() !== "" ? text.trim() : undefined;
}

function rangeOf(value: unknown): readonly [number, number] | undefined {
  const [low, high] = [member(value, "low"), member(value, "high")];
  const isRange = typeof low === "number" && typeof high === "number" && low < high;
  return isRange && Number.isFinite(high - low) ? [low, high] : undefined;
}

function enumTexts(strings: unknown, values: unknown): ReadonlyMap<number, string> | undefined {
  const named = Array.isArray(strings)
    ? strings.map((text: unknown, index): [unknown, unknown] => [index, textOf(text)])
    : Array.isArray(values)
      ? values.map((it: unknown): [unknown, unknown] => [
          whole(member(it, "value")),
          textOf(member(it, "displayName")),
        ])
      : [];
  const texts = named.filter(
    (pair): pair is [number, string] => typeof pair[0] === "number" && typeof pair[1] === "string",
  );
  return texts.length === 0 ? undefined : new Map(texts);
}

/** The library shows a 64-bit number as two halves. */
function whole(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  const [high, low]: unknown[] = Array.isArray(value) ? value : [];
  if (typeof high !== "number" || typeof low !== "number") return undefined;
  return Number(BigInt.asIntN(64, (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)));
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
