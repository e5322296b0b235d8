import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodePath,
  encodePath,
  joinPath,
  readablePath,
  readAddress,
  writeAddress,
} from "../../uns-browser/lib/path.ts";

const NOW = { at: null, since: null };

const PATHS: readonly (readonly string[])[] = [
  ["Plant1", "gw-press", "press-01", "Motor", "Vibration"],
  ["a/b", "c#d", "e+f", "g?h", "100%", "i&j=k"],
  ["with space", "温度", "Überdruck", "🏭"],
  ["", "", "empty levels", ""],
  ["%2F", "..", ".", "__proto__"],
];

describe("paths", () => {
  for (const parts of PATHS) {
    it(`come back from the address bar: ${JSON.stringify(parts)}`, () => {
      const path = encodePath(parts);

      const search = writeAddress("", { path, filter: "", lens: "sparkplug", ...NOW });

      assert.deepEqual(decodePath(readAddress(search).path ?? ""), parts);
    });
  }

  it("keep `/` readable between parts and nowhere else", () => {
    assert.equal(encodePath(["Plant1", "a/b"]), "Plant1/a%2Fb");
    assert.equal(joinPath(null, "a b"), "a%20b");
    assert.equal(joinPath("a%20b", ""), "a%20b/");
  });

  it("can be read by people, as long as every slash still separates", () => {
    assert.equal(readablePath(encodePath(["温度 #1", "a/b", "50%"])), "温度 #1/a%2Fb/50%25");
  });

  it("show what is invisible in a name, so that a path is one line", () => {
    assert.equal(readablePath(encodePath(["a\nb", "", "\u202ec"])), "a⟨U+000A⟩b//⟨U+202E⟩c");
  });

  it("survive half a surrogate pair and a percent sign typed by hand", () => {
    assert.equal(encodePath(["\ud800"]), "%EF%BF%BD");
    assert.deepEqual(decodePath("100%/x"), ["100%", "x"]);
  });
});

describe("the address bar", () => {
  it("keeps parameters it does not know, in their order", () => {
    const search = writeAddress("?other=uns&p=old&debug&f=x", {
      path: "new",
      filter: "",
      lens: "sparkplug",
      ...NOW,
    });

    assert.equal(search, "?other=uns&debug&p=new");
  });

  it("is empty when nothing is selected or filtered", () => {
    assert.equal(
      writeAddress("?p=a&f=b", { path: null, filter: "", lens: "sparkplug", ...NOW }),
      "",
    );
  });

  it("carries a filter with any characters", () => {
    for (const filter of ["press vib", "a+b", "50%", "ü&=#", " "]) {
      const search = writeAddress("", { path: null, filter, lens: "sparkplug", ...NOW });

      assert.equal(readAddress(search).filter, filter);
    }
  });

  it("reads a filter written by a form, with + for spaces", () => {
    assert.equal(readAddress("?f=press+vib").filter, "press vib");
  });
});
