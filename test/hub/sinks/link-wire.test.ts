import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { decodePayload, encodePayload, type MetricToSend } from "@unshub/sparkplug";
import { lateBirth, lateData, withBdSeq } from "../../../hub/src/sinks/link/wire.ts";
import { everyKind } from "../../support/sink-hub.ts";

const THEN = 1_700_000_000_000;
const NOW = 1_700_000_600_000;
const BD_SEQ = { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 3 } as const;
const REBIRTH = {
  name: "Node Control/Rebirth",
  datatype: "Boolean",
  tellDatatype: true,
  value: false,
} as const;

/** What is in it, wherever it stands. */
function decoded(bytes: Uint8Array) {
  const { seq, timestamp, metrics } = decodePayload(bytes);
  return { seq, timestamp, metrics: metrics.map(({ offset: _offset, ...metric }) => metric) };
}

function payload(metrics: readonly MetricToSend[], seq = 200): Uint8Array {
  return encodePayload({ timestamp: THEN, seq, metrics });
}

describe("a message that comes late", () => {
  it("has its values and their times, a seq and a time of its own, and is historical as a whole", () => {
    const timeless = { name: "Timeless", datatype: "Int32", tellDatatype: true, value: 1 } as const;
    const said = payload([...everyKind(THEN + 5), timeless]);

    const late = decoded(lateData(said, { seq: 7, now: NOW }));

    const before = decoded(said).metrics;
    assert.deepEqual([late.seq, late.timestamp], [7, NOW]);
    assert.deepEqual(
      late.metrics,
      before.map((metric) => ({
        ...metric,
        timestamp: metric.timestamp ?? THEN,
        isHistorical: true,
      })),
    );
  });

  it("is refused when it is compressed, or broken", () => {
    const inside = payload(everyKind(THEN));
    const algorithm = { name: "algorithm", datatype: "String", tellDatatype: true, value: "GZIP" };
    const compressed = encodePayload({
      timestamp: THEN,
      seq: 1,
      metrics: [{ ...algorithm, datatype: "String" }],
      uuid: "SPBV1.0_COMPRESSED",
      body: gzipSync(inside),
    });
    const stamp = { seq: 1, now: NOW };

    assert.throws(() => lateData(compressed, stamp), /compressed/);
    for (const cut of [1, 9, inside.length - 1])
      assert.throws(() => lateData(inside.subarray(0, cut), stamp), /cut off/);
  });
});

describe("a birth that comes late", () => {
  it("names the same metrics without their values, and controls as they are", () => {
    const said = payload([BD_SEQ, REBIRTH, ...everyKind(THEN + 5)], 0);

    const late = decoded(lateBirth(said, { seq: 0, now: NOW }, 9));

    const [bdSeq, rebirth, ...others] = late.metrics;
    const before = decoded(said).metrics;
    assert.deepEqual([late.seq, late.timestamp], [0, NOW]);
    assert.deepEqual([bdSeq?.name, bdSeq?.value?.raw], ["bdSeq", 9]);
    assert.deepEqual(rebirth, before[1]);
    assert.deepEqual(
      others.map(({ name, datatype, properties, isNull, value }) => [
        name,
        datatype,
        properties,
        isNull,
        value,
      ]),
      before
        .slice(2)
        .map(({ name, datatype, properties }) => [name, datatype, properties, true, undefined]),
    );
  });
});

describe("an NBIRTH of another session", () => {
  it("differs in bdSeq alone", () => {
    const said = payload([REBIRTH, BD_SEQ, ...everyKind(THEN)], 0);

    const changed = decoded(withBdSeq(said, 255));

    const before = decoded(said);
    const at = before.metrics.findIndex(({ name }) => name === "bdSeq");
    const metric = changed.metrics[at];
    assert.equal(metric?.value?.raw, 255);
    assert.deepEqual(changed.metrics.toSpliced(at, 1), before.metrics.toSpliced(at, 1));
    assert.deepEqual([changed.seq, changed.timestamp], [before.seq, before.timestamp]);
  });
});
