import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { wrapped } from "../../../hub/src/cli/wrapped.ts";
import { unshub } from "../../support/cli.ts";
import { ExplainPlant, speed, SPEED } from "../../support/explain-plant.ts";

describe("unshub explain", () => {
  it("says the answer first, what to do, and then each hop with its figures", async (t) => {
    const plant = await ExplainPlant.open(t);
    const gateway = await plant.gateway();
    await plant.bear(gateway);
    await plant.say(gateway, "DDATA/e/d", [speed(5)], { skip: 3 });
    const url = ["--url", `http://127.0.0.1:${plant.hub.httpPort}`];

    const { exitCode, out } = await unshub("explain", SPEED, ...url);
    const json = await unshub("explain", SPEED, "--json", ...url);

    const lines = out.split("\n");
    assert.equal(exitCode, 0);
    assert.match(lines[0] ?? "", /^g\/e\/d\/Speed {2}\(metric, good, received \d+s ago\)$/);
    assert.equal(lines[2], "BROKEN at: seq/alias");
    assert.match(out, /\n {2}To do: Look for what loses messages/);
    assert.match(out, /\nunknown {2}PLC\n {9}Not ours/);
    assert.match(out, /\nBROKEN {3}seq\/alias {5}for \d+s, since 2\d{3}-/);
    assert.match(out, /\n {11}last seq: 5\n/);
    assert.ok(lines.every((line) => line.length <= 100));
    const answer: { readonly verdict: object } = JSON.parse(json.out);
    assert.partialDeepStrictEqual(answer.verdict, { status: "broken", hop: "seq/alias" });
  });

  it("names paths that are near one that is not there, exit 1; and wants one path, exit 2", async (t) => {
    const plant = await ExplainPlant.open(t);
    await plant.bear(await plant.gateway());
    const url = ["--url", `http://127.0.0.1:${plant.hub.httpPort}`];

    const wrong = await unshub("explain", "g/e/d/Sped", ...url);
    const none = await unshub("explain", ...url);

    assert.deepEqual(
      [wrong.exitCode, wrong.err],
      [1, `there is nothing at "g/e/d/Sped". Near it: ${SPEED}`],
    );
    assert.equal(none.exitCode, 2);
    assert.match(none.err, /one PATH/);
  });

  it("shows nothing of a name that could move the cursor", async (t) => {
    const plant = await ExplainPlant.open(t);
    await plant.bear(await plant.gateway(), [speed(1, { name: "\u001b[31mSpeed" })]);
    const url = ["--url", `http://127.0.0.1:${plant.hub.httpPort}`];

    const { out } = await unshub("explain", "g/e/d/%1B%5B31mSpeed", ...url);

    assert.ok(out.startsWith("g/e/d/%1B%5B31mSpeed  (metric"));
    assert.ok(!out.includes("\u001b"));
  });
});

describe("wrapped lines", () => {
  it("end before the edge, go on further in, and leave long words whole", () => {
    const long = "x".repeat(120);

    assert.deepEqual(wrapped(`${"word ".repeat(20)}end ${long}`, "  "), [
      `  ${"word ".repeat(18)}word`,
      "    word end",
      `    ${long}`,
    ]);
  });
});
