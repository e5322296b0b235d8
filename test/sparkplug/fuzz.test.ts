import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  datatypeOf,
  decodePayload,
  encodePayload,
  metricValue,
  propertiesToSend,
  scanPayload,
  SparkplugError,
  visitPayload,
  type Metric,
  type PayloadVisitor,
} from "@unshub/sparkplug";
import { bytesOf, GOLDEN_ARRAYS, GOLDEN_PAYLOADS } from "../support/sparkplug-golden.ts";

/** The same numbers every time, so that what fails once fails again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const SEEDS: readonly Uint8Array[] = [
  ...GOLDEN_PAYLOADS.map(({ hex }) => bytesOf(hex)).filter(({ length }) => length > 0),
  ...GOLDEN_ARRAYS.map(({ datatype, values }) =>
    encodePayload({ metrics: [{ datatype, tellDatatype: true, value: values }] }),
  ),
];

/** One to three bits flipped, bytes cut off, replaced, doubled or moved; or nothing but chance. */
function mutant(random: (below: number) => number): Uint8Array {
  if (random(10) === 0) return Uint8Array.from({ length: random(60) }, () => random(256));
  const bytes = Uint8Array.from(SEEDS[random(SEEDS.length)] ?? []);
  const at = random(bytes.length);
  switch (random(4)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      bytes[at] = random(256);
      return bytes;
    case 2:
      bytes.copyWithin(random(bytes.length), at, at + random(8));
      return bytes;
    default:
      for (let flips = 0; flips <= random(3); flips += 1) {
        const flipped = random(bytes.length);
        bytes[flipped] = (bytes[flipped] ?? 0) ^ (1 << random(8));
      }
      return bytes;
  }
}

/** A value, or our error with a place. Anything else fails the test. */
function outcome(read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    assert.ok(error.message.length > 0 && error.place.offset !== undefined, error.message);
    return false;
  }
}

function readValue(metric: Metric): void {
  outcome(() => void metricValue(metric, datatypeOf(metric.datatype ?? 0) ?? "Int32"));
  try {
    propertiesToSend(metric.properties);
  } catch (error) {
    assert.ok(error instanceof SparkplugError);
  }
}

/** What was checked has its value, without an error. Members of templates may need what a birth said. */
function readChecked(metric: Metric): void {
  const datatype = datatypeOf(metric.datatype ?? 0);
  if (datatype === undefined || datatype === "Template") return;
  if (metric.value?.field !== "extension") metricValue(metric, datatype);
}

const VISITOR: PayloadVisitor = {
  metric(view) {
    outcome(() => void view.value(datatypeOf(view.datatype ?? 0) ?? "Int32"));
    void view.name;
    void view.properties;
  },
};

describe("200 000 broken payloads", () => {
  it("are read as something or refused with our error, however they are looked at", () => {
    const random = randomFrom(42);
    let read = 0;
    for (let round = 0; round < 200_000; round += 1) {
      const bytes = mutant(random);
      const scanned = outcome(() => void scanPayload(bytes));
      const visited = outcome(() => visitPayload(bytes, VISITOR));
      let metrics: readonly Metric[] = [];
      const decoded = outcome(() => ({ metrics } = decodePayload(bytes, { misfits: "keep" })));
      const proved = outcome(() => visitPayload(bytes, VISITOR, { check: "all first" }));
      const checked = outcome(() => void decodePayload(bytes));
      metrics.forEach(readValue);
      assert.ok(scanned || !decoded, "what is decoded can be scanned");
      assert.ok(visited || !decoded, "what is decoded can be visited");
      assert.ok(proved || !decoded, "what is decoded can be visited, all checked first");
      assert.ok(decoded || !checked, "what is checked can be decoded");
      if (checked) metrics.forEach(readChecked);
      read += decoded ? 1 : 0;
    }
    assert.ok(read > 20_000 && read < 180_000, `${read} were readable`);
  });
});
