/** Sparkplug payloads field by field, so that they can also be wrong: the encoder of `sparkplug` refuses to. */

/** A metric; each part is written when it is there. */
export interface RawMetric {
  readonly name?: string;
  readonly alias?: number;
  readonly timestamp?: number;
  readonly datatype?: number;
  readonly isHistorical?: boolean;
  readonly isNull?: boolean;
  readonly properties?: readonly RawProperty[];
  readonly int?: number;
  readonly long?: number;
  readonly boolean?: boolean;
  readonly string?: string;
  readonly bytes?: Uint8Array;
  readonly dataset?: RawDataSet;
  readonly template?: RawTemplate;
}

export interface RawProperty {
  readonly key?: string;
  readonly type?: number;
  readonly int?: number;
  readonly string?: string;
}

export interface RawDataSet {
  readonly columns: readonly string[];
  readonly types: readonly number[];
  readonly count: number;
}

export interface RawTemplate {
  readonly isDefinition?: boolean;
  readonly ref?: string;
  readonly metrics?: readonly RawMetric[];
  readonly parameters?: readonly {
    readonly name?: string;
    readonly type?: number;
    readonly int?: number;
  }[];
}

export interface RawPayload {
  readonly timestamp?: number | undefined;
  readonly seq?: number;
  readonly metrics?: readonly RawMetric[];
}

export function rawPayload({ timestamp, seq, metrics = [] }: RawPayload): Buffer {
  return Buffer.concat([
    number(1, timestamp),
    ...metrics.map((metric) => bytes(2, rawMetric(metric))),
    number(3, seq),
  ]);
}

function rawMetric(metric: RawMetric): Buffer {
  const { properties, dataset, template } = metric;
  return Buffer.concat([
    text(1, metric.name),
    number(2, metric.alias),
    number(3, metric.timestamp),
    number(4, metric.datatype),
    flag(5, metric.isHistorical),
    flag(7, metric.isNull),
    bytes(9, properties && rawProperties(properties)),
    number(10, metric.int),
    number(11, metric.long),
    flag(14, metric.boolean),
    text(15, metric.string),
    bytes(16, metric.bytes),
    bytes(17, dataset && rawDataSet(dataset)),
    bytes(18, template && rawTemplate(template)),
  ]);
}

/** A property without type and value writes its key alone. */
function rawProperties(properties: readonly RawProperty[]): Buffer {
  const keys = properties.map(({ key }) => text(1, key));
  const values = properties.flatMap(({ type, int, string }) => {
    const isThere = type !== undefined || int !== undefined || string !== undefined;
    return isThere
      ? [bytes(2, Buffer.concat([number(1, type), number(3, int), text(8, string)]))]
      : [];
  });
  return Buffer.concat([...keys, ...values]);
}

function rawDataSet({ columns, types, count }: RawDataSet): Buffer {
  return Buffer.concat([
    number(1, count),
    ...columns.map((column) => text(2, column)),
    ...types.map((type) => number(3, type)),
  ]);
}

function rawTemplate({ isDefinition, ref, metrics = [], parameters = [] }: RawTemplate): Buffer {
  return Buffer.concat([
    ...metrics.map((metric) => bytes(2, rawMetric(metric))),
    ...parameters.map(({ name, type, int }) =>
      bytes(3, Buffer.concat([text(1, name), number(2, type), number(3, int)])),
    ),
    text(4, ref),
    flag(5, isDefinition),
  ]);
}

const NOTHING = Buffer.alloc(0);

function number(field: number, value: number | undefined): Buffer {
  return value === undefined ? NOTHING : Buffer.concat([varint(field << 3), varint(value)]);
}

function flag(field: number, value: boolean | undefined): Buffer {
  return number(field, value === undefined ? undefined : Number(value));
}

function text(field: number, value: string | undefined): Buffer {
  return bytes(field, value === undefined ? undefined : Buffer.from(value));
}

function bytes(field: number, value: Uint8Array | undefined): Buffer {
  if (value === undefined) return NOTHING;
  return Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
}

function varint(value: number): Buffer {
  const found: number[] = [];
  let rest = BigInt(value);
  while (rest > 127n) {
    found.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  found.push(Number(rest));
  return Buffer.from(found);
}
