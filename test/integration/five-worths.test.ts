/** Stale, offline, bad, uncertain and last known are five things: in the terminal, as JSON and over HTTP. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unshub } from "../support/cli.ts";
import { WORTHS, wornPlant } from "../support/worn-plant.ts";

describe("stale, offline, bad, uncertain and last known", { timeout: 180_000 }, () => {
  it("are told apart by unshub tree", async (t) => {
    const { httpPort } = await wornPlant(t);

    const { out } = await unshub("tree", "--url", `http://127.0.0.1:${httpPort}`);

    for (const { path, words } of WORTHS) {
      const name = path.split("/").at(-1) ?? "";
      const line = out.split("\n").find((each) => each.trim().startsWith(name));
      assert.match(line ?? "", new RegExp(`^\\s+${name}\\s+7\\s+\\[${words}\\]$`));
    }
    assert.match(out, /^\s+Fine\s+7$/m);
    assert.match(out, /old {2}\(last-known\)/);
    assert.match(out, /gone {2}\(offline\)/);
    assert.match(out, /new {2}\(online\)/);
  });

  it("are told apart by unshub tree --json, with the value that was last heard", async (t) => {
    const { httpPort } = await wornPlant(t);

    const { out } = await unshub("tree", "--json", "--url", `http://127.0.0.1:${httpPort}`);

    const lines = out.split("\n").map((line) => JSON.parse(line));
    for (const { path, words } of WORTHS) {
      const found = lines.find((line) => line.path === path);
      assert.deepEqual([found?.value, found?.quality], [7, words]);
    }
  });

  it("are told apart over HTTP, each with its number, and counted as bad or not live", async (t) => {
    const { httpPort, hub } = await wornPlant(t);
    const ask = async (question: string) =>
      await (await fetch(`http://127.0.0.1:${httpPort}/api/ns/${question}`)).json();

    for (const { path, code, quality } of WORTHS) {
      const id = hub.tree.find(path) ?? 0;
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const answer = await ask(`value?id=${id}`);
      assert.partialDeepStrictEqual(answer, { value: 7, quality: code });
      assert.equal(hub.tree.metric(id)?.quality, quality);
    }
    assert.partialDeepStrictEqual(await ask("children"), {
      rows: [{ name: "Worn", counts: { bad: 1, stale: 4 } }],
    });
  });
});
