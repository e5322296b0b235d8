import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { writtenTags } from "../../../../adapters/modbus/src/config/written-tags.ts";

describe("tags as they are written", () => {
  it("have the address that is asked for beside the one that was written, by whatever base", () => {
    const tags = ["hr:101", "400101", 40_101, "hr:0x65.3", "nonsense"].map((at) => ({ at }));
    const device = (name: string, more: object = {}): object => ({ name, tags, ...more });
    const entry = {
      links: [
        {
          defaults: { addressBase: 1 },
          devices: [device("one"), device("two", { addressBase: 0 })],
        },
        { devices: [device("three")] },
      ],
    };

    const found = writtenTags(entry, { folder: "." });

    const zero = ["hr:101", "hr:100", "hr:100", "hr:101.3", undefined];
    assert.deepEqual(
      found.map(({ tags: own }) => own.map(({ address }) => address)),
      [["hr:100", "hr:100", "hr:100", "hr:100.3", undefined], zero, zero],
    );
  });
});
