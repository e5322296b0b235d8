import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import {
  decodePayload,
  encodePayload,
  scanPayload,
  visitPayload,
  type DecodeOptions,
  type Inflate,
  type MetricToSend,
} from "@unshub/sparkplug";

const T = 1_700_000_000_000;
const UUID = "SPBV1.0_COMPRESSED";
const inflate: Inflate = (algorithm, body, maxOutputLength) =>
  algorithm === "GZIP"
    ? gunzipSync(body, { maxOutputLength })
    : inflateSync(body, { maxOutputLength });
const INNER = encodePayload({
  timestamp: T,
  seq: 5,
  metrics: [{ name: "m", datatype: "Int32", tellDatatype: true, value: 7 }],
});

function envelope(body: Uint8Array | undefined, algorithm?: string): Uint8Array {
  const metrics: readonly MetricToSend[] =
    algorithm === undefined
      ? []
      : [{ name: "algorithm", datatype: "String", tellDatatype: true, value: algorithm }];
  return encodePayload({ seq: 5, metrics, uuid: UUID, body });
}

function sameAsInner(bytes: Uint8Array, options: DecodeOptions): void {
  assert.deepEqual(decodePayload(bytes, options), decodePayload(INNER));
  const seen: unknown[] = [];
  const visitor = {
    head: ({ timestamp, seq }: { timestamp: number | undefined; seq: number | undefined }) => {
      seen.push(timestamp, seq);
    },
    metric: (view: { value(datatype: "Int32"): unknown }) => {
      seen.push(view.value("Int32"));
    },
  };
  visitPayload(bytes, visitor, options);
  assert.deepEqual(seen, [T, 5, 7]);
}

/** Decoding and visiting must refuse alike. */
function refused(bytes: Uint8Array, options: DecodeOptions, code: string): void {
  assert.throws(() => decodePayload(bytes, options), { code });
  assert.throws(() => visitPayload(bytes, { metric: () => undefined }, options), { code });
}

describe("compressed payloads", () => {
  it("opens GZIP, DEFLATE, and takes DEFLATE when nothing is said", () => {
    sameAsInner(envelope(gzipSync(INNER), "GZIP"), { inflate });
    sameAsInner(envelope(deflateSync(INNER), "DEFLATE"), { inflate });
    sameAsInner(envelope(deflateSync(INNER)), { inflate });
  });

  it("takes seq and time from the envelope when there are none inside", () => {
    const bare = encodePayload({ metrics: [] });

    assert.equal(decodePayload(envelope(deflateSync(bare)), { inflate }).seq, 5);
  });

  it("says that it cannot inflate when nothing was handed in", () => {
    refused(envelope(gzipSync(INNER), "GZIP"), {}, "PAYLOAD_COMPRESSED");
  });

  it("scans the envelope without opening it", () => {
    assert.equal(scanPayload(envelope(gzipSync(INNER), "GZIP")).seq, 5);
  });

  it("refuses a bomb before it goes off", () => {
    const bomb = envelope(gzipSync(new Uint8Array(50_000_000)), "GZIP");
    let asked = 0;
    const counting: Inflate = (algorithm, body, maxBytes) => {
      asked = maxBytes;
      return inflate(algorithm, body, maxBytes);
    };

    refused(bomb, { inflate: counting, maxInflatedBytes: 1000 }, "PAYLOAD_MALFORMED");
    assert.equal(asked, 1000);
  });

  it("refuses what is larger than allowed even when inflate does not", () => {
    refused(
      envelope(INNER),
      { inflate: () => new Uint8Array(1001), maxInflatedBytes: 1000 },
      "PAYLOAD_TOO_LARGE",
    );
  });

  it("refuses a broken body, a missing one, an unknown algorithm and an envelope in an envelope", () => {
    refused(envelope(Uint8Array.of(1, 2, 3)), { inflate }, "PAYLOAD_MALFORMED");
    refused(envelope(undefined), { inflate }, "PAYLOAD_MALFORMED");
    refused(envelope(deflateSync(INNER), "LZ4"), { inflate }, "PAYLOAD_MALFORMED");
    const twice = envelope(deflateSync(envelope(deflateSync(INNER))));
    refused(twice, { inflate }, "PAYLOAD_MALFORMED");
  });

  it("leaves other uuids to those who use them", () => {
    const payload = decodePayload(
      encodePayload({ metrics: [], uuid: "mine", body: Uint8Array.of(1) }),
    );

    assert.deepEqual([payload.uuid, payload.body], ["mine", Uint8Array.of(1)]);
  });

  it("tells the byte and the path of what is wrong inside", () => {
    const broken = envelope(deflateSync(Uint8Array.of(0x12, 3, 0x0a, 1, 0xff)));
    const place = { offset: 3, path: "body.metrics[0].name" };

    assert.throws(() => decodePayload(broken, { inflate }), { place });
    assert.throws(() => visitPayload(broken, { metric: (view) => void view.name }, { inflate }), {
      place,
    });
  });
});
