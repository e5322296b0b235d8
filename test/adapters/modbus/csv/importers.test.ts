import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isIgnition } from "@unshub/adapter/table";
import { importIgnition } from "../../../../adapters/modbus/src/csv/ignition.ts";
import type { Imported } from "../../../../adapters/modbus/src/csv/imported.ts";
import { importKepware, isKepware } from "../../../../adapters/modbus/src/csv/kepware.ts";
import { importNeuron, isNeuron } from "../../../../adapters/modbus/src/csv/neuron.ts";

const fields = ({ tags, problems }: Imported): readonly unknown[] => {
  assert.deepEqual(problems, []);
  return tags.map((tag) => tag.fields);
};

const problem = ({ problems }: Imported): string => problems[0]?.message ?? "";

const KEPWARE_HEADER =
  "Tag Name,Address,Data Type,Respect Data Type,Client Access,Scan Rate,Scaling,Raw Low,Raw High," +
  "Scaled Low,Scaled High,Scaled Data Type,Clamp Low,Clamp High,Eng Units,Description,Negate Value";

const kepware = (...rows: readonly string[]): Imported =>
  importKepware([KEPWARE_HEADER, ...rows].join("\r\n"));

const ignition = (...tags: readonly object[]): Imported =>
  importIgnition(
    JSON.stringify({
      name: "",
      tagType: "Provider",
      tags: [{ name: "Line1", tagType: "Folder", tags }],
    }),
  );

const opc = (name: string, opcItemPath: unknown, more: object = {}): object => ({
  name,
  tagType: "AtomicTag",
  valueSource: "opc",
  opcItemPath,
  ...more,
});

describe("a file of Kepware", () => {
  it("is known by its header", () => {
    assert.equal(isKepware(`${KEPWARE_HEADER}\r\n`), true);
    assert.equal(isKepware("name,at,type\n"), false);
  });

  it("becomes tags with groups of one scan rate", () => {
    const imported = kepware(
      '"Press.Pressure","400101","Float",1,"RO",250,,,,,,,,,"bar","Main, hydraulic",',
    );

    assert.deepEqual(fields(imported), [
      {
        name: "Press/Pressure",
        at: "400101",
        type: "float32",
        byteOrder: "CDAB",
        group: "every-250ms",
        access: "r",
        unit: "bar",
        description: "Main, hydraulic",
      },
    ]);
    assert.deepEqual([...imported.groups], [["every-250ms", "250ms"]]);
  });

  it("takes the word order of the device where it is not the default", () => {
    const text = `${KEPWARE_HEADER}\nA,400001,Double,1,RO,100,,,,,,,,,,,`;

    const { tags } = importKepware(text, { byteOrder: "ABCD" });

    assert.equal(tags[0]?.fields["byteOrder"], "ABCD");
  });

  it("keeps linear scaling with its clamp", () => {
    const [tag] = fields(kepware("A,400001,Short,1,R/W,100,Linear,0,1000,0,100,Double,1,1,bar,,0"));

    assert.deepEqual(tag, {
      name: "A",
      at: "400001",
      type: "int16",
      rawRange: [0, 1000],
      euRange: [0, 100],
      clamp: true,
      output: "Double",
      group: "every-100ms",
      access: "rw",
      unit: "bar",
    });
  });

  it("reads bits, coils, strings and arrays from the address", () => {
    const places = fields(
      kepware(
        "A,400010.3,Boolean,1,RO,,,,,,,,,,,,",
        "B,000005,Boolean,1,R/W,,,,,,,,,,,,",
        "C,400200.15L,String,1,RO,,,,,,,,,,,,",
        "D,400300 [10],Float Array,1,RO,,,,,,,,,,,,",
      ),
    );

    assert.deepEqual(places, [
      { name: "A", at: "400010.3", type: "bool", access: "r" },
      { name: "B", at: "000005", type: "bool", access: "rw" },
      { name: "C", at: "400200/8", type: "string", swap: true, access: "r" },
      { name: "D", at: "400300/20", type: "float32", byteOrder: "CDAB", access: "r" },
    ]);
  });

  it("says what has no counterpart, and takes the rest", () => {
    const imported = kepware(
      "A,4x,Word,1,RO,,,,,,,,,,,,",
      "B,400001,Word,1,RO,,Square Root,0,1,0,1,,,,,,",
      "C,400001,Word,1,RO,,,,,,,,,,,,1",
      "D,400001,Date,1,RO,,,,,,,,,,,,",
      "E,400001,Word,1,RO,,,,,,,,,,,,",
    );

    assert.deepEqual(
      imported.problems.map(({ line, message }) => `${line}: ${message}`),
      [
        '2: A: "4x" is not a Modbus address of Kepware',
        '3: B: scaling "Square Root" has no counterpart here',
        '4: C: "Negate Value" has no counterpart here',
        '5: D: the data type "Date" has no counterpart here',
      ],
    );
    assert.equal(imported.tags.length, 1);
  });

  it("lists columns that it does not read", () => {
    const { ignored } = importKepware("Tag Name,Address,Data Type,Colour\nA,400001,Word,red");

    assert.deepEqual(ignored, ["colour"]);
  });
});

