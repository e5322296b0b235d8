import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodePayload, encodePayload } from "@unshub/sparkplug";
import { asSent, bytesOf, GOLDEN_PAYLOADS, hexOf } from "../support/sparkplug-golden.ts";

describe("known bytes of another encoder", () => {
  for (const { what, hex, send } of GOLDEN_PAYLOADS) {
    it(`writes and reads ${what}`, () => {
      assert.equal(hexOf(encodePayload(send)), hex);
      assert.deepEqual(asSent(decodePayload(bytesOf(hex)), send), send);
    });
  }
});
