import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  decodePayload,
  encodePayload,
  scanPayload,
  SparkplugError,
  withTimestamp,
} from "@unshub/sparkplug";
import { PAYLOAD } from "../support/sparkplug-arbitraries.ts";
import { bytesOf, hexOf } from "../support/sparkplug-golden.ts";

const TIME = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe("another timestamp for a payload", () => {
  it("stands in front of an NDEATH that has none", () => {
    const death = bytesOf("12 0b 0a 05 62 64 53 65 71 20 04 58 00");

    const dated = withTimestamp(death, 1_700_000_000_000);

    assert.equal(hexOf(dated), `0880d095ffbc31${hexOf(death)}`);
  });

  it("takes the place of the one that is there, wherever that stands and however long it is", () => {
    assert.equal(hexOf(withTimestamp(bytesOf("1803 0805 1200"), 300)), "180308ac021200");
    assert.equal(hexOf(withTimestamp(bytesOf("08ac02 1803"), 5)), "08051803");
  });

  it("takes the place of all of them when there are several", () => {
    const dated = withTimestamp(bytesOf("0805 1803 0806"), 7);

    assert.equal(hexOf(dated), "080718030807");
  });

  it("keeps fields that nobody knows", () => {
    assert.equal(hexOf(withTimestamp(bytesOf("a20603010203 0805"), 6)), "a206030102030806");
  });

  it("does not touch the payload it was given", () => {
    const before = bytesOf("0805");

    withTimestamp(before, 6);

    assert.equal(hexOf(before), "0805");
  });

  it("changes field 1 of any payload and not one other byte", () => {
    fc.assert(
      fc.property(PAYLOAD, TIME, TIME, (payload, before, now) => {
        const { timestamp, ...rest } = payload;
        const had = encodePayload({
          ...rest,
          timestamp: timestamp === undefined ? undefined : before,
        });
        const dated = withTimestamp(had, now);

        assert.equal(scanPayload(dated).timestamp, now);
        assert.equal(hexOf(dated), hexOf(encodePayload({ ...rest, timestamp: now })));
      }),
    );
  });

  it("finds it among the fields in any order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("1803", "1200", "0805", "a20600")),
        TIME,
        (fields, now) => {
          const dated = withTimestamp(bytesOf(fields.join(" ")), now);

          const { metrics, seq } = decodePayload(dated);
          assert.equal(decodePayload(dated).timestamp, now);
          assert.equal(metrics.length, fields.filter((field) => field === "1200").length);
          assert.equal(seq, fields.includes("1803") ? 3 : undefined);
        },
      ),
    );
  });

  it("refuses bytes that are no payload, and times that are none", () => {
    assert.throws(() => withTimestamp(bytesOf("1205 00"), 1), SparkplugError);
    assert.throws(() => withTimestamp(bytesOf("0d00000000"), 1), SparkplugError);
    assert.throws(() => withTimestamp(bytesOf("0805"), -1), SparkplugError);
    assert.throws(() => withTimestamp(bytesOf("0805"), 1.5), SparkplugError);
  });
});
