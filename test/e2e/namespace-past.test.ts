/** The past on the Namespace page, and retained messages deleted and restored: real hub, real clients, real browser. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { accessFaults } from "../support/access.ts";
import { openPage, SKIP_WITHOUT_BROWSER, untilTrue } from "../support/browser.ts";
import { startTestHub } from "../support/hub.ts";
import { mosquittoRetained, SKIP_WITHOUT_MOSQUITTO } from "../support/mqtt-mosquitto.ts";
import { dbirth, nbirth, SOURCE_TIME, speed } from "../support/sparkplug-messages.ts";

const row = (path: string): string => `[data-row][data-path="${path}"]`;
const SPEED = row("g/e/d/Motor/Speed");
const OK = row("g/e/d/ok");
const iso = (ms: number): string => new Date(ms).toISOString();

before(async () => {
  if (SKIP_WITHOUT_BROWSER === false && !pageIsCurrent()) await buildPage(() => undefined);
});

describe("the past of the namespace", { skip: SKIP_WITHOUT_BROWSER, timeout: 600_000 }, () => {
  it("is what changed since a moment, with what it was, and the tree as it was at one", async (t) => {
    const { url, put } = await plant(t);
    await put(speed(1500, 2, { timestamp: SOURCE_TIME + 60_000 }));
    const { page, faults } = await openPage(t);
    await page.goto(`${url}/ns/?since=${iso(SOURCE_TIME + 30_000)}`);

    // A link to a comparison shows what differs, and nothing else.
    await page.locator(SPEED, { hasText: "1 200 → 1 500" }).waitFor();
    await page.getByText("1 metric differs").waitFor();
    await page.locator(OK).first().waitFor({ state: "detached" });
    assert.deepEqual(await accessFaults(page), []);
    await put(speed(1600, 3, { timestamp: SOURCE_TIME + 90_000 }));
    await page.getByRole("button", { name: "Look again" }).click();
    await page.locator(SPEED, { hasText: "1 200 → 1 600" }).waitFor();
    await page.getByRole("button", { name: "Only what changed" }).click();
    await page.locator(OK).waitFor();
    await put(speed(1700, 4, { timestamp: SOURCE_TIME + 95_000 }));
    await page.locator(SPEED, { hasText: "1 200 → 1 700" }).waitFor(); // among all rows it goes on

    // As it was; nothing that comes now is shown, and nothing can be written.
    await page.goto(`${url}/ns/?at=${iso(SOURCE_TIME + 61_000)}&p=g/e/d/Motor/Speed`);
    await page.locator(`${SPEED}[aria-selected="true"]`, { hasText: "1 500" }).waitFor();
    await page.locator('.live-pill[data-state="past"]').waitFor();
    await page.locator("#write-why", { hasText: "This page shows the past" }).waitFor();
    await put(speed(1800, 5, { timestamp: SOURCE_TIME + 97_000 }));
    await page.locator('[data-details="value"]', { hasText: "1 500" }).waitFor();
    assert.deepEqual(await accessFaults(page), []);
    await page.locator("#tree").focus();
    await page.keyboard.press("Escape");
    await page.locator(SPEED, { hasText: "1 800" }).waitFor();
    await page.locator('.live-pill[data-state="live"]').waitFor();
    await page.waitForURL("**/ns/?p=g/e/d/Motor/Speed");

    // Two moments, by hand; and one that has not come.
    await page.getByRole("button", { name: "Since…" }).click();
    const [at, since] = [
      page.getByLabel("Show everything as it was at"),
      page.getByLabel("Compare with"),
    ];
    await at.fill("2999-01-01T00:00:00");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: "not come yet" }).waitFor();
    assert.deepEqual(await accessFaults(page), []);
    await at.fill(await local(page, SOURCE_TIME + 61_000));
    await since.fill(await local(page, SOURCE_TIME + 1000));
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.locator(SPEED, { hasText: "1 200 → 1 500" }).waitFor();
    const csv = await page.getByRole("link", { name: "CSV" }).getAttribute("href");
    const file = await (await fetch(`${url}${csv}`)).text();
    assert.match(file, /\ng\/e\/d\/Motor\/Speed,1200,good,[^,]+,1500,good,/);
    assert.deepEqual(faults, []);
  });

  it("is counted while the page is paused, and shown as what changed meanwhile", async (t) => {
    const { url, put } = await plant(t, Date.now() - 60_000);
    const { page, faults } = await openPage(t, { theme: "dark" });
    await page.goto(`${url}/ns/`);
    await page.locator(SPEED, { hasText: "1 200" }).waitFor();
    await page
      .locator('[data-state="live"]')
      .getByText(/\b0 in\b/)
      .waitFor(); // what was born is counted
    await page.locator("#tree").focus();
    await page.keyboard.press("p");
    await page.locator('[data-past="paused"]').waitFor();

    await put(speed(1500, 3, { timestamp: Date.now() + 1000 }));

    await page.getByText("1 value changed since").waitFor();
    await page.locator(SPEED, { hasText: "1 200" }).waitFor();
    assert.deepEqual(await accessFaults(page), []);
    await page.getByRole("button", { name: "Resume", exact: true }).click();
    await page.locator(SPEED, { hasText: "1 500" }).waitFor();
    await page.locator('[data-past="paused"]').first().waitFor({ state: "detached" });
    assert.deepEqual(faults, []);
  });
});

