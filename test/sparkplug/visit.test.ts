import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  encodePayload,
  propertyValue,
  SparkplugError,
  visitPayload,
  type Datatype,
  type MetricToSend,
  type MetricValue,
  type PayloadVisitor,
  type Template,
} from "@unshub/sparkplug";
import { bytesOf } from "../support/sparkplug-golden.ts";

const T = 1_700_000_000_000;

function throwing(): never {
  throw new RangeError("mine");
}

describe("visiting", () => {
  it("hands out the head first, then every metric in its order", () => {
    const metrics: MetricToSend[] = [
      { alias: 3, timestamp: T, datatype: "Int32", tellDatatype: false, value: -1 },
      { name: "b", timestamp: T + 1, datatype: "String", tellDatatype: true, value: "x" },
    ];
    const seen: unknown[] = [];

    visitPayload(encodePayload({ timestamp: T, seq: 9, metrics }), {
      head: ({ timestamp, seq, metricCount }) => {
        seen.push([timestamp, seq, metricCount]);
      },
      metric: ({ name, alias, timestamp, datatype }) => {
        seen.push([name, alias, timestamp, datatype]);
      },
    });

    assert.deepEqual(seen, [
      [T, 9, 2],
      [undefined, 3, T, undefined],
      ["b", undefined, T + 1, 12],
    ]);
  });

  it("shows no metric when the head was enough", () => {
    visitPayload(bytesOf("1202 ffff"), {
      head: () => false,
      metric: () => assert.fail("a metric was shown"),
    });
  });

  it("reads times of any length", () => {
    for (const timestamp of [0, 127, 2 ** 28, 2 ** 35 - 1, 2 ** 42 - 1, 2 ** 42, 2 ** 53 - 1]) {
      const metric = {
        alias: 1,
        timestamp,
        datatype: "Int8",
        tellDatatype: false,
        value: 1,
      } as const;
      let seen: number | undefined;
      visitPayload(encodePayload({ metrics: [metric] }), {
        metric: (view) => {
          seen = view.timestamp;
        },
      });
      assert.equal(seen, timestamp);
    }
  });

  it("reads integers of every width and sign", () => {
    const values: readonly (readonly [Datatype, MetricValue])[] = [
      ["Int8", -128],
      ["Int16", -2],
      ["Int32", -2_147_483_648],
      ["Int64", -1],
      ["Int64", -(2n ** 63n)],
      ["UInt32", 4_294_967_295],
      ["UInt64", 2n ** 64n - 1n],
      ["DateTime", T],
    ];
    const metrics = values.map(([datatype, value]) => ({ datatype, tellDatatype: false, value }));
    const seen: MetricValue[] = [];
    visitPayload(encodePayload({ metrics }), {
      metric: (view) => void seen.push(view.value(values[seen.length]?.[0] ?? "Int8")),
    });

    assert.deepEqual(
      seen,
      values.map(([, value]) => value),
    );
  });

  it("tells null, flags and properties", () => {
    const metric: MetricToSend = {
      alias: 0,
      datatype: "Float",
      tellDatatype: false,
      value: null,
      isHistorical: true,
      isTransient: true,
      properties: [{ key: "Quality", datatype: "Int32", value: 500 }],
    };
    const seen: unknown[] = [];
    visitPayload(encodePayload({ metrics: [metric, { ...metric, properties: [] }] }), {
      metric: (view) => {
        const { isNull, isHistorical, isTransient, hasProperties, properties } = view;
        const quality = propertyValue(properties.get("Quality"));
        seen.push([view.value("Float"), isNull, isHistorical, isTransient, hasProperties, quality]);
      },
    });

    assert.deepEqual(seen, [
      [null, true, true, true, true, 500],
      [null, true, true, true, false, undefined],
    ]);
  });

  it("lets a visitor visit another payload meanwhile", () => {
    const inner = encodePayload({
      metrics: [{ alias: 5, datatype: "Int8", tellDatatype: false, value: 5 }],
    });
    const outer = encodePayload({
      metrics: [1, 2].map((value) => ({
        alias: value,
        datatype: "Int8",
        tellDatatype: false,
        value,
      })),
    });
    const seen: unknown[] = [];
    visitPayload(outer, {
      metric: (view) => {
        visitPayload(inner, { metric: (other) => void seen.push(other.value("Int8")) });
        seen.push(view.alias, view.value("Int8"));
      },
    });

    assert.deepEqual(seen, [5, 1, 1, 5, 2, 2]);
  });

  it("is as good as new after a payload that was broken, and after a visitor that threw", () => {
    const good = encodePayload({
      metrics: [{ alias: 1, datatype: "Int8", tellDatatype: false, value: 1 }],
    });

    assert.throws(() => visitPayload(bytesOf("1202 50ff"), { metric: () => undefined }));
    assert.throws(() => visitPayload(good, { metric: throwing }), RangeError);
    let seen: MetricValue = null;
    visitPayload(good, {
      metric: (view) => {
        seen = view.value("Int8");
      },
    });
    assert.equal(seen, 1);
  });

  it("still shows the metric itself when its template is broken and the error was caught", () => {
    // Alias 7 at byte 6 stands in a member whose second field is cut off.
    const bytes = bytesOf("120f 1005 9201 0a 1204 1007 5001 1202 1207 1202 1006");
    const seen: unknown[] = [];
    visitPayload(bytes, {
      metric: (view) => {
        try {
          view.value("Template");
        } catch (error) {
          seen.push(error instanceof SparkplugError);
        }
        try {
          view.metric();
        } catch (error) {
          seen.push(error instanceof SparkplugError);
        }
        seen.push(view.alias);
      },
    });

    assert.deepEqual(seen, [true, true, 5, 6]);
  });

  it("does not take the depth of a broken template for that of the next one", () => {
    const nested = (depth: number): Template => ({
      isDefinition: true,
      metrics: depth === 1 ? [] : [{ name: "t", datatype: "Template", value: nested(depth - 1) }],
      parameters: [],
    });
    const good = encodePayload({
      metrics: [{ datatype: "Template", tellDatatype: true, value: nested(20) }],
    });
    // `is_definition` of the innermost template with a wrong wire type.
    const broken = good.with(good.indexOf(0x28), 0x2d);
    const read: boolean[] = [];
    visitPayload(Uint8Array.of(...broken, ...broken, ...good), {
      metric: (view) => {
        try {
          view.value("Template");
          read.push(true);
        } catch {
          read.push(false);
        }
      },
    });

    assert.deepEqual(read, [false, false, true]);
  });

  it("shows nothing of a payload that is broken anywhere when all is checked first", () => {
    const good = encodePayload({
      metrics: [{ alias: 1, datatype: "Int8", tellDatatype: false, value: 1 }],
    });
    const broken = [
      "1202 50ff",
      "1203 7a01ff",
      "1203 0a01ff",
      "1204 4a02 0a01",
      "1205 920102 1205",
    ];
    for (const hex of broken) {
      const bytes = Uint8Array.of(...good, ...bytesOf(hex));
      const shown: string[] = [];
      const visitor: PayloadVisitor = {
        head: () => void shown.push("head"),
        metric: () => void shown.push("metric"),
      };
      assert.throws(() => visitPayload(bytes, visitor, { check: "all first" }), SparkplugError);
      assert.deepEqual(shown, [], hex);
    }
  });

  it("shows the same when all is checked first, and counts it once", () => {
    const properties = [{ key: "a", datatype: "Int8", value: 1 } as const];
    const metric = { alias: 1, datatype: "String", tellDatatype: false, value: "x", properties };
    const seen: unknown[] = [];
    visitPayload(
      encodePayload({ timestamp: T, seq: 3, metrics: [{ ...metric, datatype: "String" }] }),
      {
        head: ({ timestamp, seq }) => void seen.push(timestamp, seq),
        metric: (view) => void seen.push(view.alias, view.value("String"), view.properties.size),
      },
      { check: "all first", limits: { maxItems: 4 } },
    );

    assert.deepEqual(seen, [T, 3, 1, "x", 1]);
  });
});
