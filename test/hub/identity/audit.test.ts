import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Audit, verifyAudit, type AuditEntry } from "../../../hub/src/identity/index.ts";

const ENTRY: AuditEntry = { actor: "user:anna", via: "ui", action: "write", result: "done" };

function trailFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "unshub-audit-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "audit.jsonl");
}

describe("the audit trail", () => {
  it("can be verified, also after a restart", (t) => {
    const file = trailFile(t);
    new Audit({ file, now: () => 0 }).write(ENTRY);
    const again = new Audit({ file, now: () => 1000 });
    again.write({ ...ENTRY, before: 1, after: 2 });

    assert.deepEqual(verifyAudit(file), []);
    assert.equal(readFileSync(file, "utf8").split("\n").length, 3);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it("shows what was changed and what was taken out", (t) => {
    const file = trailFile(t);
    const audit = new Audit({ file, now: () => 0 });
    for (const object of ["a", "b", "c"]) audit.write({ ...ENTRY, object });
    const lines = readFileSync(file, "utf8").split("\n");

    writeFileSync(file, lines.join("\n").replace('"object":"b"', '"object":"x"'));
    assert.match(verifyAudit(file)[0]?.because ?? "", /was changed after it was written/);

    writeFileSync(file, [lines[0], lines[2], ""].join("\n"));
    assert.match(verifyAudit(file)[0]?.because ?? "", /does not follow the line before/);
  });

  it("goes on after half a line and tells of it", (t) => {
    const file = trailFile(t);
    new Audit({ file, now: () => 0 }).write(ENTRY);
    appendFileSync(file, '{"number":2,"at":"19');

    const again = new Audit({ file, now: () => 0 });
    again.write(ENTRY);

    assert.deepEqual(
      verifyAudit(file).map(({ line }) => line),
      [2],
    );
  });

  it("writes refusals of one kind once a minute, with their number", (t) => {
    const file = trailFile(t);
    let now = 0;
    const audit = new Audit({ file, now: () => now });
    const refusal: AuditEntry = {
      ...ENTRY,
      action: "publish",
      result: "refused",
      reason: "no grant",
    };

    for (let count = 0; count < 1000; count += 1) audit.refused(refusal);
    now = 60_000;
    audit.flush();

    const lines = readFileSync(file, "utf8").trim().split("\n");
    assert.equal(lines.length, 2);
    assert.match(lines[1] ?? "", /"timesMore":999/);
    assert.deepEqual(verifyAudit(file), []);
  });

  it("cannot be begun where it cannot be written", (t) => {
    const file = join(trailFile(t), "no", "such", "folder");

    assert.throws(() => new Audit({ file, now: () => 0 }).write(ENTRY), /ENOENT|ENOTDIR/);
  });
});
