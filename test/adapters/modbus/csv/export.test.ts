/** Tags as files of Kepware, Neuron and Ignition: what is in them comes back as the same tags, what is not is told. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { ExportedTags } from "@unshub/adapter";
import { EXPORT_FORMATS, exportTags } from "../../../../adapters/modbus/src/csv/export/index.ts";
import { importIgnition } from "../../../../adapters/modbus/src/csv/ignition.ts";
import type { Imported } from "../../../../adapters/modbus/src/csv/imported.ts";
import { importKepware } from "../../../../adapters/modbus/src/csv/kepware.ts";
import { importNeuron } from "../../../../adapters/modbus/src/csv/neuron.ts";
import type { Tag } from "../../../../adapters/modbus/src/tag.ts";
import { LONG_BYTE_ORDERS } from "../../../../adapters/modbus/src/types/byte-order.ts";
import { decodeTag } from "../../../../adapters/modbus/src/types/decode-tag.ts";
import { parseOnlyLink } from "../../../support/modbus-config.ts";

const GROUPS = { fast: { interval: "250ms" }, slow: { interval: "5s" } };
const PLACE = { folder: "." };

function entry(tags: readonly object[], fields: object = {}): object {
  const device = { name: "press-01", unit: 3, groups: GROUPS, ...fields };
  const grouped = tags.map((tag) => ({ group: "fast", ...tag }));
  return { link: { host: "plc" }, devices: [{ ...device, tags: grouped }] };
}

function exported(format: string, tags: readonly object[], fields: object = {}): ExportedTags {
  const done = exportTags(entry(tags, fields), PLACE, { deviceId: "press-01", format });
  assert.ok(done);
  return done;
}

function imported(format: string, { text, notes }: ExportedTags): Imported {
  const [, byteOrder] = /--byte-order (ABCD|CDAB)/.exec(notes.join()) ?? [];
  const options = byteOrder === "ABCD" ? ({ byteOrder } as const) : {};
  if (format === "neuron") return importNeuron(text);
  return format === "kepware" ? importKepware(text, options) : importIgnition(text, options);
}

/** The tags as a device would have them that was made of the file. */
function tagsIn(format: string, file: ExportedTags): readonly Tag[] {
  const { tags, problems } = imported(format, file);
  assert.deepEqual(problems, []);
  if (tags.length === 0) return [];
  const made = tags.map(({ fields }) => ({ ...fields, group: "fast" }));
  return tagsOf(entry(made, { allowRmw: true }));
}

function tagsOf(config: object): readonly Tag[] {
  return parseOnlyLink(config).devices.flatMap(({ groups }) => groups.flatMap(({ tags }) => tags));
}

function lossesOf({ losses }: ExportedTags): readonly string[] {
  return losses.map(({ tag, isLeftOut, what }) => `${tag}: ${isLeftOut ? "-" : ""}${what}`);
}

const PRESSURE = { name: "Hydraulics/Pressure", at: "hr:100", type: "float32", byteOrder: "CDAB" };

function order(name: string, byteOrder: string): object {
  return { ...PRESSURE, name, byteOrder };
}

