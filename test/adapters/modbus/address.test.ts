import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addressText, parseAddress, type Address } from "../../../adapters/modbus/src/address.ts";

/** The address of the PDU, or what is wrong. */
function pduText(text: string, base: 0 | 1): string {
  const parsed = parseAddress(text, base);
  return parsed.kind === "address" ? addressText(parsed.address) : parsed.problem;
}

describe("a Modbus address", () => {
  const good: readonly (readonly [string, Address])[] = [
    ["hr:100", { table: "hr", start: 100 }],
    ["ir:0x1F", { table: "ir", start: 31 }],
    ["co:5", { table: "co", start: 5 }],
    ["di:0", { table: "di", start: 0 }],
    ["HR:65535", { table: "hr", start: 65_535 }],
    ["hr:10.3", { table: "hr", start: 10, bit: 3 }],
    ["hr:200/8", { table: "hr", start: 200, count: 8 }],
    ["40001", { table: "hr", start: 0 }],
    ["40101", { table: "hr", start: 100 }],
    ["400101", { table: "hr", start: 100 }],
    ["465536", { table: "hr", start: 65_535 }],
    ["4x101", { table: "hr", start: 100 }],
    ["30001", { table: "ir", start: 0 }],
    ["10001", { table: "di", start: 0 }],
    ["00001", { table: "co", start: 0 }],
    ["40011.3", { table: "hr", start: 10, bit: 3 }],
    ["400201/8", { table: "hr", start: 200, count: 8 }],
  ];
  for (const [text, address] of good) {
    it(`reads ${text} as ${address.table} ${address.start}`, () => {
      assert.deepEqual(parseAddress(text), { kind: "address", address });
    });
  }

  it("is counted from 1 where the device does so; Modicon numbers always are", () => {
    assert.equal(pduText("HR101", 1), "hr:100");
    assert.equal(pduText("hr:101.3", 1), "hr:100.3");
    assert.equal(pduText("IR101/2", 0), "ir:101/2");
    assert.equal(pduText("40101", 0), pduText("40101", 1));
    assert.match(pduText("hr:0", 1), /begin at 1/);
  });

  const bad: readonly (readonly [string, RegExp])[] = [
    ["hr:65536", /a table ends at 65535/],
    ["465537", /a table ends at 65535/],
    ["40000", /begin at 1/],
    ["hr:1.16", /a register has 0 to 15/],
    ["co:1.0", /one bit already/],
    ["di:1/2", /one bit already/],
    ["hr:1.0/2", /not both/],
    ["hr:1/0", /0 registers/],
    ["hr:-1", /is not an address/],
    ["xx:1", /is not an address/],
    ["20001", /is not an address/],
    ["101", /is not an address/],
    ["", /is not an address/],
    [" hr:1", /is not an address/],
  ];
  for (const [text, sentence] of bad) {
    it(`refuses "${text}" and says why`, () => {
      const parsed = parseAddress(text);

      assert.equal(parsed.kind, "problem");
      assert.match(parsed.kind === "problem" ? parsed.problem : "", sentence);
    });
  }
});
