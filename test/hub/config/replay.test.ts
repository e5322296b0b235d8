import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileError, parseFile } from "../../support/config-file.ts";

const LISTENS = "listeners: { mqtt: {} }\n";
const parse = (text: string) => parseFile(LISTENS + text);

async function problemsOf(text: string): Promise<string> {
  return (await fileError(LISTENS + text))?.message ?? "";
}

describe("the sections replay and blackBox", () => {
  it("may be left out: no messages are kept but those of the black box", async () => {
    const { replay, blackBox } = await parse("");

    assert.deepEqual(replay, { streams: [] });
    assert.deepEqual(blackBox, {
      record: true,
      keep: 600_000,
      maxSize: 8 * 1024 * 1024,
      redact: [],
    });
  });

  it("have an hour and 256 MiB for each stream that says nothing else", async () => {
    const { replay } = await parse(
      'replay: { sparkplug: {}, streams: [{ name: a, filter: "a/#" }] }',
    );

    const bounds = { retention: 3_600_000, maxSize: 256 * 1024 * 1024 };
    assert.deepEqual(replay, {
      sparkplug: bounds,
      streams: [{ name: "a", filter: "a/#", ...bounds, lastValuePerKey: false }],
    });
  });

  for (const [title, text, problem] of [
    [
      "a name twice",
      'streams: [{ name: a, filter: "a" }, { name: a, filter: "b" }]',
      /"a" stands there twice/,
    ],
    [
      "a name of the hub's",
      'streams: [{ name: uns, filter: "a" }]',
      /"uns" is a stream of the hub's own/,
    ],
    ["a name that is no level", 'streams: [{ name: a/b, filter: "a" }]', /use letters, digits/],
    ["a filter that is none", 'streams: [{ name: a, filter: "a#" }]', /"a#" is not a filter/],
    ["no retention at all", "sparkplug: { retention: 0s }", /retention: must be 1s to 3650d/],
  ] as const) {
    it(`refuse ${title}, and say where`, async () => {
      const problems = await problemsOf(`replay:\n  ${text}\n`);

      assert.match(problems, problem);
      assert.match(problems, /^\/plant\/unshub\.yaml:3:\d+ {2}replay\./);
    });
  }
});
