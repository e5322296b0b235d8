import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LastPublished, ON_CHANGE, ruleWarning, type PublishRule } from "@unshub/adapter";
import { BAD, GOOD, STALE, type Datatype, type MetricValue } from "@unshub/sparkplug";
import * as fc from "fast-check";

function one(rule: PublishRule, datatype: Datatype = "Double"): LastPublished {
  return new LastPublished([{ rule, datatype }]);
}

/** Which of the values pass, said one after the other at the same moment. */
function passing(last: LastPublished, numbers: readonly number[]): readonly number[] {
  return numbers.filter((number) => last.check(0, number, GOOD, 0));
}

function passingOthers(
  last: LastPublished,
  values: readonly MetricValue[],
): readonly MetricValue[] {
  return values.filter((value) => last.checkOther(0, value, GOOD, 0));
}

function motor(speed: number): MetricValue {
  const metrics = [{ name: "Speed", datatype: "Double", value: speed }] as const;
  return { isDefinition: false, templateRef: "Motor", metrics, parameters: [] };
}

describe("report by exception", () => {
  it("leaves out exact repeats, without a deadband and with deadband 0", () => {
    for (const rule of [ON_CHANGE, { ...ON_CHANGE, deadband: 0 }]) {
      assert.deepEqual(passing(one(rule), [1, 1, 1.0001, 1.0001, 1]), [1, 1.0001, 1]);
    }
  });

  it("passes everything with publish: always", () => {
    assert.deepEqual(passing(one({ publish: "always" }), [1, 1, 1]), [1, 1, 1]);
  });

  it("passes changes larger than the deadband, seen from what was last published", () => {
    const last = one({ ...ON_CHANGE, deadband: 2 });

    assert.deepEqual(passing(last, [10, 11, 12, 12.1, 11, 10.2, 10]), [10, 12.1, 10]);
  });

  it("never loses a slow drift", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 100, noNaN: true }),
        fc.array(fc.double({ min: -1000, max: 1000, noNaN: true })),
        (deadband, numbers) => {
          const last = one({ ...ON_CHANGE, deadband });
          let told: number | undefined;
          for (const number of numbers) {
            if (last.check(0, number, GOOD, 0)) told = number;
            assert.ok(told !== undefined && Math.abs(number - told) <= deadband);
          }
        },
      ),
    );
  });

  it("passes exactly what a second, simple description of the rule passes", () => {
    const rules = fc.record({
      publish: fc.constantFrom("onChange" as const, "always" as const),
      deadband: fc.option(fc.constantFrom(0, 1, 2.5), { nil: undefined }),
      deadbandPercent: fc.option(fc.constantFrom(0, 1, 10), { nil: undefined }),
      of: fc.constantFrom("range" as const, "value" as const),
    });
    const samples = fc.array(
      fc.tuple(
        fc.constantFrom(0, -0, 1, 1.5, 2, 3, 4, 10, 100, 101, -100, NaN, Infinity, -Infinity),
        fc.constantFrom(GOOD, GOOD, GOOD, STALE, BAD),
      ),
    );
    fc.assert(
      fc.property(rules, samples, (parts, sequence) => {
        const rule = plainRule({ ...parts, euRange: [0, 50] });
        const last = one(rule);
        let before: readonly [number, number] | undefined;
        for (const [number, quality] of sequence) {
          const expected = passes(rule, before, [number, quality]);
          assert.equal(last.check(0, number, quality, 0), expected);
          if (expected) before = [number, quality];
        }
      }),
    );
  });

  it("takes the deadband in percent of the range, or of the last value", () => {
    const ofRange: PublishRule = { ...ON_CHANGE, deadbandPercent: 1, euRange: [0, 400] };
    const ofValue: PublishRule = { ...ON_CHANGE, deadbandPercent: 10, of: "value" };

    assert.deepEqual(passing(one(ofRange), [100, 104, 104.1, 100.2, 100]), [100, 104.1, 100]);
    assert.deepEqual(passing(one(ofValue), [100, 110, 111, 100, 99]), [100, 111, 99]);
  });

  it("passes the first value, each change of quality, and NaN to number and back, whatever the deadband", () => {
    const last = one({ ...ON_CHANGE, deadband: 1000, minIntervalMs: 60_000 });
    const said = [
      last.check(0, 1, GOOD, 0),
      last.check(0, 1, STALE, 1),
      last.check(0, 1, STALE, 2),
      last.checkOther(0, null, BAD, 3),
      last.checkOther(0, null, BAD, 4),
      last.check(0, 1, GOOD, 5),
      last.check(0, NaN, GOOD, 6),
      last.check(0, NaN, GOOD, 7),
      last.check(0, 2, GOOD, 8),
    ];

    assert.deepEqual(said, [true, true, false, true, false, true, true, false, true]);
  });

  it("passes the next value of each metric after a birth", () => {
    const last = one(ON_CHANGE);
    last.check(0, 5, GOOD, 0);

    last.reset();

    assert.equal(last.check(0, 5, GOOD, 1), true);
    assert.equal(last.check(0, 5, GOOD, 2), false);
  });

  it("compares 64-bit integers without losing a digit, also where numbers end", () => {
    const big = 1n << 60n;
    const exact = one(ON_CHANGE, "UInt64");
    const banded = one({ ...ON_CHANGE, deadband: 2.5 }, "UInt64");
    const edge = 2n ** 53n;

    assert.deepEqual(passingOthers(exact, [big, big, big + 1n, big]), [big, big + 1n, big]);
    assert.deepEqual(passingOthers(banded, [big, big + 2n, big + 3n, big + 1n]), [big, big + 3n]);
    assert.equal(banded.checkOther(0, edge, GOOD, 0), true);
    assert.equal(banded.check(0, Number(edge) - 1, GOOD, 0), false);
    assert.equal(banded.check(0, Number(edge) - 3, GOOD, 0), true);
    assert.equal(banded.checkOther(0, edge - 2n, GOOD, 0), false);
    assert.equal(banded.checkOther(0, edge + 1n, GOOD, 0), true);
  });

  it("ignores a deadband on texts and truth values", () => {
    const rule = { ...ON_CHANGE, deadband: 10 };

    assert.deepEqual(passing(one(rule, "Boolean"), [1, 1, 0, 1]), [1, 0, 1]);
    assert.deepEqual(passingOthers(one(rule, "String"), ["a", "a", "b"]), ["a", "b"]);
    const bytes = [Uint8Array.of(1), Uint8Array.of(1), Uint8Array.of(2)];
    assert.deepEqual(passingOthers(one(rule, "Bytes"), bytes), [bytes[0], bytes[2]]);
  });

  it("leaves out templates whose members are all the same", () => {
    const passed = passingOthers(one(ON_CHANGE, "Template"), [motor(1), motor(1), motor(2)]);

    assert.deepEqual(passed, [motor(1), motor(2)]);
  });

  it("keeps metrics apart", () => {
    const last = new LastPublished([
      { rule: ON_CHANGE, datatype: "Int32" },
      { rule: { ...ON_CHANGE, deadband: 5 }, datatype: "Int32" },
    ]);
    const said = [
      last.check(0, 1, GOOD, 0),
      last.check(1, 1, GOOD, 0),
      last.check(0, 2, GOOD, 0),
      last.check(1, 2, GOOD, 0),
    ];

    assert.deepEqual(said, [true, true, true, false]);
  });
});