describe("a file for Kepware", () => {
  it("has a row for each tag, one-based, with scan rates and scaling", () => {
    const file = exported("kepware", [
      { ...PRESSURE, unit: "bar", description: 'main, "cold"' },
      {
        name: "Setpoint",
        at: "hr:120",
        type: "int16",
        scale: 0.1,
        euRange: [0, 350],
        group: "slow",
      },
      { name: "Ready", at: "hr:9.3" },
      { name: "Pump", at: "co:4" },
      { name: "Serial", at: "ir:199/8", type: "string" },
      { name: "Curve", at: "hr:300/6", type: "float32", byteOrder: "CDAB" },
    ]);

    const [, ...rows] = file.text.trimEnd().split("\n");
    assert.deepEqual(rows, [
      'Hydraulics.Pressure,400101,Float,1,RO,250,,,,,,,,,bar,"main, ""cold""",',
      "Ready,400010.3,Boolean,1,RO,250,,,,,,,,,,,",
      "Pump,000005,Boolean,1,RO,250,,,,,,,,,,,",
      "Serial,300200.16H,String,1,RO,250,,,,,,,,,,,",
      "Curve,400301 [3],Float Array,1,RO,250,,,,,,,,,,,",
      "Setpoint,400121,Short,1,RO,5000,Linear,0,3500,0,350,Double,0,0,,,",
    ]);
    assert.deepEqual(lossesOf(file), []);
    assert.deepEqual(file.notes, [
      "the unit is a setting of the device there: 3",
      "groups have no names there, only scan rates: fast 250 ms, slow 5000 ms",
    ]);
  });

  it("says which word order the device needs, and leaves out what has another one", () => {
    const file = exported("kepware", [order("A", "ABCD"), order("B", "ABCD"), order("C", "CDAB")]);

    assert.match(file.notes.join(), /\(ABCD\): set the device so.*import with --byte-order ABCD/);
    assert.deepEqual(
      lossesOf(file).map((loss) => loss.slice(0, 40)),
      ["C: -its registers stand as CDAB; those o"],
    );
    assert.deepEqual(
      tagsIn("kepware", file).map(({ name, byteOrder }) => `${name} ${byteOrder}`),
      ["A ABCD", "B ABCD"],
    );
  });
});

describe("a file for Neuron", () => {
  it("has unit, register, byte order, factor and offset of each tag", () => {
    const file = exported("neuron", [
      { ...PRESSURE, description: "main" },
      { name: "Level", at: "ir:3", type: "int16", byteOrder: "BADC", scale: 0.1, offset: -5 },
      { name: "Name", at: "hr:19/5", type: "string", swap: true },
      { name: "Pump", at: "co:4", access: "rw" },
    ]);

    assert.deepEqual(file.text.trimEnd().split("\n"), [
      "group,interval,name,address,attribute,type,description,decimal,precision,bias",
      "fast,250,Hydraulics/Pressure,3!400101#BL,Read,FLOAT,main,,,",
      "fast,250,Level,3!300004#B,Read,INT16,,0.1,,-5",
      "fast,250,Name,3!400020.10L,Read,STRING,,,,",
      "fast,250,Pump,3!000005,Read Write,BIT,,,,",
    ]);
    assert.deepEqual(lossesOf(file), []);
  });
});

describe("a file for Ignition", () => {
  it("has folders, item paths, ranges, scaling and deadbands", () => {
    const file = exported("ignition", [
      { ...PRESSURE, unit: "bar", euRange: [0, 400], deadband: 0.5, access: "rw" },
      { name: "Hydraulics/Level", at: "ir:3", type: "uint16", scale: 0.1, description: "tank" },
    ]);

    const opc = {
      tagType: "AtomicTag",
      valueSource: "opc",
      opcServer: "Ignition OPC UA Server",
      tagGroup: "fast",
    };
    const pressure = {
      ...opc,
      name: "Pressure",
      opcItemPath: "ns=1;s=[press-01]3.HRF101",
      dataType: "Float4",
      engUnit: "bar",
      engLow: 0,
      engHigh: 400,
      deadband: 0.5,
      deadbandMode: "Absolute",
    };
    const level = {
      ...opc,
      name: "Level",
      opcItemPath: "ns=1;s=[press-01]3.IRUS4",
      dataType: "Float8",
      readOnly: true,
      documentation: "tank",
      scaleMode: "Linear",
      rawLow: 0,
      rawHigh: 1000,
      scaledLow: 0,
      scaledHigh: 100,
      clampMode: "No_Clamp",
    };
    assert.deepEqual(JSON.parse(file.text), {
      name: "",
      tagType: "Provider",
      tags: [{ name: "Hydraulics", tagType: "Folder", tags: [pressure, level] }],
    });
    assert.deepEqual(lossesOf(file), []);
    assert.match(
      file.notes.join("; "),
      /must be called press-01 .*tag groups there: fast \(250 ms\)/,
    );
  });

  it("gives a tag another name that is the folder of others, and says so", () => {
    const file = exported("ignition", [
      { name: "Motor", at: "hr:0", type: "int16" },
      { name: "Motor/Speed", at: "hr:1", type: "int16" },
      { name: "Motor.Speed%", at: "hr:2", type: "int16" },
    ]);

    assert.deepEqual(
      tagsIn("ignition", file)
        .map(({ name }) => name)
        .toSorted(),
      ["Motor/Speed", "Motor_2", "Motor_Speed_"],
    );
    assert.deepEqual(lossesOf(file), ["Motor: name", "Motor.Speed%: name"]);
  });
});

