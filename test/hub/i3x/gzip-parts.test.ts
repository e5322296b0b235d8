import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crc32, gunzipSync } from "node:zlib";
import { array, assert as holds, asyncProperty, constant, oneof, string } from "fast-check";
import { gzipPart, joinParts } from "../../../hub/src/i3x/gzip-parts.ts";

describe("gzip made of parts", () => {
  it("is one gzip of all texts behind each other, whatever they are and however often one comes", async () => {
    const texts = array(oneof(string({ unit: "grapheme" }), constant("x".repeat(70_000))));
    await holds(
      asyncProperty(texts, async (all) => {
        const parts = await Promise.all([...all, ...all].map(gzipPart));

        const joined = joinParts(parts);

        assert.equal(gunzipSync(joined).toString(), [...all, ...all].join(""));
        assert.equal(joined.readUInt32LE(joined.length - 8), crc32([...all, ...all].join("")));
      }),
      { numRuns: 50 },
    );
  });
});
