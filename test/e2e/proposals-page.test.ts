/** What an AI assistant proposes, with a real browser: a person sees it at /commands/ and decides. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { PASSWORD } from "../support/identity-hub.ts";
import { openMcpPlant, PRESS, structureOf } from "../support/mcp-plant.ts";

const GRANTS = ["read *", "command Plant1 *"];

describe("a proposal of an assistant", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("stands among the commands with its reason, and is sent when a person says yes", async (t) => {
    const plant = await openMcpPlant(t, `{ writes: true, writeAllow: ["${PRESS}/#"] }`);
    await plant.addUser("bob", "operator", GRANTS);
    const assistant = await plant.client(
      await plant.addToken("assistant", "operator", GRANTS),
      () => ({ action: "accept", content: { confirm: true } }),
    );
    const wish = { elementId: `${PRESS}/Hydraulics/Setpoint`, value: 250, reason: "thicker part" };
    const answer = structureOf(await assistant.callTool({ name: "uns_write", arguments: wish }));
    assert.equal(answer["result"], "waiting");
    const { page, faults } = await openPage(t);

    await page.goto(`${plant.url}/login/?next=%2Fcommands%2F`);
    await page.getByRole("textbox", { name: "User name" }).fill("bob");
    await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("thicker part").waitFor();
    await page.getByRole("button", { name: "Say yes: write 250" }).click();
    await page.getByText("Done: the value came back").waitFor();
    await page.locator("[data-command] summary").click();

    await page
      .getByText(/assistant.*\(mcp\)/)
      .first()
      .waitFor();
    assert.equal(plant.server.memory["1"]?.hr?.["1"], 250);
    assert.deepEqual(
      faults.filter((fault) => !/401/.test(fault)), // before anybody has signed in
      [],
    );
  });

  it("to tell a part of the plant again stands above the commands, and is told when an engineer says yes", async (t) => {
    const plant = await openMcpPlant(t, `{ writes: true, writeAllow: ["${PRESS}/#"] }`);
    await plant.addUser("eva", "engineer", GRANTS);
    const assistant = await plant.client(
      await plant.addToken("assistant", "engineer", GRANTS),
      () => ({ action: "accept", content: { confirm: true } }),
    );
    const [from, to] = [Date.now() - 60_000, Date.now()].map((ms) => new Date(ms).toISOString());
    const wish = { elementId: PRESS, from, to, speed: 100 };
    const propose = async (reason: string): Promise<unknown> =>
      structureOf(await assistant.callTool({ name: "uns_replay", arguments: { ...wish, reason } }))[
        "result"
      ];
    assert.equal(await propose("the historian was away"), "waiting");
    const { page, faults } = await openPage(t);
    await page.goto(`${plant.url}/login/?next=%2Fcommands%2F`);
    await page.getByRole("textbox", { name: "User name" }).fill("eva");
    await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.locator('[data-replay="1"]').getByText("the historian was away").waitFor();

    const button = (id: number, name: RegExp) =>
      page.locator(`[data-replay="${id}"]`).getByRole("button", { name });
    await button(1, /^Say no$/).click();
    await page.locator('[data-replay="1"]').first().waitFor({ state: "detached" });
    assert.equal(await propose("once more"), "waiting");
    await button(2, /^Say yes: tell/).click();
    await page.locator('[data-replay="2"]').first().waitFor({ state: "detached" });
    const authorization = `Basic ${Buffer.from(`eva:${PASSWORD}`).toString("base64")}`;
    const listed = await fetch(`${plant.url}/api/v1/replays`, { headers: { authorization } });

    assert.match(await listed.text(), /"path":"Plant1\/gw-press\/press-01"/);
    assert.deepEqual(
      faults.filter((fault) => !/401/.test(fault)), // before anybody has signed in
      [],
    );
  });
});
