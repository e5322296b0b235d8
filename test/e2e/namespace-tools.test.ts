/** Above the tree of the Namespace, in a real browser: questions as buttons, the language of the filter, pins, comparing, columns. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import type { Page } from "playwright-core";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { openPage, SKIP_WITHOUT_BROWSER, untilTrue } from "../support/browser.ts";
import { startTestHub } from "../support/hub.ts";
import { accessFaults } from "../support/access.ts";
import { dbirth, message, nbirth } from "../support/sparkplug-messages.ts";

const row = (path: string): string => `[data-row][data-path="${path}"]`;

describe("the tools of the namespace", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("find what is not live by a button, and say what of a filter is not understood", async (t) => {
    const { url, put } = await plant(t);
    const { page, faults } = await openPage(t);
    await page.goto(`${url}/ns/`);
    await page.locator(`${row("g/e/d/ok")}[data-quality="good"]`).waitFor();
    await put(message("DDEATH/e/d", [], 2));
    await page.getByRole("button", { name: "Not live 2" }).click();
    await page.getByText("2 hits").waitFor();
    await page.locator(`${row("g/e/d/ok")}[data-quality="offline"]`).waitFor();

    await page.locator(row("g/e/d")).click(); // and why, from there
    await page.getByRole("link", { name: "Its Sparkplug session" }).waitFor();
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.locator('.details [role="status"] li', { hasText: "edge session" }).waitFor();
    await page.locator(row("g/e/d/ok")).click();
    await page.locator('.details a[href*="tab=explain"]').waitFor();
    await page.getByRole("textbox", { name: "Filter" }).fill("q:bda value=true");

    await page.getByText("q:bda: q: is one of good, bad", { exact: false }).waitFor();
    await page.getByText("1 hit", { exact: true }).waitFor();
    await page.getByRole("button", { name: "All", exact: true }).click();
    await page.locator(row("g/e/Node%20Control")).waitFor();
    assert.deepEqual(await accessFaults(page), []);
    assert.deepEqual(faults, []);
  });

  it("keep pins in view after the page is opened again, and let them go", async (t) => {
    const { url, put } = await plant(t);
    const { page } = await openPage(t);
    await page.goto(`${url}/ns/?p=g/e/d/Motor/Speed`);
    await page.locator(`${row("g/e/d/Motor/Speed")}[aria-selected="true"]`).waitFor();
    await page.locator("#tree").focus();
    await page.keyboard.press("s");
    const pin = page.locator('[data-pin="g/e/d/Motor/Speed"]', { hasText: "1 200" });
    await pin.waitFor();

    await page.goto(`${url}/ns/?f=ok`);

    await pin.waitFor();
    await put(speed(1500, 2));
    await page.locator('[data-pin="g/e/d/Motor/Speed"]', { hasText: "1 500" }).waitFor();
    await page.getByRole("button", { name: "Unpin g/e/d/Motor/Speed" }).click();
    await pin.first().waitFor({ state: "detached" });
    await page.locator("#tree:focus").waitFor();
    await page.locator(row("g/e/d/ok")).click();
    await page.getByRole("link", { name: "Raw", exact: true }).focus();
    await page.keyboard.press("Escape"); // the filter
    await page.keyboard.press("Escape"); // the panel
    await page.locator("#tree:focus").waitFor();
  });

  it("share a pin with everybody, who have it in view then, until it is shared no longer", async (t) => {
    const { url } = await plant(t);
    const [mine, other] = [await openPage(t), await openPage(t, { theme: "dark" })];
    await mine.page.goto(`${url}/ns/?p=g/e/d/Motor/Speed`);
    await mine.page.locator(`${row("g/e/d/Motor/Speed")}[aria-selected="true"]`).waitFor();
    await mine.page.locator("#tree").focus();
    await mine.page.keyboard.press("s");

    await mine.page.getByRole("button", { name: "Share g/e/d/Motor/Speed with everybody" }).click();
    await mine.page.locator('[data-pin="g/e/d/Motor/Speed"][data-shared]').waitFor();
    await other.page.goto(`${url}/ns/`);
    const shared = other.page.locator('[data-pin="g/e/d/Motor/Speed"][data-shared]');
    await shared.filter({ hasText: "1 200" }).waitFor();
    assert.deepEqual(await accessFaults(other.page), []);
    await other.page.getByRole("button", { name: "Stop sharing g/e/d/Motor/Speed" }).click();

    await shared.first().waitFor({ state: "detached" });
    await mine.page.reload();
    await mine.page.locator('[data-pin="g/e/d/Motor/Speed"]:not([data-shared])').waitFor();
    assert.deepEqual([...mine.faults, ...other.faults], []);
  });

  it("let every column be reached where there is less room than they need", async (t) => {
    const { url } = await plant(t);
    const { page, faults } = await openPage(t, { width: 1000 });
    await page.goto(`${url}/ns/?p=g/e/d/ok`);
    await page.locator(`${row("g/e/d/ok")}[data-quality="good"]`).waitFor();

    await page.getByRole("columnheader", { name: "Age" }).scrollIntoViewIfNeeded();

    await untilTrue(
      page,
      `(() => {
      const right = (selector) => document.querySelector(selector).getBoundingClientRect().right;
      return Math.round(right("#tree-head") - right(".treegrid")) === 0;
    })()`,
    );
    assert.deepEqual(faults, []);
  });

  it("cut the plant in three ways, and keep what is selected", async (t) => {
    const { url, put } = await plant(t);
    const { page, faults } = await openPage(t);
    await page.goto(`${url}/ns/?p=g/e/d/Motor/Speed`);
    await page.locator('[data-details="value"]', { hasText: "1 200" }).waitFor();
    await page.getByText("spBv1.0/g/DDATA/e/d", { exact: false }).first().waitFor();

    await page.getByRole("button", { name: "UNS", exact: true }).click();
    await page.locator('[data-kind="device"]', { hasText: "g · e · d" }).waitFor();
    await waitForSelected(page, "g/e/d/Motor/Speed");
    await put(speed(1500, 2));
    await page.locator('[data-details="value"]', { hasText: "1 500" }).waitFor();
    await page.waitForURL("**/ns/?p=g/e/d/Motor/Speed&lens=uns");
    assert.deepEqual(await accessFaults(page), []);
    await page.getByRole("button", { name: "Topics" }).click();
    await waitForSelected(page, "spBv1.0/g/DDATA/e/d");
    await page.locator("[data-decoded]", { hasText: "1500" }).waitFor();

    await page.reload(); // a link shows a colleague the same

    await waitForSelected(page, "spBv1.0/g/DDATA/e/d");
    await page.getByRole("button", { name: "Sparkplug", exact: true }).click();
    await waitForSelected(page, "g/e/d");
    assert.deepEqual(faults, []);
  });

  it("go anywhere by a few letters", async (t) => {
    const { url } = await plant(t);
    const { page, faults } = await openPage(t);
    await page.goto(`${url}/ns/`);
    await page.locator(row("g/e/d/ok")).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("speed");
    await page.getByRole("option", { name: "g/e/d/Motor/Speed" }).waitFor();
    assert.deepEqual(await accessFaults(page), []);

    await page.keyboard.press("Enter");

    await page.waitForURL("**/metric/?p=g/e/d/Motor/Speed**");
    await page.locator('[data-details="value"]', { hasText: "1 200" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("audit");
    await page.getByRole("option", { name: "Audit", exact: true }).click();
    await page.waitForURL("**/audit/");
    assert.deepEqual(faults, []);
  });

  it("copy any address of a row, and go from one metric in trouble to the next", async (t) => {
    const { url, put } = await plant(t);
    const { page, faults } = await openPage(t);
    await page.goto(`${url}/ns/?p=g/e/d/Motor/Speed`);
    await page.locator('[data-details="value"]', { hasText: "1 200" }).waitFor();
    await page.getByText("Int32 · alias 1", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Raw", exact: true }).waitFor();
    await page.locator("#tree").focus();
    await page.keyboard.press("Y");
    const menu = page.getByRole("dialog", { name: "Copy of Speed" });
    await menu.getByRole("button", { name: "Sparkplug g / e / d / Motor/Speed" }).waitFor();
    await menu.getByRole("button", { name: "MQTT topic spBv1.0/g/DDATA/e/d" }).waitFor();
    assert.deepEqual(await accessFaults(page), []);
    await menu.getByRole("button", { name: "Value 1200" }).click();
    await menu.first().waitFor({ state: "detached" });
    await page.locator("#tree:focus").waitFor();

    await page.locator(row("g/e/d/ok")).click({ button: "right" });
    await page.getByRole("dialog", { name: "Copy of ok" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").first().waitFor({ state: "detached" });
    await put(message("DDEATH/e/d", [], 2));
    await page.locator(`${row("g/e/d/ok")}[data-quality="offline"]`).waitFor();
    await page.locator("#tree").focus();
    await page.keyboard.press("[");
    await waitForSelected(page, "g/e/d/Motor/Speed");
    await page.keyboard.press("]");
    await waitForSelected(page, "g/e/d/ok");
    assert.deepEqual(faults, []);
  });

  it("go to a row by letters of its name, and let single keys be no shortcuts", async (t) => {
    const { url } = await plant(t);
    const { page, faults } = await openPage(t);
    await page.goto(`${url}/ns/?p=g/e/d/Motor`);
    await waitForSelected(page, "g/e/d/Motor");
    await page.locator("#tree").focus();
    await page.keyboard.press("o");
    await waitForSelected(page, "g/e/d/ok");
    await page.keyboard.press("?");
    await page.getByRole("checkbox", { name: "Single keys are shortcuts" }).uncheck();
    assert.deepEqual(await accessFaults(page), []);
    await page.keyboard.press("Escape");
    await page.locator("#tree:focus").waitFor();

    await page.reload();

    await waitForSelected(page, "g/e/d/ok");
    await page.locator("#tree").focus();
    await page.keyboard.press("p"); // would pause
    await page.keyboard.press("Home");
    await waitForSelected(page, "g");
    await page.locator('[data-state="live"]').waitFor();
    assert.deepEqual(faults, []);
  });

  it("compare chosen rows in one chart", async (t) => {
    const { url } = await plant(t);
    const { page, faults } = await openPage(t);
    await page.goto(`${url}/ns/`);
    await page.locator(row("g/e/d/ok")).click();
    await page.locator(row("g/e/d/Motor/Speed")).click({ modifiers: ["Control"] });
    await page.getByText("2 rows chosen").waitFor();
    await page.getByRole("button", { name: "Export…" }).click();
    await page.getByRole("radio", { name: "2 chosen rows" }).waitFor();
    assert.deepEqual(await accessFaults(page), []);
    const download = page.waitForEvent("download");
    const link = page.getByRole("link", { name: "CSV file" });
    assert.match((await link.getAttribute("href")) ?? "", /path=g%2Fe%2Fd%2Fok&path=g%2Fe%2Fd%2FM/);
    await link.click();
    const file = readFileSync(await (await download).path(), "utf8");
    assert.match(file, /^time_utc,path,value,quality,source_time,received_time,unit,type\n/);

    await page.getByRole("button", { name: "Compare in a chart" }).click();

    await page.waitForURL(/\/metric\/\?p=g\/e\/d\/ok&.*cmp=g\/e\/d\/Motor\/Speed/);
    await page.getByRole("button", { name: "Take Speed away" }).waitFor();
    assert.deepEqual(faults, []);
  });

  it("show the columns that somebody chose, also the next time, and lead to the metric by Enter", async (t) => {
    const { url } = await plant(t);
    const { page } = await openPage(t, { theme: "dark" });
    await page.goto(`${url}/ns/?p=g/e/d/ok`);
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("checkbox", { name: "Type" }).check();
    await page.getByRole("columnheader", { name: "Type" }).waitFor();

    await page.reload();

    const selected = `${row("g/e/d/ok")}[aria-selected="true"]`;
    await page.locator(selected, { hasText: "Boolean" }).waitFor();
    await page.locator("#tree").focus();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/metric/?p=g/e/d/ok**");
  });
});

/** Says what the page shows instead, where that row does not come. */
async function waitForSelected(page: Page, path: string): Promise<void> {
  try {
    await page.locator(`${row(path)}[aria-selected="true"]`).waitFor();
  } catch (cause) {
    const told = page.locator("[data-details], [data-row], h2, button:has-text('Try again')");
    const texts = (await told.allInnerTexts()).map((text) => text.replaceAll("\n", " "));
    throw new Error(`${path} is not selected at ${page.url()}; ${texts.join(" | ")}`, { cause });
  }
}

function speed(value: number, seq: number): ReturnType<typeof nbirth> {
  const metric = { alias: 1, datatype: "Int32", tellDatatype: false, value } as const;
  return message("DDATA/e/d", [metric], seq);
}

/** A hub with an edge node whose device has a speed and a truth value. */
async function plant(t: Parameters<typeof startTestHub>[0]) {
  const hub = await startTestHub(t);
  const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, { clientId: "plant-1" });
  t.after(() => client.endAsync(true));
  const put = async ({ topic, payload }: ReturnType<typeof nbirth>): Promise<void> => {
    await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  };
  await put(nbirth());
  await put(dbirth());
  return { url: `http://127.0.0.1:${hub.httpPort}`, put };
}
