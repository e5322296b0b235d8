/**
 * Where in a payload a byte stands, as a path: `metrics[3].dataset.rows[1]`. Only walked when something is wrong, so
 * that reading itself keeps no path. It trusts nothing: the payload it walks is broken.
 */

export type Message =
  | "payload"
  | "metric"
  | "metadata"
  | "properties"
  | "property"
  | "propertyList"
  | "dataset"
  | "row"
  | "cell"
  | "template"
  | "parameter";

interface Field {
  readonly name: string;
  readonly repeated: boolean;
  /** The message inside, when there is one. */
  readonly message: Message | undefined;
}

const one = (name: string, message?: Message): Field => ({ name, message, repeated: false });
const many = (name: string, message?: Message): Field => ({ name, message, repeated: true });

const VALUES: readonly Field[] = [
  one("int_value"),
  one("long_value"),
  one("float_value"),
  one("double_value"),
  one("boolean_value"),
  one("string_value"),
];

/** Fields in the order of their numbers, from 1; what comes after them is an extension. */
export const FIELDS: Readonly<Record<Message, readonly Field[]>> = {
  payload: [one("timestamp"), many("metrics", "metric"), one("seq"), one("uuid"), one("body")],
  metric: [
    one("name"),
    one("alias"),
    one("timestamp"),
    one("datatype"),
    one("is_historical"),
    one("is_transient"),
    one("is_null"),
    one("metadata", "metadata"),
    one("properties", "properties"),
    ...VALUES,
    one("bytes_value"),
    one("dataset", "dataset"),
    one("template", "template"),
    one("extension_value"),
  ],
  metadata: [
    one("is_multi_part"),
    one("content_type"),
    one("size"),
    one("seq"),
    one("file_name"),
    one("file_type"),
    one("md5"),
    one("description"),
  ],
  properties: [many("keys"), many("values", "property")],
  property: [
    one("type"),
    one("is_null"),
    ...VALUES,
    one("propertyset", "properties"),
    one("propertysets", "propertyList"),
  ],
  propertyList: [many("propertyset", "properties")],
  dataset: [one("num_of_columns"), many("columns"), many("types"), many("rows", "row")],
  row: [many("elements", "cell")],
  cell: VALUES,
  template: [
    one("version"),
    many("metrics", "metric"),
    many("parameters", "parameter"),
    one("template_ref"),
    one("is_definition"),
  ],
  parameter: [one("name"), one("type"), ...VALUES],
};

/** A field in the bytes. */
export interface FoundField {
  readonly number: number;
  /** Where what it holds begins. */
  readonly content: number;
  readonly end: number;
}

/** The path of the field in which byte `offset` stands; empty when that is the payload itself. */
export function pathAt(bytes: Uint8Array, offset: number): string {
  let path = "";
  let message: Message | undefined = "payload";
  let start = 0;
  let end = bytes.length;
  while (message !== undefined) {
    const step = stepInto(bytes, message, { start, end, offset });
    if (step === undefined) return path;
    path += `${path === "" ? "" : "."}${step.name}`;
    if (offset < step.content) return path;
    message = step.message;
    start = step.content;
    end = step.end;
  }
  return path;
}

interface Step {
  readonly name: string;
  readonly message: Message | undefined;
  readonly content: number;
  readonly end: number;
}

function stepInto(
  bytes: Uint8Array,
  message: Message,
  within: { readonly start: number; readonly end: number; readonly offset: number },
): Step | undefined {
  const counts = new Map<number, number>();
  let at = within.start;
  while (at < within.end) {
    const field = fieldAt(bytes, at);
    if (field === undefined) return undefined;
    const count = counts.get(field.number) ?? 0;
    if (within.offset < field.end) return described(message, field, count);
    counts.set(field.number, count + 1);
    at = field.end;
  }
  return undefined;
}

function described(message: Message, found: FoundField, count: number): Step | undefined {
  const known = FIELDS[message][found.number - 1];
  if (known === undefined) return undefined;
  const name = known.repeated ? `${known.name}[${count}]` : known.name;
  return { name, message: known.message, content: found.content, end: found.end };
}

/** The field that begins at `at`; `undefined` when none does. */
export function fieldAt(bytes: Uint8Array, at: number): FoundField | undefined {
  const [key, afterKey] = smallVarint(bytes, at);
  const number = Math.floor(key / 8);
  switch (key % 8) {
    case 0:
      return { number, content: afterKey, end: smallVarint(bytes, afterKey)[1] };
    case 1:
      return { number, content: afterKey, end: afterKey + 8 };
    case 5:
      return { number, content: afterKey, end: afterKey + 4 };
    case 2: {
      const [length, content] = smallVarint(bytes, afterKey);
      return { number, content, end: content + length };
    }
    default:
      return undefined;
  }
}

/** A varint and where it ends; imprecise from 2^53, which no walk gets to. */
function smallVarint(bytes: Uint8Array, at: number): readonly [value: number, end: number] {
  let value = 0;
  let factor = 1;
  let end = at;
  while (end < bytes.length && end < at + 10) {
    const byte = bytes[end] ?? 0;
    end += 1;
    value += (byte & 0x7f) * factor;
    factor *= 128;
    if (byte < 0x80) break;
  }
  return [value, end];
}
