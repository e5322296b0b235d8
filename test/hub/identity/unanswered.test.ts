import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Audit, proofOf, verifyAudit, type AuditEntry } from "../../../hub/src/identity/index.ts";
import { unanswered } from "../../../hub/src/identity/unanswered.ts";
import { tempDir } from "../../support/hub.ts";

const START: AuditEntry = { actor: "hub", via: "system", action: "start", result: "done" };

function command(
  after: number,
  result: AuditEntry["result"],
  more: Partial<AuditEntry> = {},
): AuditEntry {
  const object = "Plant1/gw/press/Setpoint";
  return {
    actor: "user:ann",
    via: "api",
    action: "command",
    object,
    before: 1,
    after,
    result,
    ...more,
  };
}

/** What a line says of a proposal of an assistant. */
function told(id: number, end = ""): Partial<AuditEntry> {
  const proof = proofOf({ id, receipt: "ab".repeat(32), askedAt: 1234 });
  return { via: "mcp", reason: `trial; ${proof}${end}` };
}

describe("commands of a hub that ended", () => {
  it("are those of the last run that have no outcome; what waited for a second person was not sent", (t) => {
    const file = join(tempDir(t), "audit.jsonl");
    const audit = new Audit({ file, now: () => 0 });
    const waiting = { reason: "trial; waiting: a second person must say yes before it is sent" };
    const lines = [
      START,
      command(1, "asked"), // of a run of long ago
      START,
      command(2, "asked"),
      command(2, "done"),
      command(3, "asked"),
      command(4, "asked", waiting),
      command(5, "asked", waiting),
      command(5, "asked"),
      command(6, "refused", { reason: "refused: too high" }),
      command(7, "asked", { via: "mqtt", object: "spBv1.0/Plant1/NCMD/gw" }),
      command(8, "asked", { via: "mcp" }),
    ];
    for (const line of lines) audit.write(line);
    appendFileSync(file, '{"half a li');

    const open = unanswered(file).map(({ end }) => end);
    const unknown = "the hub ended before it was known what came of it";
    assert.deepEqual(open, [
      command(3, "unknown", { reason: unknown }),
      command(4, "refused", {
        reason: "the hub ended before a second person said yes: it was not sent",
      }),
      command(5, "unknown", { reason: unknown }),
      command(8, "unknown", { reason: unknown, via: "mcp" }),
    ]);
    const again = new Audit({ file, now: () => 0 });
    for (const line of [...open, START]) again.write(line);
    assert.deepEqual(unanswered(file), []);
    assert.equal(verifyAudit(file).length, 1); // the half line
  });

  it("of assistants are told apart by their numbers, and keep what proves their receipts", (t) => {
    const file = join(tempDir(t), "audit.jsonl");
    const audit = new Audit({ file, now: () => 0 });
    const waits = "; waiting: a second person must say yes before it is sent";
    const lines = [
      START,
      command(1, "asked", told(1, waits)),
      command(1, "asked", told(2, waits)),
      command(1, "asked", told(3, waits)),
      command(1, "asked", told(3)), // somebody said yes
      command(1, "refused", told(1, "; refused: user:bob said no")),
    ];
    for (const line of lines) audit.write(line);

    const open = unanswered(file);

    assert.deepEqual(
      open.map(({ wasWaiting, askedAt, proposed }) => [proposed?.id, wasWaiting, askedAt]),
      [
        [2, true, 1234],
        [3, false, 1234],
      ],
    );
    const { reason } = told(3, "; unknown: the hub ended before it was known what came of it");
    assert.equal(open[1]?.end.reason, reason);
    for (const { end } of open) audit.write(end);
    assert.deepEqual(unanswered(file), []);
  });

  it("are none where there is no trail", (t) => {
    assert.deepEqual(unanswered(join(tempDir(t), "audit.jsonl")), []);
  });
});
