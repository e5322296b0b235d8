import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openLog } from "../../../hub/src/cli/log.ts";

function logged(isTTY: boolean): string {
  let text = "";
  const log = openLog("info", { isTTY, write: (line: string) => (text += line) });
  log.debug({}, "not shown");
  log.warn({ device: "press-01", error: new Error("no answer") }, "device died");
  return text;
}

describe("the log", () => {
  it("is JSON lines for machines, errors with their message and stack", () => {
    const [line, rest] = logged(false).split("\n");

    const fields: { msg: string; device: string; error: { message: string; stack: string } } =
      JSON.parse(line ?? "");
    assert.deepEqual(
      [fields.msg, fields.device, fields.error.message],
      ["device died", "press-01", "no answer"],
    );
    assert.match(fields.error.stack, /log\.test/);
    assert.equal(rest, "");
  });

  it("is one short line for people", () => {
    assert.match(
      logged(true),
      /^\d\d:\d\d:\d\d warn {2}device died {2}device=press-01 error="no answer"\n$/,
    );
  });
});