describe("a file of Neuron", () => {
  const HEADER = "group,interval,name,address,attribute,type,description,decimal,precision,bias";
  const neuron = (...rows: readonly string[]): Imported =>
    importNeuron([HEADER, ...rows].join("\n"));

  it("is known by its header", () => {
    assert.equal(isNeuron(HEADER), true);
    assert.equal(isNeuron(KEPWARE_HEADER), false);
  });

  it("becomes tags with unit, group and scaling", () => {
    const imported = neuron("fast,250,Temp,2!400010,Read Subscribe,INT16,Oven,0.1,1,-5");

    assert.deepEqual(imported.tags, [
      {
        line: 2,
        unit: 2,
        fields: {
          name: "Temp",
          at: "400010",
          type: "int16",
          scale: 0.1,
          offset: -5,
          group: "fast",
          access: "r",
          description: "Oven",
        },
      },
    ]);
    assert.deepEqual([...imported.groups], [["fast", "250ms"]]);
    assert.deepEqual(imported.ignored, ["precision"]);
  });

  it("translates its byte orders", () => {
    const rows = ["#LL", "#BL", "#LB", "#BB"].map(
      (order) => `g,100,A,1!400010${order},Read,FLOAT,,,,`,
    );

    const orders = neuron(...rows).tags.map((tag) => tag.fields["byteOrder"]);

    assert.deepEqual(orders, ["ABCD", "CDAB", "BADC", "DCBA"]);
  });

  it("reads bits, coils and strings from the address", () => {
    const places = fields(
      neuron(
        "g,100,A,1!400010.3,Read,BIT,,,,",
        "g,100,B,1!000005,Read Write,BIT,,,,",
        "g,100,C,1!400020.9L,Read,STRING,,,,",
        "g,100,D,1!400020.4E,3,STRING,,,,",
      ),
    );

    assert.deepEqual(places, [
      { name: "A", at: "400010.3", type: "bool", group: "g", access: "r" },
      { name: "B", at: "000005", type: "bool", group: "g", access: "rw" },
      { name: "C", at: "400020/5", type: "string", swap: true, group: "g", access: "r" },
      { name: "D", at: "400020/4", type: "string", byte: "low", group: "g", access: "rw" },
    ]);
  });

  it("says which address it cannot read", () => {
    assert.equal(
      problem(neuron("g,100,A,400010,Read,INT16,,,,")),
      'A: "400010" is not a Modbus address of Neuron',
    );
  });
});

describe("a file of Ignition", () => {
  it("is known by its shape", () => {
    assert.equal(isIgnition('{"name":"","tagType":"Provider","tags":[]}'), true);
    assert.equal(isIgnition(KEPWARE_HEADER), false);
  });

  it("becomes tags with the folders in their names, addresses counted from 0", () => {
    const tag = opc("P", "ns=1;s=[Press]3.HRF101", {
      engUnit: "bar",
      engLow: 0,
      engHigh: 10,
      tagGroup: "Fast",
      deadband: 0.5,
      deadbandMode: "Absolute",
    });

    const imported = ignition(tag);

    assert.deepEqual(imported.tags, [
      {
        line: 1,
        unit: 3,
        fields: {
          name: "Line1/P",
          at: "hr:100",
          type: "float32",
          byteOrder: "CDAB",
          euRange: [0, 10],
          deadband: 0.5,
          group: "Fast",
          access: "rw",
          unit: "bar",
        },
      },
    ]);
  });

  it("knows every designator", () => {
    const items = ["HR5", "HRUS5", "HRI5", "HRUI5", "HRI_645", "HRUI_645", "HRD5", "HRBCD5", "IR5"];

    const { tags } = ignition(...items.map((item) => opc(item, `[d]${item}`)));

    assert.deepEqual(
      tags.map((tag) => tag.fields["type"]),
      ["int16", "uint16", "int32", "uint32", "int64", "uint64", "float64", "bcd16", "int16"],
    );
  });

  it("reads bits, coils, inputs and strings", () => {
    const places = fields(
      ignition(
        opc("A", "[d]HR10.3"),
        opc("B", "[d]C5"),
        opc("C", "[d]DI6"),
        opc("D", "[d]HRS10:15"),
      ),
    );

    assert.deepEqual(places, [
      { name: "Line1/A", at: "hr:9.3", type: "bool", access: "rw" },
      { name: "Line1/B", at: "co:4", type: "bool", access: "rw" },
      { name: "Line1/C", at: "di:5", type: "bool", access: "r" },
      { name: "Line1/D", at: "hr:9/8", type: "string", access: "rw" },
    ]);
  });

  it("lists tags that are not of a device, and says what it cannot read", () => {
    const imported = ignition(
      { name: "M", tagType: "AtomicTag", valueSource: "memory" },
      opc("N", { binding: "{device}" }),
      opc("O", "[d]HR0"),
      opc("Q", "[Sample]Ramp/Ramp1"),
    );

    assert.deepEqual(imported.ignored, ["Line1/M (AtomicTag, memory)"]);
    assert.equal(imported.problems.length, 3);
    assert.match(problem(imported), /Line1\/N: its OPC item path is bound/);
  });

  it("says that broken JSON is none", () => {
    assert.match(problem(importIgnition("{")), /this is no JSON/);
  });
});
