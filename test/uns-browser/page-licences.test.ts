/** What of others is built into the page. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pageLicences, writePageLicences } from "../../scripts/page-licences.ts";

const PAGE = join(import.meta.dirname, "../../uns-browser");

describe("the licences of the page", () => {
  it("are of the packages that its sources name and what runs with them, each with its text", () => {
    const all = pageLicences(PAGE);

    assert.deepEqual(
      all.map(({ name }) => name),
      ["@swc/helpers", "next", "react", "react-dom", "scheduler", "tailwindcss", "uplot"],
    );
    for (const { name, version, licence, text } of all) {
      assert.match(version, /^\d+\.\d+/, name);
      assert.match(licence, /^(?:MIT|Apache-2\.0)$/, name);
      assert.match(text, /copyright/i, name);
    }
  });

  it("lie beside the page as a list and in full", (t) => {
    const out = mkdtempSync(join(tmpdir(), "unshub-licences-"));
    t.after(() => rmSync(out, { recursive: true }));

    writePageLicences(PAGE, out);

    const list: unknown = JSON.parse(readFileSync(join(out, "licences.json"), "utf8"));
    assert.partialDeepStrictEqual(list, [{ name: "@swc/helpers", licence: "Apache-2.0" }]);
    assert.match(readFileSync(join(out, "licences.txt"), "utf8"), /^scheduler \S+ \(MIT\)$/m);
  });
});
