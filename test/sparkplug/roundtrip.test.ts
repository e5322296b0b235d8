import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  DATATYPES,
  decodePayload,
  encodePayload,
  scanPayload,
  visitPayload,
  type MetricToSend,
  type MetricValue,
} from "@unshub/sparkplug";
import { PAYLOAD, valueOf } from "../support/sparkplug-arbitraries.ts";
import { asSent } from "../support/sparkplug-golden.ts";

/** What the visitor shows of a payload with one metric. */
function visited(bytes: Uint8Array, { datatype }: MetricToSend): MetricValue {
  let value: MetricValue = null;
  visitPayload(bytes, {
    metric(view) {
      value = view.value(datatype);
    },
  });
  return value;
}

describe("there and back, whatever the values", () => {
  for (const datatype of DATATYPES) {
    it(`keeps every ${datatype}, decoded or visited`, () => {
      fc.assert(
        fc.property(valueOf(datatype), (value) => {
          const metric = { name: "m", datatype, tellDatatype: true, value };
          const sent = { metrics: [metric] };
          const bytes = encodePayload(sent);
          assert.deepEqual(asSent(decodePayload(bytes), sent), sent);
          assert.deepEqual(visited(bytes, metric), value);
        }),
        { numRuns: 200 },
      );
    });
  }

  it("keeps whole payloads, and their bytes when they are sent again", () => {
    fc.assert(
      fc.property(PAYLOAD, (sent) => {
        const bytes = encodePayload(sent);
        const received = asSent(decodePayload(bytes), sent);
        assert.deepEqual(received, sent);
        assert.deepEqual(encodePayload(received), bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it("sees the same head in a scan, a visit and a payload", () => {
    fc.assert(
      fc.property(PAYLOAD, (sent) => {
        const bytes = encodePayload(sent);
        const payload = decodePayload(bytes);
        const scan = scanPayload(bytes);
        assert.deepEqual([scan.timestamp, scan.seq], [payload.timestamp, payload.seq]);
        const offsets = payload.metrics.map((_, index) => scan.startOf(index));
        assert.deepEqual(
          payload.metrics.map(({ offset }) => offset),
          offsets,
        );
        const metrics: unknown[] = [];
        visitPayload(bytes, { metric: (view) => metrics.push(view.metric()) });
        assert.deepEqual(metrics, payload.metrics);
      }),
      { numRuns: 300 },
    );
  });
});
