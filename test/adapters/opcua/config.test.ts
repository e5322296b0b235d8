import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigError, describeProblem } from "@unshub/adapter";
import opcua from "@unshub/adapter-opcua";

const ENTRY = {
  endpoint: "opc.tcp://10.0.1.50:4840",
  security: "none",
  allowNone: true,
  device: "cell",
  groups: { fast: { interval: "250ms" }, slow: { interval: "2s", sampling: "100ms" } },
  tags: [{ name: "Speed", node: "ns=2;s=Speed", group: "fast" }],
};

/** All problems of an entry, each as one line. */
function problemsOf(entry: unknown): readonly string[] {
  try {
    opcua.parseConfig(entry);
  } catch (cause) {
    assert.ok(cause instanceof ConfigError);
    return cause.problems.map(describeProblem);
  }
  return [];
}

describe("the configuration of an OPC UA adapter", () => {
  it("is read only, dies after ten seconds and samples twice per interval unless it says otherwise", () => {
    const config = opcua.parseConfig(ENTRY);

    assert.equal(config.readOnly, true);
    assert.equal(config.offlineGraceMs, 10_000);
    assert.partialDeepStrictEqual(config.groups.get("fast"), {
      intervalMs: 250,
      samplingMs: 125,
      queue: 10,
    });
    assert.partialDeepStrictEqual(config.groups.get("slow"), {
      intervalMs: 2_000,
      samplingMs: 100,
      queue: 20,
    });
    assert.equal(config.tags[0]?.access, "r");
  });

  it("shows all its problems at once, with their paths", () => {
    const problems = problemsOf({
      endpoint: "http://10.0.1.50",
      security: "none",
      device: "a/b",
      offlineGrace: "soon",
      groups: { fast: { interval: "250ms", sampeling: "1s" } },
      tags: [
        { name: "Speed", node: "Speed", group: "fast" },
        { name: "Speed", node: "i=99999999999", group: "slow", writeRange: [0, 1] },
      ],
    });

    const paths = new Set(problems.map((line) => line.split(":")[0]));
    const expected = [
      "device",
      "endpoint",
      "groups.fast.sampeling",
      "offlineGrace",
      "security",
      "tags[0].node",
      "tags[1].group",
      "tags[1].name",
      "tags[1].node",
    ];
    assert.deepEqual(paths, new Set(expected));
    assert.equal(problems.length, expected.length);
  });

  it("refuses writeRange for a tag that is not written, and one that is upside down", () => {
    const tag = { name: "Speed", node: "ns=2;s=Speed", group: "fast" };

    const unused = problemsOf({ ...ENTRY, tags: [{ ...tag, writeRange: [0, 1] }] });
    const turned = problemsOf({ ...ENTRY, tags: [{ ...tag, access: "rw", writeRange: [1, 0] }] });

    assert.deepEqual(unused, ["tags[0].writeRange: has no effect without access: rw"]);
    assert.deepEqual(turned, ["tags[0].writeRange: the first number is the smaller one"]);
  });

  it("never goes without encryption by itself", () => {
    assert.match(problemsOf({ ...ENTRY, allowNone: false })[0] ?? "", /allowNone: true/);
    assert.match(problemsOf({ ...ENTRY, security: undefined })[0] ?? "", /^security: /);
  });

  it("says that encryption is not supported yet", () => {
    const named = { policy: "Basic256Sha256", mode: "SignAndEncrypt" };

    assert.match(problemsOf({ ...ENTRY, security: "auto" })[0] ?? "", /not supported yet/);
    assert.match(problemsOf({ ...ENTRY, security: named })[0] ?? "", /not supported yet/);
  });

  it("sends a password readable only when that was asked for, and never shows it", () => {
    const identity = { user: "hub", password: "secret" };

    const problems = problemsOf({ ...ENTRY, identity });

    assert.match(problems.join("\n"), /^identity\.password: .*allowPlainPassword: true/);
    assert.doesNotMatch(problems.join("\n"), /secret/);
    assert.deepEqual(problemsOf({ ...ENTRY, identity, allowPlainPassword: true }), []);
  });
});
