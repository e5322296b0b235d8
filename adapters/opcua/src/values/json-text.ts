/** Values that have no plain form as JSON that loses no digit: 64-bit integers are texts there, bytes are Base64. */
import { builtInType, type BuiltInType } from "../built-in-types.ts";
import { fieldsOf, isUnion, type Field } from "./fields.ts";
import { fromRaw, member } from "./scalar.ts";

/** Deeper than any structure a PLC has; what lies below is left out. */
const DEEPEST = 16;

export function jsonText(raw: unknown): string {
  return JSON.stringify(plain(raw, 0)) ?? "null";
}

/** What `JSON.parse` would make of it. */
export function plainOf(raw: unknown): unknown {
  return JSON.parse(jsonText(raw));
}

function plain(raw: unknown, depth: number): unknown {
  if (typeof raw === "bigint") return String(raw);
  if (typeof raw !== "object" || raw === null) return raw;
  if (depth > DEEPEST) return null;
  if (raw instanceof Date) return raw.toISOString();
  if (raw instanceof Uint8Array) return Buffer.from(raw).toString("base64");
  if (ArrayBuffer.isView(raw)) return Array.from(elementsOf(raw));
  if (Array.isArray(raw)) return raw.map((each: unknown) => plain(each, depth + 1));
  if (isVariant(raw)) return plainVariant(raw, depth);
  const text = textOf(raw);
  if (text !== undefined) return text;
  const fields = fieldsOf(raw);
  if (fields.length > 0) return plainStructure(raw, fields, depth);
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]: [string, unknown]) => [name, plain(value, depth + 1)]),
  );
}

/** With the names that the server has for its members. Of a union only the member that is there. */
function plainStructure(raw: object, fields: readonly Field[], depth: number): unknown {
  const isChoice = isUnion(fields);
  return Object.fromEntries(
    fields.flatMap((field): readonly (readonly [string, unknown])[] => {
      const value = member(raw, field.key);
      if (value === undefined || (isChoice && field.choice === undefined)) return [];
      return [[field.name, plainMember(value, field, depth + 1)]];
    }),
  );
}

function plainMember(value: unknown, { type, isArray }: Field, depth: number): unknown {
  if (type === undefined || !is64Bit(type)) return plain(value, depth);
  if (!isArray) return wholeText(value, type);
  return Array.isArray(value) ? value.map((each: unknown) => wholeText(each, type)) : null;
}

function plainVariant(variant: object, depth: number): unknown {
  const value = member(variant, "value");
  const type = builtInType(Number(member(variant, "dataType")));
  if (type === undefined || !is64Bit(type)) return plain(value, depth + 1);
  if (member(variant, "arrayType") === SCALAR) return wholeText(value, type);
  return Array.isArray(value) ? value.map((each: unknown) => wholeText(each, type)) : null;
}

const SCALAR = 0;

function is64Bit({ name }: BuiltInType): boolean {
  return name === "Int64" || name === "UInt64";
}

/** The library shows 64 bits as two halves. */
function wholeText(value: unknown, type: BuiltInType): string | null {
  const converted = fromRaw(value, type, { allowNan: false, maxBytes: 0 });
  const isWhole = "value" in converted && converted.value !== null;
  return isWhole ? String(converted.value) : null;
}

function* elementsOf(view: ArrayBufferView): Generator {
  const length = member(view, "length");
  for (let index = 0; index < Number(length ?? 0); index += 1) yield Reflect.get(view, index);
}

function isVariant(raw: object): boolean {
  return "dataType" in raw && "arrayType" in raw;
}

/** What stands for some of the library's objects. */
function textOf(raw: object): string | number | null | undefined {
  // The library's class has a toString that writes ns=…;s=…
  // oxlint-disable-next-line no-base-to-string
  if ("identifierType" in raw) return String(raw);
  if ("text" in raw && "locale" in raw) return typeof raw.text === "string" ? raw.text : null;
  if ("namespaceIndex" in raw && "name" in raw) return String(raw.name);
  return undefined;
}
