import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigError, describeProblem } from "@unshub/adapter";
import modbus from "@unshub/adapter-modbus";

const LINK = { host: "10.0.1.20" };

function device(...tags: readonly object[]): object {
  return { name: "press-01", unit: 1, groups: { fast: { interval: "250ms" } }, tags };
}

function tag(fields: object): object {
  return { name: "x", at: "hr:1", type: "int16", group: "fast", ...fields };
}

function problemsOf(config: unknown): readonly string[] {
  try {
    modbus.parseConfig(config);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map(describeProblem);
  }
  return [];
}

function problemsOfTag(fields: object): readonly string[] {
  return problemsOf({ link: LINK, devices: [device(tag(fields), tag({ name: "y" }))] });
}

function datatypeOf(fields: object): string | undefined {
  const { devices } = modbus.parseConfig({ link: LINK, devices: [device(tag(fields))] });
  return devices[0]?.groups[0]?.tags[0]?.datatype;
}

describe("the configuration of a Modbus entry", () => {
  it("fills in what is left out", () => {
    const { link, devices } = modbus.parseConfig({ link: LINK, devices: [device(tag({}))] });

    assert.deepEqual(link, { host: "10.0.1.20", port: 502, timeoutMs: 1000, retries: 1 });
    assert.equal(devices[0]?.offlineAfter, 3);
    assert.deepEqual(devices[0]?.limits, { maxBlock: 120, maxGap: 24 });
    assert.equal(devices[0]?.groups[0]?.intervalMs, 250);
    assert.equal(devices[0]?.groups[0]?.tags[0]?.byteOrder, "ABCD");
  });

  it("makes a tag writable only when its access and its device allow it", () => {
    const tags = [tag({ name: "r" }), tag({ name: "rw", access: "rw" })];
    const writable = (readOnly: boolean): readonly (boolean | undefined)[] => {
      const { devices } = modbus.parseConfig({
        link: LINK,
        devices: [{ ...device(...tags), readOnly }],
      });
      return devices[0]?.groups[0]?.tags.map((each) => each.writable) ?? [];
    };

    assert.deepEqual(writable(false), [false, true]);
    assert.deepEqual(writable(true), [false, false]);
  });

  it("is read-only unless it says otherwise", () => {
    const { devices } = modbus.parseConfig({
      link: LINK,
      devices: [device(tag({}), tag({ name: "w", access: "rw" }))],
    });

    assert.equal(devices[0]?.groups[0]?.tags[1]?.writable, false);
  });

  it("makes a Double of what is scaled by a fraction, and keeps the type otherwise", () => {
    assert.equal(datatypeOf({ scale: 0.1 }), "Double");
    assert.equal(datatypeOf({ offset: 0.5 }), "Double");
    assert.equal(datatypeOf({ scale: 10, offset: -3 }), "Int16");
    assert.equal(datatypeOf({ type: "float32", scale: 10 }), "Float");
    assert.equal(datatypeOf({ at: "hr:1.3", type: undefined }), "Boolean");
  });

  it("takes a Modicon number that YAML made a number of", () => {
    const { devices } = modbus.parseConfig({ link: LINK, devices: [device(tag({ at: 40_101 }))] });

    assert.equal(devices[0]?.groups[0]?.tags[0]?.start, 100);
  });

  it("shows all problems at once, each with its path", () => {
    const config = {
      link: { host: "", port: 70_000, timeout: "1 minute", speed: 9600 },
      devices: [
        {
          ...device(
            tag({ name: "a", at: "hr:65535", type: "float32" }),
            tag({ name: "a", group: "slow", scale: "ten" }),
            tag({ name: "b/", at: "hr:10.3", type: "float32" }),
            tag({ name: "c", at: "ir:1", access: "rw" }),
            tag({ name: "d", at: "hr:1", type: "string" }),
            { name: "e", at: "hr:1", group: "fast" },
            tag({ name: "f", at: "hr:1", type: "flaot32" }),
          ),
          unit: 256,
        },
        device(tag({})),
      ],
    };

    const paths = problemsOf(config).map((problem) => problem.split(": ")[0]);

    assert.deepEqual(
      paths.toSorted((a, b) => String(a).localeCompare(String(b))),
      [
        "devices[0].tags[0].at",
        "devices[0].tags[1].group",
        "devices[0].tags[1].name",
        "devices[0].tags[1].scale",
        "devices[0].tags[2].at",
        "devices[0].tags[2].name",
        "devices[0].tags[3].access",
        "devices[0].tags[4].at",
        "devices[0].tags[5].type",
        "devices[0].tags[6].type",
        "devices[0].unit",
        "devices[1].name",
        "link.host",
        "link.port",
        "link.speed",
        "link.timeout",
      ],
    );
  });

  const wrongTags: readonly (readonly [string, object, RegExp])[] = [
    [
      "an address beyond the table",
      { at: "hr:65536" },
      /^devices\[0\].tags\[0\].at: .*ends at 65535/,
    ],
    [
      "a value that reaches beyond the table",
      { at: "hr:65535", type: "int32" },
      /at: .*ends at address 65536/,
    ],
    ["a bit on a float", { at: "hr:1.3", type: "float32" }, /at: .*only a bool fits, not float32/],
    ["a bit beyond 15", { at: "hr:1.16", type: "bool" }, /at: .*a register has 0 to 15/],
    ["a number in a coil", { at: "co:1" }, /at: .*only a bool fits, not int16/],
    ["a bool without a bit", { type: "bool" }, /at: .*say which bit, e.g. hr:1.0/],
    ["a string without a length", { type: "string" }, /at: .*needs a length/],
    ["a length on a number", { at: "hr:1/2" }, /at: .*only a string has a length/],
    ["a string too long for one request", { at: "hr:1/126", type: "string" }, /at: .*at most 125/],
    [
      "a string longer than maxBlock",
      { at: "hr:1/124", type: "string" },
      /at: takes 124 registers; maxBlock is 120/,
    ],
    ["a write to input registers", { at: "ir:1", access: "rw" }, /access: .*cannot be written/],
    [
      "a write to discrete inputs",
      { at: "di:1", type: "bool", access: "w" },
      /access: .*cannot be written/,
    ],
    [
      "a write to one bit of a register",
      { at: "hr:1.0", type: "bool", access: "rw" },
      /access: .*single bit/,
    ],
    ["a write range without write access", { writeRange: [0, 1] }, /writeRange: needs access rw/],
    ["a range upside down", { validRange: [2, 1] }, /validRange: the first number/],
    ["a scale of zero", { scale: 0 }, /scale: must not be 0/],
    ["a scaled bool", { at: "co:1", type: "bool", scale: 2 }, /scale: only numbers/],
    [
      "a 64-bit order for 32 bits",
      { type: "int32", byteOrder: "ABCDEFGH" },
      /byteOrder: .*64-bit types/,
    ],
    [
      "a group that does not exist",
      { group: "slow" },
      /group: there is no group "slow"; this device has fast/,
    ],
    ["a name twice", { name: "y" }, /tags\[1\].name: "y" is also the name of entry 0/],
    ["a wildcard in a name", { name: "a#" }, /name: .*wildcards/],
    ["an empty part of a name", { name: "a//b" }, /name: .*empty part/],
    ["a slash at the end of a name", { name: "a/" }, /name: .*empty part/],
    ["an empty name", { name: "" }, /name: .*empty part/],
    ["a control character in a name", { name: "a\u0000" }, /name: .*control character/],
    ["a name above 255 bytes", { name: "ä".repeat(128) }, /name: is longer than 255 bytes/],
    ["a key it does not know", { scal: 2 }, /scal: unknown key "scal"; did you mean "scale"\?/],
  ];
  for (const [what, fields, sentence] of wrongTags) {
    it(`refuses ${what}`, () => {
      const problems = problemsOfTag(fields);

      assert.equal(problems.length, 1, problems.join("\n"));
      assert.match(problems[0] ?? "", sentence);
    });
  }

  it("refuses a device of which nothing can be read", () => {
    const problems = problemsOf({ link: LINK, devices: [device(tag({ access: "w" }))] });

    assert.match(problems.join("\n"), /devices\[0\].tags: at least one tag must be readable/);
  });

  it("refuses a device name that is more than one topic level", () => {
    const problems = problemsOf({
      link: LINK,
      devices: [{ ...device(tag({})), name: "hall/press" }],
    });

    assert.match(problems.join("\n"), /devices\[0\].name: .*separates topic levels/);
  });

  it("refuses an interval that would never rest", () => {
    const groups = { fast: { interval: "1ms" } };
    const problems = problemsOf({ link: LINK, devices: [{ ...device(tag({})), groups }] });

    assert.match(problems.join("\n"), /devices\[0\].groups.fast.interval: must be 10ms to 24h/);
  });
});
