import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RULE_CODES } from "../../../../hub/src/config/index.ts";
import { isAdvice } from "../../../../hub/src/namespace/guard/catalogue.ts";
import { CATALOGUE, idsOf, occasionsOf } from "../../../../hub/src/namespace/index.ts";

interface Statement {
  readonly id: string;
  readonly role: string;
  readonly wire: string;
  readonly rule: string;
}

const FILE = join(import.meta.dirname, "../../../conformance/sparkplug-ids.json");
const STATEMENTS: readonly Statement[] = JSON.parse(readFileSync(FILE, "utf8"));
/** On the wire, but only as a hint: data without change, a rebirth request after a timeout that only the host knows. */
const ONLY_HINTS = [
  "operational-behavior-data-publish-nbirth-change",
  "operational-behavior-data-publish-dbirth-change",
  "principles-rbe-recommended",
  "operational-behavior-host-reordering-rebirth",
];

const watched = new Set(
  RULE_CODES.flatMap((code) => occasionsOf(code).flatMap((occasion) => idsOf(code, occasion))),
);

describe("the catalogue", () => {
  it("says of every rule what it is and what to do", () => {
    for (const code of RULE_CODES) {
      const { title, advice, reasonCode } = CATALOGUE[code];
      assert.ok(title !== "" && advice.endsWith(".") && reasonCode >= 0x80, code);
    }
  });

  it("has somebody for every rule who breaks it against a real hub", () => {
    const texts = globSync(join(import.meta.dirname, "*.test.ts")).map((file) =>
      readFileSync(file, "utf8"),
    );

    const untested = RULE_CODES.filter(
      (code) => !texts.some((text) => new RegExp(`code: "${code}"|refuses ${code} `).test(text)),
    );

    assert.deepEqual(untested, []);
  });

  it("cites statements that the standard has", () => {
    const known = new Set(STATEMENTS.map(({ id }) => `tck-id-${id}`));

    assert.deepEqual(
      [...watched].filter((id) => !known.has(id)),
      [],
    );
  });

  it("watches every statement that an edge node or host can be seen to break", () => {
    const visible = STATEMENTS.filter(
      ({ wire, role }) => /[cstfpmx]/.test(wire) && role !== "S" && role !== "A",
    );

    const missing = visible
      .map(({ id }) => id)
      .filter((id) => !watched.has(`tck-id-${id}`) && !ONLY_HINTS.includes(id));

    assert.deepEqual(missing, []);
  });

  it("calls advice what the standard says as SHOULD, and late DBIRTHs", () => {
    const advised = STATEMENTS.filter(({ rule }) => /^SHOULD|CMD SHOULD/.test(rule));

    const expected = advised.map(({ id }) => `tck-id-${id}`).filter((id) => watched.has(id));

    assert.deepEqual(
      [...watched].filter(isAdvice).toSorted(),
      [...expected, "tck-id-payloads-dbirth-order"].toSorted(),
    );
  });

  it("stands in docs/configuration.md as it is", () => {
    const docs = readFileSync(
      join(import.meta.dirname, "../../../../docs/configuration.md"),
      "utf8",
    );
    const rows = RULE_CODES.map((code) => [code, CATALOGUE[code].title, CATALOGUE[code].strict]);

    for (const row of rows) assert.ok(docs.includes(`| ${row.join(" | ")} |`), row.join(" | "));
  });

  it("does not reject at strict what is common in plants", () => {
    for (const code of ["T09", "S19", "M10"] as const)
      assert.notEqual(CATALOGUE[code].strict, "reject");
  });
});
