import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseConfig } from "../../../hub/src/config/index.ts";
import { keepingOf, recordingOf } from "../../../hub/src/history/rules.ts";

const DOCS = join(import.meta.dirname, "../../../docs");

/** The example of the page, as a configuration. */
async function documented() {
  const page = readFileSync(join(DOCS, "history.md"), "utf8");
  const yaml = /```yaml\n(history:[^`]+)```/.exec(page)?.[1] ?? "";
  const text = `listeners: { mqtt: {} }\n${yaml}`;
  const options = { file: "/plant/unshub.yaml", checkAdapter: async () => undefined };
  return (await parseConfig(text, options)).history;
}

describe("the page about the history", () => {
  it("shows a configuration that is one, and says what its rules do", async () => {
    const config = await documented();
    const rule = (deviceId: string, name: string, group = "Plant1") =>
      recordingOf(
        config,
        { groupId: group, edgeNodeId: "gw-press", deviceId, name },
        { low: 0, high: 200 },
      );

    assert.deepEqual(rule("p1", "Vibration/X"), {
      rule: "Plant1/gw-press/+/Vibration/#",
      deadband: 0.05,
      atLeastEveryMs: 600_000,
    });
    assert.equal(rule("p1", "Temperature")?.deadband, 1); // 0.5% of 200
    assert.equal(rule("p1", "Temperature/Set")?.rule, "");
    assert.equal(rule("p1", "Debug/Trace", "Other"), undefined);
    assert.equal(rule("energy", "Total")?.rule, "Plant1/+/energy/#");
    assert.deepEqual(
      keepingOf(config).map(({ rule: filter, keepMs }) => [filter, keepMs / 86_400_000]),
      [
        ["Plant1/+/energy/#", 1000],
        ["Plant1/gw-press/+/Vibration/#", 2],
        ["Plant1/gw-press/+/Temperature", 30],
        ["+/+/+/Debug/#", 30],
        ["", 30],
      ],
    );
  });

  it("names the defaults as they are", async () => {
    const options = { file: "/plant/unshub.yaml", checkAdapter: async () => undefined };
    const { history } = await parseConfig("listeners: { mqtt: {} }", options);
    const shown = await documented();

    assert.deepEqual(
      [history.record, history.keep, history.minFreeDisk, history.replay],
      [shown.record, shown.keep, shown.minFreeDisk, shown.replay],
    );
  });

  it("refuses filters, sizes and deadbands that are none, each with what is wrong", async () => {
    const wrong = [
      ['rules: [{ filter: "a/#/b" }]', /is not a filter/],
      ['rules: [{ filter: "a/b+" }]', /is not a filter/],
      ['rules: [{ filter: "a", deadband: -1 }]', /deadband/],
      ['rules: [{ filter: "a", deadband: "5 %" }]', /0\.5%/],
      ["keep: 3", /keep/],
      ["maxSize: 20", /maxSize/],
    ] as const;
    for (const [text, says] of wrong) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await assert.rejects(
        parseConfig(`listeners: { mqtt: {} }\nhistory: { ${text} }`, {
          file: "/plant/unshub.yaml",
          checkAdapter: async () => undefined,
        }),
        (error) => error instanceof Error && says.test(JSON.stringify(error) + error.message),
        text,
      );
    }
  });
});
