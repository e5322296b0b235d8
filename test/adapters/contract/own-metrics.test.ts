import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  deviceControl,
  OwnMetrics,
  SampleBatchBuilder,
  type DeviceDiagnostics,
  type OwnState,
} from "@unshub/adapter";
import { batchReadings, type BornMetric, type MetricValue } from "@unshub/sparkplug";

const T = 1_700_000_000_000;

function state(more: Partial<DeviceDiagnostics> = {}): OwnState {
  const diagnostics: DeviceDiagnostics = {
    deviceId: "plc",
    link: "hall",
    state: "online",
    since: T,
    address: "10.0.1.20:502 unit 1",
    isDemoted: false,
    timeouts: 0,
    exceptions: 0,
    overruns: 0,
    coalesced: 0,
    requestsPerSecond: 100,
    tags: 7,
    badTags: 0,
    ...more,
  };
  return { diagnostics, isEnabled: true, scanRateMs: 250 };
}

/** The metrics of a device with two tags, born, and what is told of it later. */
function openDevice() {
  const own = new OwnMetrics(2);
  const tag: BornMetric = {
    name: "tag",
    value: 1,
    datatype: "Int32",
    quality: "good",
    timestamp: T,
    writable: false,
  };
  const born = [tag, { ...tag, name: "other" }, ...own.born(state(), T)];
  const told = (now: OwnState, at: number): Readonly<Record<string, MetricValue>> => {
    const builder = new SampleBatchBuilder();
    own.tell(now, builder, at);
    const readings = batchReadings(builder.take(), (metric) => born[metric]);
    return Object.fromEntries(readings.map(({ name, value }) => [name, value]));
  };
  const valueOf = (name: string): MetricValue | undefined =>
    born.find((metric) => metric.name === name)?.value;
  return { own, born, told, valueOf };
}

describe("the metrics that every device has beside its tags", () => {
  it("are born with what is known of it", () => {
    const { born, valueOf } = openDevice();

    const names = born.slice(2).map(({ name }) => name);
    assert.deepEqual(
      names.filter((name) => born.find((metric) => metric.name === name)?.writable),
      [
        "Device Control/Rebirth",
        "Device Control/Enabled",
        "Device Control/Poll",
        "Device Control/Scan Rate",
      ],
    );
    assert.equal(valueOf("Device Control/Enabled"), true);
    assert.equal(valueOf("Device Control/Scan Rate"), 250);
    assert.equal(valueOf("Device Control/Last Write/Result"), null);
    assert.equal(valueOf("Device Info/State"), "online");
    assert.equal(valueOf("Device Info/RTT p50 ms"), null);
    assert.equal(valueOf("Device Info/Tags"), 7);
  });

  it("are told when they change, by their place after the tags", () => {
    const { told } = openDevice();

    assert.deepEqual(told(state(), T + 1), {});
    assert.deepEqual(told(state({ state: "stale", badTags: 3 }), T + 2), {
      "Device Info/State": "stale",
      "Device Info/Bad Tags": 3,
    });
  });

  it("are told now and then where they change all the time, and not for a trifle", () => {
    const { told } = openDevice();
    const busy = state({ timeouts: 4, requestsPerSecond: 105, rttP50Ms: 2 });

    assert.deepEqual(told(busy, T + 100), { "Device Info/RTT p50 ms": 2 });
    assert.deepEqual(told(busy, T + 5000), { "Device Info/Timeouts": 4 });
    assert.deepEqual(told(state({ ...busy.diagnostics, requestsPerSecond: 120 }), T + 6000), {
      "Device Info/Requests/s": 120,
    });
  });

  it("tell what became of the last write", () => {
    const { own, told } = openDevice();

    own.wrote(
      { deviceId: "plc", metric: "tag", value: 5n },
      { outcome: "exception_2", because: "plc tag: exception 2", at: T + 1 },
    );

    assert.deepEqual(told(state(), T + 2), {
      "Device Control/Last Write/Tag": "tag",
      "Device Control/Last Write/Requested": "5",
      "Device Control/Last Write/Result": "exception_2",
      "Device Control/Last Write/Reason": "plc tag: exception 2",
      "Device Control/Last Write/Time": T + 1,
    });
  });
});

describe("a command to Device Control", () => {
  const cases: readonly (readonly [string, boolean | number | string, object | undefined])[] = [
    ["Device Control/Rebirth", true, { kind: "rebirth" }],
    ["Device Control/Rebirth", false, { kind: "nothing" }],
    ["Device Control/Poll", true, { kind: "poll" }],
    ["Device Control/Enabled", false, { kind: "enabled", isEnabled: false }],
    ["Device Control/Scan Rate", 500, { kind: "scanRate", ms: 500 }],
    ["Device Control/Last Write/Tag", "x", undefined],
    ["tag", true, undefined],
  ];
  for (const [metric, value, asked] of cases) {
    it(`${metric} ${String(value)} asks for ${JSON.stringify(asked)}`, () => {
      assert.deepEqual(deviceControl(metric, value), asked);
    });
  }

  it("is refused with a sentence when it makes no sense", () => {
    for (const [metric, value] of [
      ["Device Control/Scan Rate", 1],
      ["Device Control/Scan Rate", Number.NaN],
      ["Device Control/Enabled", 1],
    ] as const) {
      const asked = deviceControl(metric, value);
      assert.equal(asked?.kind, "refused");
      assert.match(asked.kind === "refused" ? asked.because : "", /takes/);
    }
  });
});
