import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeProblem } from "@unshub/adapter";
import { parseModbusConfig } from "../../../../adapters/modbus/src/config/parse.ts";
import {
  device,
  LINK,
  parseOnlyLink as parse,
  problemsOf,
  problemsOfTag,
  tag,
} from "../../../support/modbus-config.ts";

function datatypeOf(fields: object): string | undefined {
  const { devices } = parse({ link: LINK, devices: [device(tag(fields))] });
  return devices[0]?.groups[0]?.tags[0]?.datatype;
}

describe("the configuration of a Modbus entry", () => {
  it("fills in what is left out", () => {
    const { link, devices } = parse({ link: LINK, devices: [device(tag({}))] });

    assert.deepEqual(link, {
      framing: "tcp",
      transport: "own",
      host: "10.0.1.20",
      port: 502,
      connectTimeoutMs: 3000,
      pauseAfterConnectMs: 0,
      pauseBetweenRequestsMs: 0,
      idleCloseMs: 0,
      reconnect: { firstMs: 500, longestMs: 30_000, healthyAfterMs: 30_000 },
      maxInFlight: 1,
      gateway: false,
      unitWildcard: [0, 255],
      adaptiveTimeout: false,
    });
    const [first] = devices;
    assert.equal(first?.offlineAfter, 3);
    assert.equal(first?.retries, 1);
    assert.equal(first?.birthTimeoutMs, 1000);
    assert.deepEqual(first?.limits.maxBlock, { hr: 125, ir: 125, co: 2000, di: 2000 });
    assert.deepEqual(first?.groups[0]?.schedule, {
      mode: "interval",
      intervalMs: 250,
      phase: "spread",
    });
    assert.equal(devices[0]?.groups[0]?.tags[0]?.byteOrder, "ABCD");
  });

  it("makes a tag writable only when its access and its device allow it", () => {
    const tags = [tag({ name: "r" }), tag({ name: "rw", access: "rw" })];
    const writable = (readOnly: boolean): readonly (boolean | undefined)[] => {
      const { devices } = parse({
        link: LINK,
        devices: [{ ...device(...tags), readOnly }],
      });
      return devices[0]?.groups[0]?.tags.map((each) => each.writable) ?? [];
    };

    assert.deepEqual(writable(false), [false, true]);
    assert.deepEqual(writable(true), [false, false]);
  });

  it("is read-only unless it says otherwise", () => {
    const { devices } = parse({
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
    const { devices } = parse({ link: LINK, devices: [device(tag({ at: 40_101 }))] });

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
    [
      "a length that is no whole number of values",
      { at: "hr:1/3", type: "int32" },
      /at: .*no whole number of int32/,
    ],
    ["a length on a bool", { at: "hr:1/2", type: "bool" }, /at: .*a bool has no length/],
    [
      "a string that is too long to be written",
      { at: "hr:1/124", type: "string", access: "rw" },
      /access: .*at most 123/,
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
      /access: .*maskWrite: true .* or allowRmw: true/,
    ],
    ["a write range without write access", { writeRange: [0, 1] }, /writeRange: needs access rw/],
    ["a range upside down", { validRange: [2, 1] }, /validRange: the first number/],
    ["a scale of zero", { scale: 0 }, /scale: must not be 0/],
    [
      "a scaled bool",
      { at: "co:1", type: "bool", scale: 2 },
      /scale: only numbers have it, not bool/,
    ],
    [
      "a 64-bit order for 32 bits",
      { type: "int32", byteOrder: "ABCDEFGH" },
      /byteOrder: .*64-bit types/,
    ],
    [
      "a group that does not exist",
      { group: "slow" },
      /group: there is no group "slow"; this device has fast, once, onDemand/,
    ],
    ["a name twice", { name: "y" }, /tags\[1\].name: "y" is also the name of entry 0/],
    ["a wildcard in a name", { name: "a#" }, /name: .*wildcards/],
    ["an empty part of a name", { name: "a//b" }, /name: .*empty part/],
    ["a slash at the end of a name", { name: "a/" }, /name: .*empty part/],
    ["an empty name", { name: "" }, /name: .*empty part/],
    ["a control character in a name", { name: "a\u0000" }, /name: .*control character/],
    ["a name above 255 bytes", { name: "ä".repeat(128) }, /name: is longer than 255 bytes/],
    ["rawRange without euRange", { rawRange: [0, 10] }, /rawRange: needs euRange/],
    [
      "two ways of scaling",
      { rawRange: [0, 10], euRange: [0, 1], scale: 2 },
      /rawRange: says the same as scale/,
    ],
    ["a clamp without a range", { clamp: true }, /clamp: needs euRange/],
    ["a percentage of nothing", { deadbandPercent: 1 }, /deadbandPercent: is a part of euRange/],
    [
      "a heartbeat without an interval",
      { publish: "onChangeOrInterval" },
      /maxInterval: is missing/,
    ],
    ["a bit field without names", { type: "bitfield" }, /bits: is missing; name the bits/],
    ["names of bits on a number", { bits: { 0: "Run" } }, /bits: only bitfield have it, not int16/],
    ["an encoding on a number", { encoding: "ascii" }, /encoding: only string have it, not int16/],
    ["a date without its fields", { type: "date_fields" }, /date: is missing/],
    [
      "members on a number",
      { members: [{ name: "a", at: 0, type: "int16" }] },
      /members: only struct/,
    ],
    [
      "a member that is nowhere",
      { type: "struct", members: [{ name: "a", at: "hr:1", type: "int16" }] },
      /members\[0\].at: "hr:1" is not a place in a struct/,
    ],
    ["mod10k of one register", { at: "hr:1/1", type: "mod10k" }, /at: .*takes 2, 3, 4 registers/],
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

  it("counts the registers of a device from 1 where the device does", () => {
    const { devices } = parse({ link: LINK, devices: [{ ...device(tag({})), addressBase: 1 }] });

    assert.equal(devices[0]?.groups[0]?.tags[0]?.start, 0);
  });

  it("numbers bits from the highest where the device does", () => {
    const [named, single] = [
      tag({ name: "f", type: "bitfield", bits: { 0: "Run", 15: "Fault" }, bitOrder: "msb0" }),
      tag({ name: "b", at: "hr:1.0", type: "bool", bitOrder: "msb0" }),
    ];

    const { devices } = parse({ link: LINK, devices: [device(named, single)] });

    const [run, fault, bit] = devices[0]?.groups[0]?.tags ?? [];
    assert.deepEqual([run?.name, run?.bit, fault?.name, fault?.bit], ["f/Run", 15, "f/Fault", 0]);
    assert.equal(bit?.bit, 15);
  });

  it("lets a device share what its link says for all, and differ", () => {
    const defaults = { byteOrder: "CDAB", maxBlock: 32, readOnly: false };
    const devices = [device(tag({})), { ...device(tag({})), name: "odd", byteOrder: "ABCD" }];

    const parsed = parse({ link: LINK, defaults, devices });

    assert.deepEqual(
      parsed.devices.map(({ groups, limits }) => [
        groups[0]?.tags[0]?.byteOrder,
        limits.maxBlock.hr,
      ]),
      [
        ["CDAB", 32],
        ["ABCD", 32],
      ],
    );
  });

  it("has the groups once and onDemand without saying so", () => {
    const tags = [
      tag({}),
      tag({ name: "serial", group: "once" }),
      tag({ name: "d", group: "onDemand" }),
    ];

    const { devices } = parse({ link: LINK, devices: [device(...tags)] });

    assert.deepEqual(
      devices[0]?.groups.map(({ schedule }) => schedule.mode),
      ["interval", "once", "onDemand"],
    );
  });

  it("puts tags without a group into the only one", () => {
    const { devices } = parse({ link: LINK, devices: [device(tag({ group: undefined }))] });

    assert.equal(devices[0]?.groups[0]?.name, "fast");
  });

  it("refuses a trigger that is no tag", () => {
    const groups = { fast: { mode: "onTrigger", trigger: "Counter" } };

    const problems = problemsOf({ link: LINK, devices: [{ ...device(tag({})), groups }] });

    assert.deepEqual(problems, ['devices[0].groups.fast.trigger: there is no tag "Counter"']);
  });

  it("writes only what the list of a device names", () => {
    const tags = [tag({ name: "Recipe/A", access: "rw" }), tag({ name: "Other", access: "rw" })];
    const odd = { ...device(...tags), readOnly: false, writable: ["Recipe/*"] };

    const { devices } = parse({ link: LINK, devices: [odd] });

    assert.deepEqual(
      devices[0]?.groups[0]?.tags.map(({ writable }) => writable),
      [true, false],
    );
  });

  it("refuses an atomic group that is not one request", () => {
    const tags = [
      tag({ name: "a", at: "hr:1", access: "rw", writeGroup: "g" }),
      tag({ name: "b", at: "hr:3", access: "rw", writeGroup: "g" }),
    ];

    const problems = problemsOf({ link: LINK, devices: [device(...tags)] });

    assert.match(problems.join("\n"), /tags\[1\].writeGroup: .*b does not follow a/);
  });

  it("warns of a deadband where there is none", () => {
    const tags = [tag({ at: "hr:1/4", type: "string", deadband: 1 })];

    const entry = { link: LINK, devices: [device(...tags)] };
    const { warnings } = parseModbusConfig(entry, { folder: "." });

    assert.deepEqual(warnings.map(describeProblem), [
      "devices[0].tags[0].deadband: a deadband does nothing for String; every change is published",
    ]);
  });

  it("reads a serial link with its pauses", () => {
    const odd = {
      ...device(tag({})),
      turnaround: "5ms",
      workarounds: { pauseAfterConnect: "200ms", forbidden: [[10, 20]] },
    };

    const { link, devices } = parse({
      link: { framing: "rtu", port: "/dev/ttyUSB0", baud: 19_200, parity: "none", stop: 2 },
      devices: [odd],
    });

    assert.partialDeepStrictEqual(link, {
      framing: "rtu",
      path: "/dev/ttyUSB0",
      baud: 19_200,
      parity: "none",
      stopBits: 2,
      pauseAfterConnectMs: 200,
      unitTurnaroundMs: new Map([[1, 5]]),
    });
    assert.equal(devices[0]?.retries, 2);
    assert.deepEqual(devices[0]?.limits.forbidden.hr, [[10, 20]]);
  });

  it("refuses keys of one framing in another", () => {
    const problems = problemsOf({
      link: { ...LINK, baud: 9600 },
      devices: [device(tag({}))],
    });

    assert.match(problems.join("\n"), /link.baud: unknown key "baud"/);
  });

  it("refuses an interval that would never rest", () => {
    const groups = { fast: { interval: "1ms" } };
    const problems = problemsOf({ link: LINK, devices: [{ ...device(tag({})), groups }] });

    assert.match(problems.join("\n"), /devices\[0\].groups.fast.interval: must be 10ms to 24h/);
  });
});
