import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PathFilter } from "../../../../adapters/opcua/src/browse/glob.ts";
import { distinctNames, nameOf } from "../../../../adapters/opcua/src/browse/tag-names.ts";
import {
  browsePathText,
  parseBrowsePath,
} from "../../../../adapters/opcua/src/config/browse-path.ts";

describe("a filter of paths", () => {
  const cases: readonly (readonly [glob: string, yes: readonly string[], no: readonly string[]])[] =
    [
      ["**", ["a", "a/b/c"], []],
      ["*", ["a", "a.b"], ["a/b", ""].filter((path) => path !== "")],
      ["**/Speed*", ["Speed", "a/Speed1", "a/b/Speed"], ["a/MySpeed", "Speed/x"]],
      ["Motor?/**", ["Motor1/a", "Motor2/a/b"], ["Motor1", "Motor12/a"]],
      ["**/_Diag/**", ["_Diag/x", "a/_Diag/b/c"], ["a/_Diag", "a/Diag/x"]],
      ["a/**/z", ["a/z", "a/b/c/z"], ["az", "a/zz"]],
      ["A.(b)[c]{d}+$", ["A.(b)[c]{d}+$"], ["Ax(b)[c]{d}+$"]],
    ];
  for (const [glob, yes, no] of cases) {
    it(`${glob} wants what it says`, () => {
      const filter = new PathFilter([glob], []);

      assert.deepEqual(
        yes.filter((path) => !filter.wants(path)),
        [],
      );
      assert.deepEqual(
        no.filter((path) => filter.wants(path)),
        [],
      );
    });
  }

  it("leaves out what is excluded, and does not enter what is excluded as a whole", () => {
    const filter = new PathFilter(["**"], ["**/_Diag/**", "*/x"]);

    assert.ok(filter.wants("a/b") && !filter.wants("a/x") && !filter.wants("a/_Diag/b"));
    assert.ok(filter.prunes("a/_Diag") && !filter.prunes("a") && !filter.prunes("a/x"));
  });
});

describe("the name of a tag", () => {
  it("is cut to 255 bytes with a suffix, in the middle of no character", () => {
    const name = nameOf({ path: ["ä".repeat(200)], template: "{path}" });

    const [cut] = distinctNames([{ name, nodeId: "nsu=urn:x;s=1" }], new Set());

    assert.ok(Buffer.byteLength(cut?.name ?? "") <= 255);
    assert.match(cut?.name ?? "", /^ä+~[0-9a-f]{6}$/);
    assert.equal(cut?.original, "ä".repeat(200));
  });

  it("is never empty, whatever the server calls its nodes", () => {
    assert.deepEqual(nameOf({ path: ["", "\u0000", "a"], template: "{path}" }).name, "_/_/a");
  });
});

describe("a browse path", () => {
  for (const text of [
    "/Objects",
    "/Objects/2:Line1/Speed",
    "/Objects/nsu=http://maker.com/UA/;Line1/Speed",
    "/Objects/&2:Line/a&/b&&c",
  ]) {
    it(`${text} is read and written as the same`, () => {
      const parsed = parseBrowsePath(text);
      assert.ok("path" in parsed);

      assert.deepEqual(parseBrowsePath(browsePathText(parsed.path)), parsed);
    });
  }

  for (const text of ["", "/", "Objects", "/Objects/", "/a//b", "/a&"]) {
    it(`${JSON.stringify(text)} is none, and that is said`, () => {
      const parsed = parseBrowsePath(text);

      assert.ok("fault" in parsed);
      assert.match(parsed.fault, /path|names no node/);
    });
  }
});
