/** Which tag of a device is read when its connection is tried. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import modbus from "../../../adapters/modbus/src/index.ts";
import type { Question } from "../../../adapters/modbus/src/tools/asker.ts";
import { readFirst } from "../../../adapters/modbus/src/trial.ts";

describe("the first tag of a Modbus device", () => {
  it("is one that fits into a request", async () => {
    const tags = [
      { name: "Recipe", at: "hr:0/300", type: "string" },
      { name: "Speed", at: "hr:400", type: "int16" },
    ];
    const device = { name: "a", unit: 3, groups: { fast: { interval: "1s" } }, tags };
    const input = { link: { framing: "tcp", host: "plc" }, devices: [device] };
    const [linked] = modbus.parseConfig(input, { folder: "/" }).links;
    const [config] = linked?.devices ?? [];
    assert.ok(config);
    const asked: Question[] = [];

    const step = await readFirst(config, (question) => {
      asked.push(question);
      return Promise.resolve({ kind: "data", data: Uint8Array.of(0, 7) });
    });

    assert.deepEqual(asked, [{ unit: 3, table: "hr", start: 400, count: 1 }]);
    assert.equal(step.says, "the value of Speed (hr:400) of unit 3 is 7");
  });
});
