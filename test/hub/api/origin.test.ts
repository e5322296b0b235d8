import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { originFault } from "../../../hub/src/api/origin.ts";

describe("who may ask the hub", () => {
  const may: readonly (readonly [host: string, origin: string | undefined])[] = [
    ["127.0.0.1:8080", undefined],
    ["localhost:8080", "http://localhost:8080"],
    ["[::1]:8080", "http://[::1]:8080"],
  ];
  for (const [host, origin] of may) {
    it(`its own page at ${host}`, () => {
      assert.equal(originFault({ host, ...(origin !== undefined && { origin }) }, true), undefined);
    });
  }

  const mayNot: readonly (readonly [host: string, origin: string | undefined])[] = [
    ["127.0.0.1:8080", "http://evil.example"],
    ["127.0.0.1:8080", "null"],
    ["127.0.0.1:8080", "http://127.0.0.1:9090"],
    ["rebound.example:8080", "http://rebound.example:8080"],
    ["127.0.0.1.evil.example", undefined],
  ];
  for (const [host, origin] of mayNot) {
    it(`not a page of ${origin ?? "anyone"} at ${host}`, () => {
      assert.match(
        originFault({ host, ...(origin !== undefined && { origin }) }, true) ?? "",
        /\w/,
      );
    });
  }

  it("any host name when the hub listens to other machines, but still only its own pages", () => {
    assert.equal(
      originFault({ host: "hub.plant:8080", origin: "http://hub.plant:8080" }, false),
      undefined,
    );
    assert.notEqual(
      originFault({ host: "hub.plant:8080", origin: "http://evil.example" }, false),
      undefined,
    );
  });
});