describe("whatever the format", () => {
  it("named bits become tags of their own, and what has no counterpart is told by name", () => {
    const tags = [
      { name: "Status", at: "hr:10", type: "bitfield", bits: { 0: "Running", 9: "Fault" } },
      {
        name: "Mode",
        at: "hr:11",
        type: "uint16",
        enum: { 0: "off", 1: "on" },
        validRange: [0, 1],
      },
      { name: "Date", at: "hr:20", type: "dt_iec870", utcOffset: "+01:00" },
      { name: "Counter", at: "hr:30", type: "uint64", byteOrder: "EFGHABCD" },
      { name: "Start", at: "hr:40", type: "uint16", access: "w", verify: "none" },
    ];
    for (const format of EXPORT_FORMATS) {
      const file = exported(format, tags, { readOnly: false, groups: { fast: { mode: "once" } } });
      const losses = lossesOf(file);

      assert.deepEqual(
        tagsIn(format, file)
          .slice(0, 2)
          .map(({ name, table, start, bit }) => `${name} ${table}:${start}.${bit}`),
        ["Status/Running hr:10.0", "Status/Fault hr:10.9"],
        format,
      );
      assert.equal(losses[0], "Mode: output, enum, validRange", format);
      assert.equal(losses[1], "Date: -there is no type dt_iec870", format);
      assert.match(losses[2] ?? "", /^Counter: -.*EFGHABCD/, format);
      assert.match(losses[3] ?? "", /^Start: (access, )?verify$/, format);
      assert.match(
        file.notes.join(),
        /group fast are read once, at birth; the file does not/,
        format,
      );
    }
  });

  it("templates, tables and defaults of the device are in the file", () => {
    const device = { name: "m", unit: 1, template: "eastron-sdm120" };
    const config = { link: { host: "plc" }, devices: [device, { name: "broken" }] };

    const file = exportTags(config, PLACE, { deviceId: "m", format: "kepware" });

    assert.match(file?.text ?? "", /^Voltage,300001,Float,1,RO,\d+,.*,V,/m);
    assert.equal(exportTags(config, PLACE, { deviceId: "x", format: "kepware" }), undefined);
  });

  it("a tag comes back as it was but for the keys that are told, and reads the same values", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...EXPORT_FORMATS),
        fc.array(anyTag, { maxLength: 6 }),
        SEED,
        comesBack,
      ),
      { numRuns: 400 },
    );
  });
});

const SEED = fc.uint8Array({ minLength: 40, maxLength: 40 });
const WORDS = fc.constantFrom("ABCD", "CDAB", "BADC", "DCBA");
const NUMBERS = [
  "int16",
  "uint16",
  "int32",
  "uint32",
  "float32",
  "bcd16",
  "bcd32",
  "int8h",
  "time32",
];
const some = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
const access = fc.constantFrom("r", "rw");
const start = fc.integer({ min: 0, max: 65_500 });
const number = fc.integer({ min: -5000, max: 5000 }).map((value) => value / 100);
const scaling = fc.oneof(
  fc.record({ scale: number.filter((scale) => scale !== 0), offset: some(number) }),
  fc.constant({ rawRange: [0, 27_648], euRange: [-10, 90], clamp: true }),
  fc.constant({ euRange: [0, 100], deadbandPercent: 1 }),
  fc.constant({}),
);
const more = fc.record({
  unit: some(fc.constantFrom("bar", "°C")),
  description: some(fc.constantFrom("plain", 'a "quoted", text', "two\nlines")),
  deadband: some(fc.constantFrom(0.5, 2)),
  validRange: some(fc.constant([-1e6, 1e6])),
  onBad: some(fc.constant("keepLast")),
  highLimit: some(fc.constantFrom(6, 1e6)),
});
const numeric = fc
  .record({ type: fc.constantFrom(...NUMBERS), byteOrder: WORDS, start, scaling, more, access })
  .map(({ type, byteOrder, start: at, scaling: scaled, more: rest, access: mode }) => {
    const isMoment = type === "time32";
    const line = isMoment ? {} : scaled;
    const { validRange, highLimit, ...others } = rest;
    const range = isMoment ? {} : { validRange, highLimit };
    return { type, byteOrder, at: `hr:${at}`, access: mode, ...line, ...others, ...range };
  });