describe("a shortest interval", () => {
  const LIMITED: PublishRule = { ...ON_CHANGE, minIntervalMs: 100 };

  it("holds news back until it closes, then the last value is due", () => {
    const last = one(LIMITED);
    last.check(0, 1, GOOD, 1000);

    const during = [last.check(0, 2, GOOD, 1010), last.check(0, 3, GOOD, 1020)];
    const early = last.due(1099);
    const closesAt = last.nextDueMs;
    const due = last.due(1100);
    last.published(0, 3, GOOD, 1100);

    assert.deepEqual(during, [false, false]);
    assert.deepEqual(early, []);
    assert.equal(closesAt, 1100);
    assert.deepEqual(due, [0]);
    assert.equal(last.check(0, 3, GOOD, 1300), false);
    assert.deepEqual(last.due(1300), []);
  });

  it("tells nothing when the value came back to what was published", () => {
    const last = one(LIMITED);
    last.check(0, 1, GOOD, 0);
    last.check(0, 2, GOOD, 10);
    last.check(0, 1, GOOD, 20);

    assert.deepEqual(last.due(100), []);
  });

  it("holds back repeats of publish: always too", () => {
    const last = one({ publish: "always", minIntervalMs: 100 });

    const said = [0, 50, 100, 150].map((nowMs) => last.check(0, 1, GOOD, nowMs));

    assert.deepEqual(said, [true, false, true, false]);
  });

  it("never lets two values closer together, and never loses the last one", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat(3)), { minLength: 1 });
    fc.assert(
      fc.property(steps, (sequence) => {
        const last = one(LIMITED);
        let nowMs = 0;
        let read = -1;
        const told: (readonly [nowMs: number, value: number])[] = [];
        const tellDue = (): void => {
          for (const metric of last.due(nowMs)) {
            last.published(metric, read, GOOD, nowMs);
            told.push([nowMs, read]);
          }
        };
        for (const [pause, value] of sequence) {
          nowMs += pause;
          tellDue();
          read = value;
          if (last.check(0, value, GOOD, nowMs)) told.push([nowMs, value]);
        }
        nowMs += 100;
        tellDue();

        assert.equal(told.at(-1)?.[1], read);
        for (const [index, [at]] of told.entries()) {
          if (index > 0) assert.ok(at - (told[index - 1]?.[0] ?? 0) >= 100);
        }
      }),
    );
  });
});

