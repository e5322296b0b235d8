import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { TAG_COLUMNS, TAG_TABLES } from "../../../../adapters/modbus/src/csv/tag-fields.ts";

const fieldsIn = (text: string): readonly unknown[] => {
  const { tags, problems } = TAG_TABLES.read(text);
  assert.deepEqual(problems, []);
  return tags.map(({ fields }) => fields);
};

describe("the table of tags", () => {
  it("reads the columns of a tag, in any order", () => {
    const text = "type,at,name,scale,eu_low,eu_high\nint16,hr:100,Press/Force,0.1,0,400\n";

    const [tag] = fieldsIn(text);

    assert.deepEqual(tag, {
      name: "Press/Force",
      at: "hr:100",
      type: "int16",
      scale: 0.1,
      euRange: [0, 400],
    });
  });

  it("reads what a spreadsheet of another country writes: BOM, semicolons, CRLF", () => {
    const text = "\ufeffname;at;type;description\r\nA;hr:1;int16;Speed, actual\r\n";

    const [tag] = fieldsIn(text);

    assert.deepEqual(tag, { name: "A", at: "hr:1", type: "int16", description: "Speed, actual" });
  });

  it("knows a column by any spelling of its name", () => {
    for (const header of ["byte_order", "Byte Order", "byteOrder", "BYTE_ORDER"]) {
      assert.deepEqual(fieldsIn(`name,at,${header}\nA,hr:1,CDAB`), [
        { name: "A", at: "hr:1", byteOrder: "CDAB" },
      ]);
    }
  });

  it("reads limits, and writes them again", () => {
    const text =
      "name,at,type,low_low_limit,lowLimit,High Limit,highHighLimit\nA,hr:1,int16,-2.5,0,6,8\n";
    const tags = fieldsIn(text);

    const limits = { lowLowLimit: -2.5, lowLimit: 0, highLimit: 6, highHighLimit: 8 };
    assert.deepEqual(tags, [{ name: "A", at: "hr:1", type: "int16", ...limits }]);
    assert.deepEqual(fieldsIn(TAG_TABLES.write([{ name: "A", at: "hr:1", ...limits }])), [
      { name: "A", at: "hr:1", ...limits },
    ]);
  });

  it("leaves out what a row does not say", () => {
    assert.deepEqual(fieldsIn("name,at,scale,unit\nA,hr:1,,\n\n,,,\n"), [
      { name: "A", at: "hr:1" },
    ]);
  });

  it("reads ranges, maps and lists", () => {
    const text = "name,at,valid_range,enum,invalid_raw\nA,hr:1,-1..500,0=Off | 1=On,0x8000 | 65535";

    assert.deepEqual(fieldsIn(text), [
      {
        name: "A",
        at: "hr:1",
        validRange: [-1, 500],
        enum: { 0: "Off", 1: "On" },
        invalidRaw: [0x8000, 65_535],
      },
    ]);
  });

  it("says line and column of a cell that cannot be read, and reads the others", () => {
    const text = 'name,at,scale\nA,hr:1,0.1\nB,hr:2,"0,1"\nC,hr:3,x\nD,hr:4,2';

    const { tags, problems } = TAG_TABLES.read(text);

    assert.deepEqual(
      tags.map(({ line }) => line),
      [2, 5],
    );
    assert.deepEqual(
      problems.map(({ line, column }) => ({ line, column })),
      [
        { line: 3, column: "scale" },
        { line: 4, column: "scale" },
      ],
    );
    assert.match(problems[0]?.message ?? "", /"0,1" is not a number with a point/);
  });

  it("refuses columns that it does not know, and says which there are", () => {
    const { tags, problems } = TAG_TABLES.read("name,at,colour\nA,hr:1,red");

    assert.equal(tags.length, 0);
    assert.match(problems[0]?.message ?? "", /there is no column "colour"; there are: name, at,/);
  });

  it("refuses a table without the columns that every tag needs", () => {
    const { problems } = TAG_TABLES.read("type,unit\nint16,bar");

    assert.deepEqual(
      problems.map(({ column }) => column),
      ["name", "at"],
    );
  });

  it("says where quotes do not fit together", () => {
    const { tags, problems } = TAG_TABLES.read('name,at\nA,"hr:1\nB,hr:2');

    assert.equal(tags.length, 0);
    assert.match(problems[0]?.message ?? "", /quotes do not fit together/);
  });

  it("refuses a row with more cells than columns", () => {
    const { tags, problems } = TAG_TABLES.read("name,at\nA,hr:1,x\nB,hr:2");

    assert.deepEqual(
      tags.map(({ fields }) => fields["name"]),
      ["B"],
    );
    assert.equal(problems[0]?.line, 2);
  });

  it("says that half a range is none", () => {
    const { problems } = TAG_TABLES.read("name,at,eu_low,eu_high\nA,hr:1,5,");

    assert.equal(problems[0]?.column, "euHigh");
  });

  it("says that an empty file has no header", () => {
    assert.match(TAG_TABLES.read("").problems[0]?.message ?? "", /first line names the columns/);
  });

  it("gives back what it wrote, whatever stands in the tags", () => {
    const word = fc.string({ minLength: 1 }).filter((text) => text.trim() === text && text !== "");
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    const tag = fc.record(
      {
        name: word,
        at: fc.constantFrom("hr:1", "400101", "co:5", "hr:200/8"),
        type: fc.constantFrom("int16", "string"),
        scale: number,
        unit: word,
        euRange: fc.tuple(number, number),
        validRange: fc.tuple(number, number),
        description: word,
        enum: fc.dictionary(
          fc.nat(99).map(String),
          word.filter((text) => !text.includes("\\")),
          {
            minKeys: 1,
          },
        ),
        swap: fc.boolean(),
      },
      { requiredKeys: ["name", "at"] },
    );

    fc.assert(
      fc.property(fc.array(tag, { minLength: 1, maxLength: 5 }), (tags) => {
        assert.deepEqual(
          fieldsIn(TAG_TABLES.write(tags)),
          tags.map((each) => ({ ...each, ...("enum" in each && { enum: { ...each.enum } }) })),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("writes the usual columns always and rare ones when a tag needs them", () => {
    const usual = TAG_TABLES.write([{ name: "A", at: "hr:1" }])
      .split("\n")[0]
      ?.split(",");
    const rare = TAG_TABLES.write([{ name: "A", at: "hr:1", swap: true }])
      .split("\n")[0]
      ?.split(",");

    assert.deepEqual(usual, TAG_COLUMNS.slice(0, 14));
    assert.deepEqual(rare, [...TAG_COLUMNS.slice(0, 14), "swap"]);
  });
});
