import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exportAddress } from "../../uns-browser/lib/exports.ts";

const SPAN = { from: 1.5, to: 9.5 };
const chosen = (count: number, name: string) =>
  exportAddress(
    { kind: "chosen", paths: Array.from({ length: count }, (_, at) => `${name}${at}`) },
    SPAN,
    "csv",
  );

describe("the address of values of the past as a file", () => {
  it("names what is in it, and the whole span", () => {
    const query = "from=1&to=10&format=csv";
    assert.equal(chosen(2, "g/"), `/api/history/export?path=g%2F0&path=g%2F1&${query}`);
    assert.equal(exportAddress({ kind: "all" }, SPAN, "csv"), `/api/history/export?${query}`);
  });

  it("is none where more is chosen than the hub takes, by number or by letters", () => {
    assert.notEqual(chosen(500, "g"), null);
    assert.equal(chosen(501, "g"), null);
    assert.equal(
      chosen(100, "a name that is quite long and has spaces, as some have ".repeat(2)),
      null,
    );
  });
});