describe(
  "retained messages on the page",
  { skip: SKIP_WITHOUT_BROWSER || SKIP_WITHOUT_MOSQUITTO, timeout: 600_000 },
  () => {
    it("are deleted after a dry run and restored, as mosquitto_sub sees it", async (t) => {
      const { url, client, mqttPort } = await plant(t);
      for (const topic of ["line/1", "line/2"])
        await client.publishAsync(topic, "x", { qos: 1, retain: true });
      const { page, faults } = await openPage(t);
      await page.goto(`${url}/ns/?lens=topic&p=line/2`);
      await page.locator(`${row("line/2")}[aria-selected="true"]`).waitFor();
      await page.getByRole("button", { name: "Columns" }).click();
      await page.getByRole("checkbox", { name: "Retained" }).check();
      await page.keyboard.press("Escape");
      await page.locator(row("line/1"), { hasText: "retained" }).waitFor();
      await page.locator(row("line")).click();

      await page.getByRole("button", { name: "Delete retained messages here and below…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("2 messages with 2 bytes would go").waitFor();
      assert.deepEqual(await mosquittoRetained(mqttPort, "line/#"), ["line/1 x", "line/2 x"]);
      assert.deepEqual(await accessFaults(page), []);
      await dialog.getByRole("button", { name: "Delete 2 retained messages" }).click();
      await dialog.getByText("2 retained messages were deleted").waitFor();
      assert.deepEqual(await mosquittoRetained(mqttPort, "line/#"), []);
      await dialog.getByRole("button", { name: "Close" }).last().click();
      await page.locator(row("line")).first().waitFor({ state: "detached" });

      await page.locator(row("spBv1.0")).click();
      await page.getByRole("button", { name: "Deleted in the last 24 h…" }).click();
      await dialog.getByRole("button", { name: "Restore line/#" }).waitFor();
      assert.deepEqual(await accessFaults(page), []);
      await dialog.getByRole("button", { name: "Restore line/#" }).click();
      await dialog.getByText("2 retained messages are back").waitFor();
      assert.deepEqual(await mosquittoRetained(mqttPort, "line/#"), ["line/1 x", "line/2 x"]);
      await page.keyboard.press("Escape");
      await page.locator(row("line")).waitFor();
      assert.deepEqual(faults, []);
    });

    it("are not deleted by who may only look, and the page says why", async (t) => {
      const { url, client } = await plant(t, SOURCE_TIME, "identity: { anonymous: read }");
      assert.equal(client.connected, true);
      const { page } = await openPage(t);
      await page.goto(`${url}/ns/?lens=topic&p=spBv1.0`);
      await page.locator(`${row("spBv1.0")}[aria-selected="true"]`).waitFor();

      const button = page.getByRole("button", { name: "Delete retained messages here and below…" });

      await page.getByText("needs the role engineer or admin").waitFor();
      await button.and(page.locator('[aria-disabled="true"]')).waitFor();
    });
  },
);

describe("the columns of the namespace", { skip: SKIP_WITHOUT_BROWSER, timeout: 600_000 }, () => {
  it("are as wide as somebody made them by keys or pointer, also the next time", async (t) => {
    const { url } = await plant(t);
    const { page, faults } = await openPage(t);
    await page.goto(`${url}/ns/`);
    await page.locator(OK).waitFor();
    const head = page.getByRole("columnheader", { name: /^Unit/ });
    const width = async (): Promise<number> => Math.round((await head.boundingBox())?.width ?? 0);
    const usual = await width();

    await page.getByRole("button", { name: /^Width of the column Unit/ }).press("ArrowRight");

    const isWider = `(() => {
      const heads = [...document.querySelectorAll("[role=columnheader]")];
      const unit = heads.find((cell) => cell.textContent.startsWith("Unit"));
      return unit !== undefined && Math.round(unit.getBoundingClientRect().width) === ${usual + 8};
    })()`;
    await untilTrue(page, isWider);
    await page.reload();
    await page.locator(OK).waitFor();
    await untilTrue(page, isWider);
    assert.deepEqual(await accessFaults(page), []);
    assert.deepEqual(faults, []);
  });
});

/** A time as a field of the browser takes it, in its own zone. */
async function local(
  page: Awaited<ReturnType<typeof openPage>>["page"],
  ms: number,
): Promise<string> {
  const text = await page.evaluate<string>(
    `new Date(${ms} - new Date(${ms}).getTimezoneOffset() * 60000).toISOString().slice(0, 19)`,
  );
  return text;
}

/** A hub with an edge node whose device has a speed and a truth value. */
async function plant(t: Parameters<typeof startTestHub>[0], bornAt = SOURCE_TIME, more = "") {
  const hub = await startTestHub(t, "", { more });
  const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, { clientId: "plant-1" });
  t.after(() => client.endAsync(true));
  const put = async ({ topic, payload }: ReturnType<typeof nbirth>): Promise<void> => {
    await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  };
  await put(nbirth());
  await put(dbirth());
  if (bornAt !== SOURCE_TIME) await put(speed(1200, 2, { timestamp: bornAt }));
  return { url: `http://127.0.0.1:${hub.httpPort}`, put, client, mqttPort: hub.mqttPort };
}
