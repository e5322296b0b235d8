/** The pages of clients and of the audit trail with a real browser: a client is sent off, and the trail tells of it. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { accessFaults } from "../support/access.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { startTestHub } from "../support/hub.ts";

describe("the page of clients", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("shows a client with its subscriptions, sends it off when that is confirmed, and the trail says so", async (t) => {
    const hub = await startTestHub(t);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
      clientId: "laptop-7",
      protocolVersion: 5,
      reconnectPeriod: 0,
      will: { topic: "line/1/state", payload: Buffer.from("gone"), qos: 1, retain: false },
    });
    t.after(() => client.endAsync(true));
    await client.subscribeAsync("spBv1.0/Plant1/#", { qos: 1 });
    const url = `http://127.0.0.1:${hub.httpPort}`;
    const { page, faults } = await openPage(t);
    await page.goto(`${url}/clients/?id=laptop-7`);
    const row = page.locator('[data-client="laptop-7"]');
    await row.getByText("spBv1.0/Plant1/#").waitFor();
    await row.getByText("line/1/state, QoS 1").waitFor();
    assert.deepEqual(await accessFaults(page), []);

    await row.getByRole("button", { name: "Disconnect…" }).click();
    const question = page.getByText("Send laptop-7 off?");
    await question.waitFor();
    await page.keyboard.press("Escape"); // nothing happens yet
    await question.waitFor({ state: "hidden" });
    await client.publishAsync("line/1/part", "7", { qos: 1 });
    assert.equal(client.connected, true);
    const closed = new Promise<void>((resolve) => void client.once("close", () => resolve()));
    await row.getByRole("button", { name: "Disconnect…" }).click();
    await page.getByRole("button", { name: "Disconnect and end its session" }).click();
    await closed;
    await row.waitFor({ state: "detached" });

    await page.goto(`${url}/audit/`);
    await page.locator("[data-line]", { hasText: "end session client laptop-7" }).waitFor();
    await page.getByRole("button", { name: "Is the trail whole?" }).click();
    await page.getByText("The trail is whole", { exact: false }).waitFor();
    await page.getByRole("searchbox").fill("nothing of the kind");
    await page.getByText("No line fits the filter.").waitFor();
    assert.deepEqual(await accessFaults(page), []);
    assert.deepEqual(faults, []);
  });

  it("keeps a client out for a while, tells until when, and lets it in again", async (t) => {
    const hub = await startTestHub(t);
    const enter = (): Promise<MqttClient> =>
      connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
        clientId: "laptop-7",
        protocolVersion: 5,
        reconnectPeriod: 0,
      });
    const client = await enter();
    t.after(() => client.endAsync(true));
    const closed = new Promise<void>((resolve) => void client.once("close", () => resolve()));
    const { page, faults } = await openPage(t);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/clients/?id=laptop-7`);
    const row = page.locator('[data-client="laptop-7"]');
    await row.getByText("no connection of it has ended since the hub started").waitFor();

    await row.getByRole("button", { name: "Ban for a time…" }).click();
    await page.getByText("Keep laptop-7 out?").waitFor();
    assert.deepEqual(await accessFaults(page), []);
    await page.getByRole("button", { name: "8 h", exact: true }).click();
    await page.getByLabel("Reason", { exact: false }).fill("test traffic");
    await page.getByRole("button", { name: "Ban for 8 h" }).click();

    await closed;
    const ban = page.locator('[data-ban="laptop-7"]', { hasText: /until \d{4}-.*in (7|8) h/ });
    await ban.getByText("test traffic").waitFor();
    await assert.rejects(enter(), { code: 0x8a });
    assert.deepEqual(await accessFaults(page), []);

    await ban.getByRole("button", { name: "Let it in again" }).click();
    await page.locator("[data-ban]").waitFor({ state: "detached" });
    const again = await enter();
    t.after(() => again.endAsync(true));
    await row.getByText(/: the hub ended it: it is banned until .*: test traffic$/).waitFor();
    // Its details are asked for once more when it is gone.
    assert.deepEqual(
      faults.filter((fault) => !fault.includes("status of 404")),
      [],
    );
  });
});
