/** The page of one metric with a real browser: its past as picture and table, its messages, births, readers. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { startTestHub, type TestHub } from "../support/hub.ts";
import { accessFaults } from "../support/access.ts";
import { dbirth, message, nbirth, SOURCE_TIME } from "../support/sparkplug-messages.ts";

const SPEED = "g/e/d/Motor/Speed";

describe("the page of a metric", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("shows the value, its past as a picture and as a table, and compares it with another", async (t) => {
    const { hub, say } = await plant(t);
    const { page, faults } = await openPage(t);
    await page.goto(`${hub}/metric/?p=${SPEED}`);
    await page.locator('[data-details="value"]', { hasText: "1 200" }).waitFor();
    await page.locator("[data-chart] canvas").waitFor();

    await say(1500, 2);

    await page.locator('[data-details="value"]', { hasText: "1 500" }).waitFor();
    await page.getByText("most 1 500", { exact: false }).waitFor();
    await page.getByRole("tab", { name: "Table" }).click();
    await page.getByRole("gridcell", { name: "1 500" }).first().waitFor();
    await page.getByRole("button", { name: "Compare…" }).click();
    await page.getByRole("searchbox").fill("ok");
    await page.getByRole("button", { name: "g/e/d/ok" }).click();
    await page.getByRole("button", { name: "Take ok away" }).waitFor();
    await page.getByRole("button", { name: "Last 1h" }).click();
    await page.waitForURL("**/metric/?p=g/e/d/Motor/Speed&r=1h&tab=table&cmp=g/e/d/ok");
    assert.deepEqual(await accessFaults(page), []);

    await page.reload(); // a link shows a colleague the same

    await page.getByRole("button", { name: "Take ok away" }).waitFor();
    await page.getByRole("gridcell", { name: "1 500" }).first().waitFor();
    await page.getByRole("button", { name: "Take ok away" }).click();
    await page.locator("button:focus", { hasText: "Compare…" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("searchbox").fill("ok");
    await page.keyboard.press("Escape");
    await page.getByRole("searchbox").first().waitFor({ state: "detached" });
    await page.locator("button:focus", { hasText: "Compare…" }).waitFor();
    await page.getByRole("button", { name: "Custom…" }).click();
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.locator("button:focus", { hasText: "Custom…" }).waitFor();
    assert.deepEqual(faults, []);
  });

  it("has range and limits in its head, and a menu that deletes what is retained after a dry run", async (t) => {
    const { hub, client } = await plant(t);
    const bounds = [
      ["engUnit", "bar"],
      ["engLow", 0],
      ["engHigh", 10],
      ["HighHighLimit", 8],
      ["HighLimit", 6],
    ].map(([key = "", value = null]) => ({
      key: String(key),
      datatype: typeof value === "string" ? ("String" as const) : ("Double" as const),
      value,
    }));
    const pressure = { name: "Pressure", alias: 9, datatype: "Float", tellDatatype: true } as const;
    const birth = message(
      "DBIRTH/e/d",
      [{ ...pressure, value: 6.5, timestamp: Date.now(), properties: bounds }],
      2,
    );
    await client.publishAsync(birth.topic, Buffer.from(birth.payload), { qos: 1 });
    await client.publishAsync("g/e/d/Pressure", "6.5", { qos: 1, retain: true });
    const { page, faults } = await openPage(t);
    await page.goto(`${hub}/metric/?p=g/e/d/Pressure`);

    await page.locator('[data-figure="range"]', { hasText: "range 0 … 10" }).waitFor();
    await page.locator('[data-figure="limits"]', { hasText: "HH 8 H 6" }).waitFor();
    await page.locator('[data-beyond="high"]', { hasText: "beyond its limit H" }).waitFor();
    const menu = page.getByRole("button", { name: "More for this metric" });
    await menu.click();
    await page.getByText("No adapter of this hub makes it").waitFor();
    assert.deepEqual(await accessFaults(page), []);
    await page.getByRole("button", { name: "Delete retained message…" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete retained messages" });
    await dialog.getByRole("cell", { name: "g/e/d/Pressure" }).waitFor();
    await dialog.getByRole("button", { name: "Delete retained message", exact: true }).click();
    await dialog.getByText("deleted and can be restored").waitFor();
    await dialog.getByRole("button", { name: "Restore" }).click();
    await dialog.getByText("1 retained message is back.").waitFor();
    await page.keyboard.press("Escape");
    await dialog.first().waitFor({ state: "detached" });
    await page.locator('button[aria-label="More for this metric"]:focus').waitFor();
    assert.deepEqual(faults, []);
  });

  it("shows messages byte by byte and decoded, births with what they changed, and who subscribes", async (t) => {
    const { hub, say, client } = await plant(t);
    await client.subscribeAsync("spBv1.0/g/DDATA/#");
    const { page, faults } = await openPage(t, { theme: "dark" });
    await page.goto(`${hub}/metric/?p=${SPEED}&tab=raw`);
    await page.locator('[data-details="value"]', { hasText: "1 200" }).waitFor();
    await page.getByText("none came since the hub started", { exact: false }).waitFor();

    await say(1500, 2);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator('[data-decoded] [data-own="true"]', { hasText: "1500" }).waitFor();
    await say(1600, 3);
    await page.locator('[data-decoded] [data-own="true"]', { hasText: "1600" }).waitFor();
    await page.getByRole("tab", { name: "Difference" }).click();
    await page.getByRole("row", { name: "Motor/Speed 1500 1600" }).waitFor();
    await page.getByRole("tab", { name: "Hex" }).click();
    await page.locator('[data-raw="hex"] mark').first().waitFor();

    await page.getByRole("tab", { name: "Births" }).click();
    await page.locator('[data-birth="birth"]', { hasText: "DBIRTH · 2 metrics" }).waitFor();
    await page.getByRole("tab", { name: "Consumers" }).click();
    await page.locator('[data-consumer="plant-1"]', { hasText: "spBv1.0/g/DDATA/#" }).waitFor();
    await page.locator('[data-consumer="plant-1"] [data-delivery]', { hasText: "ago" }).waitFor();
    await page.getByRole("tab", { name: "Explain" }).click();
    await page.locator('[data-tab="explain"] li').first().waitFor();
    assert.deepEqual(await accessFaults(page), []);
    assert.deepEqual(
      faults.filter((fault) => !fault.includes("404")),
      [],
    );
  });

  it("waits for a metric that is not there, and says what a branch is", async (t) => {
    const { hub, client } = await plant(t);
    const { page } = await openPage(t, { width: 390, height: 844 });
    await page.goto(`${hub}/metric/?p=g/e/d/Oil`);
    await page.getByText("There is no such metric").waitFor();

    const birth = message(
      "DBIRTH/e/d",
      [
        {
          name: "Oil",
          alias: 7,
          datatype: "Float",
          tellDatatype: true,
          value: 3,
          timestamp: SOURCE_TIME,
        },
      ],
      2,
    );
    await client.publishAsync(birth.topic, Buffer.from(birth.payload), { qos: 1 });

    await page.locator('[data-details="value"]', { hasText: "3" }).waitFor();
    await page.goto(`${hub}/metric/?p=g/e`);
    await page.getByText("This is no metric, but a branch of the tree.").waitFor();
  });
});

/** A hub with an edge node whose device has a speed of 1200. */
async function plant(t: Parameters<typeof startTestHub>[0]) {
  const { httpPort, mqttPort }: TestHub = await startTestHub(t);
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { clientId: "plant-1" });
  t.after(() => client.endAsync(true));
  const now = Date.now();
  const put = async ({ topic, payload }: ReturnType<typeof nbirth>): Promise<void> => {
    await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  };
  await put(nbirth());
  await put(dbirth());
  const value = (is: number, seq: number) =>
    message(
      "DDATA/e/d",
      [{ alias: 1, datatype: "Int32", tellDatatype: false, value: is, timestamp: now + seq }],
      seq,
    );
  return {
    client,
    hub: `http://127.0.0.1:${httpPort}`,
    say: (is: number, seq: number) => put(value(is, seq)),
  };
}
