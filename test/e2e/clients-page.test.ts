/** The pages of clients and of the audit trail with a real browser: a client is sent off, and the trail tells of it. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { accessFaults } from "../support/access.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { startTestHub } from "../support/hub.ts";

/** Notes what is written into a search field by anybody but the person who types. */
const NOTE_WRITTEN = `
  globalThis.written = [];
  const own = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
  Object.defineProperty(HTMLInputElement.prototype, "value", {
    ...own,
    set(text) {
      if (this.type === "search") written.push(text);
      own.set.call(this, text);
    },
  });`;

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
    await client.publishAsync("line/1/part", "6", { qos: 1 });
    await row.locator('[data-topic="line/1/part"]').waitFor();
    await row.locator('[data-event="connected"]').getByText("with MQTT 5").waitFor();
    assert.deepEqual(await accessFaults(page), []);

    await row.getByRole("button", { name: "Disconnect…" }).click();
    const question = page.getByText("Send laptop-7 off?");
    await question.waitFor();
    await page.keyboard.press("Escape"); // nothing happens yet
    await question.first().waitFor({ state: "hidden" });
    await client.publishAsync("line/1/part", "7", { qos: 1 });
    assert.equal(client.connected, true);
    const closed = new Promise<void>((resolve) => void client.once("close", () => resolve()));
    await row.getByRole("button", { name: "Disconnect…" }).click();
    await page.getByRole("button", { name: "Disconnect and end its session" }).click();
    await closed;
    await row.first().waitFor({ state: "detached" });

    await page.goto(`${url}/audit/`);
    await page.locator("[data-line]", { hasText: "end session client laptop-7" }).waitFor();
    await page.getByRole("button", { name: "Is the trail whole?" }).click();
    await page.getByText("The trail is whole", { exact: false }).waitFor();
    await page.getByRole("searchbox", { name: "Filter by any word" }).fill("nothing of the kind");
    await page.getByText("No line fits the filter.").waitFor();
    await page.waitForURL("**/audit/?f=nothing%20of%20the%20kind");
    assert.deepEqual(await accessFaults(page), []);
    await page.goto(`${url}/audit/`);
    await page.getByRole("combobox", { name: "Action" }).selectOption("end session");
    await page.waitForURL("**/audit/?action=end%20session");
    await page.getByText("1 line", { exact: true }).waitFor();
    const file = await fetch(`${url}/api/v1/audit/export?action=end%20session`);
    assert.equal((await file.text()).trimEnd().split("\n").length, 2);
    await page.goBack();
    await page.locator("[data-line]", { hasText: "start" }).first().waitFor();
    assert.deepEqual(faults, []);
  });

  it("is sorted by a column and shows the columns that somebody chooses; the way back leads where one was", async (t) => {
    const hub = await startTestHub(t);
    const come = async (clientId: string, options: IClientOptions = {}): Promise<MqttClient> => {
      const url = `mqtt://127.0.0.1:${hub.mqttPort}`;
      const client = await connectAsync(url, { clientId, reconnectPeriod: 0, ...options });
      t.after(() => client.endAsync(true));
      return client;
    };
    const mes = await come("mes", { clean: false });
    await mes.subscribeAsync("line/#", { qos: 1 });
    await mes.endAsync();
    const calm = await come("calm");
    await calm.publishAsync("line/1", "7", { qos: 1 });
    const { page, faults } = await openPage(t);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/clients/`);
    const first = page.locator("[data-client] >> nth=0");
    const table = page.getByRole("table", { name: "Clients" });
    await table.locator('[data-client="mes"] [data-column="queue"]', { hasText: "1" }).waitFor();

    await table.getByRole("button", { name: "Queue" }).click();
    await page.waitForURL("**/clients/?sort=-queue");
    await first.and(page.locator('[data-client="mes"]')).waitFor();
    await page.getByRole("button", { name: "Sort again" }).waitFor();
    await page.getByRole("searchbox").fill("cal");
    await page.locator('[data-client="mes"]').first().waitFor({ state: "detached" });
    await page.waitForURL("**/clients/?f=cal&sort=-queue");
    assert.deepEqual(await accessFaults(page), []);
    await page.goBack();
    await first.and(page.locator('[data-client="calm"]')).waitFor();
    await page.locator('[data-client="mes"]').waitFor();

    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("checkbox", { name: "Keep alive" }).check();
    await table.getByRole("button", { name: "Keep alive" }).waitFor();
    assert.deepEqual(await accessFaults(page), []);
    await page.reload();
    await table.getByRole("button", { name: "Keep alive" }).waitFor();
    assert.deepEqual(faults, []);
  });

  it("takes every letter that is typed into a filter, however late the address says it back", async (t) => {
    const hub = await startTestHub(t);
    const { page, faults } = await openPage(t);
    await page.addInitScript(NOTE_WRITTEN);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`);
    t.after(() => client.endAsync(true));
    const url = `http://127.0.0.1:${hub.httpPort}`;
    const typed = async (place: string, name: string, search: string): Promise<unknown> => {
      await page.goto(`${url}/${place}/`);
      const field = page.getByRole("searchbox", { name });
      await field.pressSequentially("none-such");
      await page.waitForURL(`**/${place}/?${search}`);
      return await page.evaluate("written");
    };

    // The page itself writes nothing into a field while somebody types: a letter could be lost, and a word of Chinese is.
    assert.deepEqual(await typed("clients", "Filter by name, user or address", "f=none-such"), []);
    await page.getByText("No client fits the filter.").waitFor();
    assert.deepEqual(await page.evaluate("written"), []);
    assert.deepEqual(await typed("audit", "User", "user=none-such"), []);
    await page.getByText("No line fits the filter.").waitFor();
    assert.deepEqual(await page.evaluate("written"), []);
    assert.deepEqual(faults, []);
  });

  it("shows older lines of the trail where the newest part has none that fit", async (t) => {
    const hub = await startTestHub(t);
    const { page, faults } = await openPage(t);
    const found = { number: 7, at: "2026-11-26T08:00:00Z", actor: "user:ann", action: "write" };
    await page.route(/\/api\/v1\/audit\?/, (route) =>
      route.fulfill({
        json: route.request().url().includes("before=900")
          ? { lines: [{ ...found, via: "ui", result: "done" }] }
          : { lines: [], next: 900 },
      }),
    );
    await page.goto(`http://127.0.0.1:${hub.httpPort}/audit/?f=rare`);
    await page.getByText("No line fits the filter in the newest part of the trail.").waitFor();

    await page.getByRole("button", { name: "Older lines" }).click();

    await page.locator("[data-line]", { hasText: "#7" }).waitFor();
    await page.getByText("That is all.").waitFor();
    assert.deepEqual(faults, []);
  });

  it("marks a client identifier over which two devices fight", async (t) => {
    const hub = await startTestHub(t);
    const come = async (): Promise<void> => {
      const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
        clientId: "gw-press",
        reconnectPeriod: 0,
      });
      t.after(() => client.endAsync(true));
    };
    await come();
    const { page, faults } = await openPage(t);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/clients/`);
    await page.locator('[data-client="gw-press"]').waitFor(); // looks on: a minute later a fight is over

    for (let time = 0; time < 3; time += 1) await come(); // each throws out the one before

    const row = page.locator('[data-client="gw-press"][data-fight]');
    await row.getByText("Two clients fight over this identifier (3 times in a row)").waitFor();
    await row.locator('[data-column="lastEnd"]', { hasText: "0x8E" }).waitFor();
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

    await row.getByRole("button", { name: "Ban…" }).click();
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
    await page.locator("[data-ban]").first().waitFor({ state: "detached" });
    const again = await enter();
    t.after(() => again.endAsync(true));
    await row.getByText(/: the hub ended it: it is banned until .*: test traffic$/).waitFor();

    await row.getByRole("button", { name: "Ban…" }).click();
    await page.getByRole("button", { name: "until it is lifted", exact: true }).click();
    await page.getByRole("button", { name: "Ban", exact: true }).click();
    await page
      .locator('[data-ban="laptop-7"]', { hasText: "until somebody lets it in again" })
      .waitFor();
    // Its details are asked for once more when it is gone.
    assert.deepEqual(
      faults.filter((fault) => !fault.includes("status of 404")),
      [],
    );
  });
});
