import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodePayload, scanPayload } from "@unshub/sparkplug";
import { bytesOf, hexOf } from "../support/sparkplug-golden.ts";

describe("scanning", () => {
  it("finds time, seq and metrics in any order, without looking into metrics", () => {
    const scan = scanPayload(bytesOf("1803 1202 ffff 0805 1200 a20600"));

    assert.deepEqual([scan.timestamp, scan.seq, scan.metricCount], [5, 3, 2]);
    assert.deepEqual(
      [scan.startOf(0), scan.endOf(0), scan.startOf(1), scan.endOf(1)],
      [4, 6, 10, 10],
    );
  });

  it("gives slices that are metrics", () => {
    const bytes = encodePayload({
      metrics: ["a", "b"].map((name) => ({
        name,
        datatype: "Int32",
        tellDatatype: true,
        value: 1,
      })),
    });
    const scan = scanPayload(bytes);

    assert.equal(hexOf(bytes.subarray(scan.startOf(1), scan.endOf(1))), "0a016220035001");
  });

  it("finds metrics of more than 127 bytes", () => {
    const value = "x".repeat(70_000);
    const metric = { name: "m", datatype: "String", tellDatatype: true, value } as const;
    const bytes = encodePayload({ seq: 1, metrics: [metric, metric] });
    const scan = scanPayload(bytes);

    assert.deepEqual([scan.metricCount, scan.seq, scan.endOf(1)], [2, 1, bytes.length - 2]);
  });

  it("remembers nothing of an earlier scan into the same object", () => {
    const scan = scanPayload(bytesOf("0805 1200 1200 1803"));

    assert.equal(scanPayload(bytesOf("1200"), scan), scan);
    assert.deepEqual([scan.timestamp, scan.seq, scan.metricCount], [undefined, undefined, 1]);
  });

  it("refuses a broken frame and what is beyond the limits", () => {
    assert.throws(() => scanPayload(bytesOf("1205 00")), { code: "PAYLOAD_MALFORMED" });
    assert.throws(() => scanPayload(bytesOf("12")), { code: "PAYLOAD_MALFORMED" });
    assert.throws(() => scanPayload(bytesOf("0b")), { code: "PAYLOAD_MALFORMED" });
    assert.throws(() => scanPayload(bytesOf("1200 1200"), undefined, { maxMetrics: 1 }), {
      code: "PAYLOAD_TOO_LARGE",
    });
    assert.throws(() => scanPayload(bytesOf("1200 1200"), undefined, { maxBytes: 3 }), {
      code: "PAYLOAD_TOO_LARGE",
    });
  });
});
