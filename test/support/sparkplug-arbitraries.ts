/** Any Sparkplug payload that may be sent, for property tests: every datatype, nested as deep as two templates. */
import * as fc from "fast-check";
import {
  BASIC_DATATYPES,
  DATATYPES,
  integerRange,
  type BasicDatatype,
  type BasicValue,
  type DataSet,
  type Datatype,
  type MetaData,
  type MetricToSend,
  type MetricValue,
  type PayloadToSend,
  type PropertyToSend,
  type Template,
  type TemplateParameter,
} from "@unshub/sparkplug";

/** Text that can be sent: no half characters. Many from a few letters, so that names and keys come again. */
export const TEXT: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("", "a", "Line1/Speed", "__proto__", "Größe", "\u0000", "🙂"),
);
const TIME = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const ALIAS = whole([0n, (1n << 64n) - 1n]);

/** Objects as we write them, with a prototype. */
function plainRecord<T extends object>(parts: {
  [Key in keyof T]: fc.Arbitrary<T[Key]>;
}): fc.Arbitrary<T> {
  return fc.record<T>(parts, { noNullPrototype: true });
}

/** Whole numbers in the range, `number` where that is exact. */
function whole([min, max]: readonly [bigint, bigint]): fc.Arbitrary<number | bigint> {
  return fc
    .oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n, min / 2n, max / 2n))
    .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));
}

const FLOAT = fc.float();
const NO_ZERO = TEXT.map((text) => text.replaceAll("\0", "0"));

/** A value of one plain datatype. */
export function basicValue(datatype: BasicDatatype): fc.Arbitrary<Exclude<BasicValue, null>> {
  const range = integerRange(datatype);
  if (range !== undefined) return whole(range);
  if (datatype === "Float") return FLOAT;
  if (datatype === "Double") return fc.double();
  return datatype === "Boolean" ? fc.boolean() : TEXT;
}

function isBasic(datatype: Datatype): datatype is BasicDatatype {
  return new Set<Datatype>(BASIC_DATATYPES).has(datatype);
}

/** A value of any datatype; `depth`: how many templates may still be inside. */
export function valueOf(datatype: Datatype, depth = 1): fc.Arbitrary<MetricValue> {
  if (isBasic(datatype)) return basicValue(datatype);
  if (datatype === "UUID") return TEXT;
  if (datatype === "Bytes" || datatype === "File") return fc.uint8Array({ maxLength: 300 });
  if (datatype === "DataSet") return dataSet();
  if (datatype === "Template") return template(depth);
  if (datatype === "StringArray") return fc.array(NO_ZERO, { maxLength: 10 });
  const element = ELEMENTS.get(datatype);
  if (element === "Boolean") return fc.array(fc.boolean(), { maxLength: 20 });
  return fc.array(basicValue(element ?? "Double").map(numeric), { maxLength: 20 });
}

function numeric(value: Exclude<BasicValue, null>): number | bigint {
  if (typeof value === "number" || typeof value === "bigint") return value;
  throw new TypeError("not a number");
}

const ELEMENTS: ReadonlyMap<Datatype, BasicDatatype> = new Map(
  BASIC_DATATYPES.flatMap((basic) =>
    DATATYPES.filter((datatype) => datatype === `${basic}Array`).map(
      (datatype): [Datatype, BasicDatatype] => [datatype, basic],
    ),
  ),
);

function dataSet(): fc.Arbitrary<DataSet> {
  return fc
    .array(fc.tuple(TEXT, fc.constantFrom(...BASIC_DATATYPES)), { maxLength: 4 })
    .chain((columns) => {
      const cells = columns.map(([, type]) => fc.option(basicValue(type)));
      return fc.array(fc.tuple(...cells), { maxLength: 5 }).map((rows) => ({
        columns: columns.map(([name]) => name),
        types: columns.map(([, type]) => type),
        rows,
      }));
    });
}

function template(depth: number): fc.Arbitrary<Template> {
  const datatypes = depth > 0 ? DATATYPES : DATATYPES.filter((each) => each !== "Template");
  const members = fc.array(
    anyMetric(datatypes, depth - 1).map(({ tellDatatype: _told, ...member }) => member),
    { maxLength: 4 },
  );
  const parameters: fc.Arbitrary<TemplateParameter[]> = fc.array(
    fc.constantFrom(...BASIC_DATATYPES).chain((datatype) =>
      plainRecord({
        name: TEXT,
        datatype: fc.constant(datatype),
        value: fc.option(basicValue(datatype)),
      }),
    ),
    { maxLength: 3 },
  );
  const kind = fc.oneof(
    fc.constant({ isDefinition: true }),
    TEXT.map((templateRef) => ({ isDefinition: false, templateRef })),
  );
  return fc
    .tuple(kind, fc.option(TEXT), members, parameters)
    .map(([head, version, metrics, filled]) => ({
      ...head,
      ...(version !== null && { version }),
      metrics,
      parameters: filled,
    }));
}

function property(depth: number): fc.Arbitrary<PropertyToSend> {
  const plain = fc.constantFrom(...BASIC_DATATYPES).chain((datatype) =>
    plainRecord({
      key: TEXT,
      datatype: fc.constant(datatype),
      value: fc.option(basicValue(datatype)),
    }),
  );
  if (depth === 0) return plain;
  const set = properties(depth - 1);
  return fc.oneof(
    plain,
    plainRecord({ key: TEXT, datatype: fc.constant("PropertySet" as const), value: set }),
    plainRecord({
      key: TEXT,
      datatype: fc.constant("PropertySetList" as const),
      value: fc.array(set, { maxLength: 2 }),
    }),
  );
}

/** Keys differ: of two equal ones the last holds, which is no round trip. */
function properties(depth: number): fc.Arbitrary<PropertyToSend[]> {
  return fc.uniqueArray(property(depth), { selector: ({ key }) => key, maxLength: 3 });
}

const METADATA: fc.Arbitrary<MetaData> = fc.record(
  {
    isMultiPart: fc.boolean(),
    contentType: TEXT,
    size: ALIAS,
    seq: ALIAS,
    fileName: TEXT,
    fileType: TEXT,
    md5: TEXT,
    description: TEXT,
  },
  { requiredKeys: [], noNullPrototype: true },
);

/** A metric of one of `datatypes` that carries its datatype. */
export function anyMetric(datatypes: readonly Datatype[], depth = 1): fc.Arbitrary<MetricToSend> {
  return fc.constantFrom(...datatypes).chain((datatype) =>
    fc
      .record(
        {
          name: TEXT,
          alias: ALIAS,
          timestamp: TIME,
          isHistorical: fc.constant(true),
          isTransient: fc.constant(true),
          metadata: METADATA,
          properties: properties(1).filter((list) => list.length > 0),
          value: fc.option(valueOf(datatype, depth), { freq: 10 }),
        },
        { requiredKeys: ["value"], noNullPrototype: true },
      )
      .map((rest) => ({ ...rest, datatype, tellDatatype: true })),
  );
}

/** A payload of any metrics. */
export const PAYLOAD: fc.Arbitrary<PayloadToSend> = fc.record(
  {
    timestamp: TIME,
    seq: fc.integer({ min: 0, max: 255 }),
    uuid: TEXT,
    body: fc.uint8Array({ maxLength: 20 }),
    metrics: fc.array(anyMetric(DATATYPES), { maxLength: 6 }),
  },
  { requiredKeys: ["metrics"], noNullPrototype: true },
);