describe("a heartbeat", () => {
  it("is due when nothing was published for so long, again and again", () => {
    const last = one({ publish: "onChangeOrInterval", maxIntervalMs: 1000 });
    last.check(0, 1, GOOD, 0);
    last.check(0, 2, GOOD, 500);

    const due = [999, 1499, 1500].map((nowMs) => last.due(nowMs).length);
    last.published(0, 2, GOOD, 1500);

    assert.deepEqual(due, [0, 0, 1]);
    assert.equal(last.nextDueMs <= 2500, true);
    assert.deepEqual(last.due(2499), []);
    assert.deepEqual(last.due(2500), [0]);
  });

  it("is none of a metric that never had a value, nor of one with publish: onChange", () => {
    const silent = one({ publish: "onChangeOrInterval", maxIntervalMs: 10 });
    const onChange = one({ publish: "onChange", maxIntervalMs: 10 });
    onChange.check(0, 1, GOOD, 0);

    assert.deepEqual(silent.due(1e9), []);
    assert.deepEqual(onChange.due(1e9), []);
  });
});

describe("a rule that does nothing", () => {
  const rules: readonly (readonly [PublishRule, Datatype, RegExp | undefined])[] = [
    [{ ...ON_CHANGE, deadband: 1 }, "String", /does nothing for String/],
    [{ ...ON_CHANGE, deadbandPercent: 1 }, "Boolean", /does nothing for Boolean/],
    [{ publish: "always", deadband: 1 }, "Double", /publish: always/],
    [{ ...ON_CHANGE, deadbandPercent: 1 }, "Double", /without euRange/],
    [{ ...ON_CHANGE, maxIntervalMs: 1 }, "Double", /say onChangeOrInterval/],
    [{ publish: "onChangeOrInterval" }, "Double", /same as onChange/],
    [{ ...ON_CHANGE, deadbandPercent: 1, of: "value" }, "Double", undefined],
    [{ ...ON_CHANGE, deadband: 1 }, "UInt64", undefined],
  ];
  for (const [rule, datatype, says] of rules) {
    it(`${says === undefined ? "is none of" : "is told of"} ${JSON.stringify(rule)} for ${datatype}`, () => {
      const warning = ruleWarning(rule, datatype);

      if (says === undefined) assert.equal(warning, undefined);
      else assert.match(warning ?? "", says);
    });
  }
});

/** Without the keys that are not set. */
function plainRule(rule: {
  publish: "onChange" | "always";
  deadband: number | undefined;
  deadbandPercent: number | undefined;
  of: "range" | "value";
  euRange: readonly [number, number];
}): PublishRule {
  const { deadband, deadbandPercent, ...rest } = rule;
  return {
    ...rest,
    ...(deadband !== undefined && { deadband }),
    ...(deadbandPercent !== undefined && { deadbandPercent }),
  };
}

/** The rule in the words of its description, without columns and flags. */
function passes(
  rule: PublishRule,
  before: readonly [number, number] | undefined,
  [number, quality]: readonly [number, number],
): boolean {
  if (before === undefined || rule.publish === "always" || before[1] !== quality) return true;
  const [last] = before;
  if (Number.isNaN(last) || Number.isNaN(number))
    return Number.isNaN(last) !== Number.isNaN(number);
  if (!Number.isFinite(last) || !Number.isFinite(number)) return last !== number;
  const change = Math.abs(number - last);
  const percent = (rule.deadbandPercent ?? 0) / 100;
  const whole = rule.of === "value" ? Math.abs(last) : 50;
  return change > 0 && change > Math.max(rule.deadband ?? 0, percent * whole);
}

describe("other rules for the same metrics", () => {
  it("are compared with what was published before, not with what was read", () => {
    const wide = new LastPublished([
      { rule: { publish: "onChange", deadband: 5 }, datatype: "Double" },
    ]);
    wide.check(0, 10, 0, 0);
    assert.equal(wide.check(0, 12, 0, 1), false);
    const narrow = new LastPublished([
      { rule: { publish: "onChange", deadband: 1 }, datatype: "Double" },
    ]);
    narrow.follow(wide);

    assert.equal(narrow.check(0, 10.5, 0, 2), false);
    assert.equal(narrow.check(0, 12, 0, 3), true);
  });

  it("let the next value of a metric that is to be forgotten pass", () => {
    const published = new LastPublished([
      { rule: { publish: "onChange", minIntervalMs: 1000 }, datatype: "Double" },
    ]);
    published.check(0, 10, 0, 0);
    assert.equal(published.check(0, 10, 0, 1), false);
    published.forget(0);

    assert.equal(published.check(0, 10, 0, 2), true);
    assert.equal(published.check(0, 11, 0, 3), false);
  });
});