const long = fc
  .record({
    start,
    byteOrder: fc.constantFrom(...LONG_BYTE_ORDERS),
    type: fc.constantFrom("int64", "float64"),
  })
  .map(({ start: at, ...tag }) => ({ ...tag, at: `ir:${at}` }));
const bit = fc
  .record({ start, bit: fc.integer({ min: 0, max: 15 }), byteOrder: WORDS, access })
  .map(({ start: at, bit: place, ...tag }) => ({
    ...tag,
    at: `hr:${at}.${place}`,
    allowRmw: true,
  }));
const text = fc
  .record({
    start,
    byteOrder: WORDS,
    swap: some(fc.boolean()),
    byte: some(fc.constantFrom("both", "low")),
  })
  .map(({ start: at, ...tag }) => ({ ...tag, type: "string", at: `hr:${at}/5` }));
const coil = start.map((at) => ({ at: `co:${at}` }));
const anyTag = fc.oneof(numeric, numeric, long, bit, text, coil).map((tag) => {
  return Object.fromEntries(Object.entries(tag).filter(([, value]) => value !== undefined));
});

/** Keys after whose loss a value is another one. */
const VALUE_KEYS = /\b(type|output|scale|clamp|validRange|encoding|byte|swap|trim|bits)\b/;

function comesBack(format: string, list: readonly object[], registers: Uint8Array): void {
  const named = list.map((tag, at) => ({ name: `Area/${at}`, ...tag }));
  const writable = { readOnly: false, allowRmw: true };
  const config = entry(named, writable);
  const before = list.length === 0 ? [] : tagsOf(config);
  if (before.length === 0) return;
  const file = exported(format, named, writable);
  const back = new Map(tagsIn(format, file).map((tag) => [tag.name, tag]));
  const losses = new Map(file.losses.map((loss) => [loss.tag, loss]));

  for (const tag of before) {
    const loss = losses.get(tag.name);
    const again = back.get(tag.name);
    assert.equal(again === undefined, loss?.isLeftOut === true, `${format} ${tag.name}`);
    if (again !== undefined) isSameButFor(loss?.what ?? "", { tag, again, registers });
  }
}

interface Returned {
  readonly tag: Tag;
  readonly again: Tag;
  readonly registers: Uint8Array;
}

function isSameButFor(told: string, { tag, again, registers }: Returned): void {
  assert.deepEqual([again.table, again.start, again.length], [tag.table, tag.start, tag.length]);
  for (const key of ["unit", "description", "access", "onBad"] as const) {
    if (again[key] !== tag[key]) assert.match(told, new RegExp(`\\b${key}\\b`));
  }
  if (again.publish?.deadband !== tag.publish?.deadband) assert.match(told, /\bdeadband\b/);
  if (VALUE_KEYS.test(told)) return;
  const data = registers.subarray(0, tag.table === "co" ? 1 : 2 * tag.length);
  const what = `${tag.type} ${tag.byteOrder} to ${again.type} ${again.byteOrder}`;
  assertSameValue(decodeTag(tag, data), decodeTag(again, data), what);
}

type Read = ReturnType<typeof decodeTag>;

function assertSameValue(one: Read, other: Read, what: string): void {
  if (one.kind === "good" && other.kind === "good" && typeof one.value === "number") {
    const difference = Math.abs(one.value - Number(other.value));
    assert.ok(difference <= 1e-6 * Math.max(1, Math.abs(one.value)), `${what}: ${one.value}`);
  } else assert.deepEqual(one, other, what);
}
