/** The settings of an adapter in a real browser: changed, renamed, stopped and started, with real PLCs behind them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { accessFaults } from "../support/access.ts";
import { freePort } from "../support/free-port.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { pressAdapter, pressMemory, startTestHub, type Ending } from "../support/hub.ts";
import { openModbusServer } from "../support/modbus-server.ts";
import { labEntry, labTag, OpcUaLab } from "../support/opcua-lab.ts";

const PRESSURE = "Plant1/gw-press/press-01/Hydraulics/Pressure";

async function openPress(t: Ending) {
  const server = await openModbusServer(pressMemory());
  t.after(() => server.close());
  const hub = await startTestHub(t, pressAdapter(server.port));
  const metric = () => {
    const id = hub.hub.tree.find(PRESSURE);
    return id === undefined ? undefined : hub.hub.tree.metric(id);
  };
  await hub.until(() => metric()?.quality === "good");
  return { hub, metric, url: `http://127.0.0.1:${hub.httpPort}` };
}

function field(page: Page, key: string) {
  return page.locator(`dialog [data-field="${key}"] input`);
}

describe("the settings of an adapter", { skip: SKIP_WITHOUT_BROWSER, timeout: 600_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("are changed in the form of its entry: faults at their fields, what it does before it is done, the focus never lost", async (t) => {
    const { hub, metric, url } = await openPress(t);
    const other = await openModbusServer({ "1": { hr: { 0: 77, 1: 200 }, co: { 0: 1 } } });
    t.after(() => other.close());
    const { page } = await openPage(t);
    await page.goto(`${url}/adapters/?id=press&device=press-01`);
    await page.locator('[data-tag="Hydraulics/Setpoint"] [data-column="unit"]').click();
    await page.keyboard.type("kN");
    await page.keyboard.press("Enter");
    await page.locator('[data-draft="fine"]', { hasText: "1 change" }).waitFor();
    await page.goto(`${url}/adapters/`);
    await page.getByRole("button", { name: "Edit adapter press", exact: true }).press("Enter");
    await field(page, "link.port").fill("70000");
    await page.locator('dialog [data-check="refused"]').waitFor();
    await page.getByRole("button", { name: "Review and apply" }).press("Enter");
    await page.locator('dialog [data-field="link.port"] input:focus').waitFor();
    assert.deepEqual(await accessFaults(page), [], "a fault");

    await page.keyboard.press("Escape");
    await page.getByRole("alertdialog").waitFor();
    await page.locator("dialog button:focus", { hasText: "Go on editing" }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "the question");
    await page.keyboard.press("Enter");
    await page.getByRole("alertdialog").first().waitFor({ state: "detached" });

    await field(page, "link.port").fill(String(await freePort()));
    await page.locator('dialog [data-check="fine"]').waitFor();
    await page.getByRole("button", { name: "Test connection" }).click();
    await page.locator('[data-trial="fails"] [data-trial-step="connect"]').waitFor();
    await page.getByText("Check address and port", { exact: false }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "a connection that fails");
    await field(page, "link.port").fill(String(other.port));
    await page.locator('[data-trial="none"]').waitFor(); // what was tried was another port
    await page.locator('dialog [data-check="fine"]').waitFor();
    await page.getByRole("button", { name: "Test connection" }).click();
    await page
      .locator('[data-trial="works"] [data-trial-step="read"]', { hasText: "is 77" })
      .waitFor();
    const tag = { name: "Hydraulics/Pressure", at: "hr:0", type: "int16", group: "fast" };
    const put = await fetch(`${url}/api/v1/adapters/press/tags`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ put: [{ ...tag, unit: "kPa" }] }), // by somebody else, meanwhile
    });
    assert.equal(put.status, 200);
    await field(page, "name").fill("press-modbus");
    await page.locator('dialog [data-check="fine"]').waitFor();
    await field(page, "name").press("Enter");
    await page.locator('[data-step="What this changes"]:focus').waitFor();
    await page.locator("[data-renamed]").waitFor();
    await page.getByText("press-01 is born anew", { exact: false }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "the review");
    await page.locator("dialog").getByRole("button", { name: "Back", exact: true }).press("Enter");
    await page.locator('[data-step="Settings"]:focus').waitFor();
    await page.locator('dialog [data-check="fine"]').waitFor();
    await field(page, "name").press("Enter");
    await page.locator("[data-meaning]").waitFor();
    await page.getByRole("button", { name: "Apply", exact: true }).click();
    await page.locator("[data-applied]").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog[open]").first().waitFor({ state: "detached" });

    await hub.until(() => metric()?.value === 77);
    await page.locator('[data-adapter="press-modbus"]').waitFor();
    assert.match(readFileSync(hub.file, "utf8"), /name: press-modbus\n/);
    assert.match(readFileSync(hub.file, "utf8"), /unit: kPa/);
    await page.goto(`${url}/adapters/?id=press-modbus&device=press-01`); // what was drafted is kept
    const unit = page.locator('[data-tag="Hydraulics/Setpoint"] [data-column="unit"]');
    await unit.getByText("kN").waitFor();
    await page.locator('[data-draft="fine"]', { hasText: "1 change" }).waitFor();
  });

  it("say who stopped it and why, until it is started again", async (t) => {
    const { hub, metric, url } = await openPress(t);
    const { page } = await openPage(t);
    await page.goto(`${url}/adapters/?id=press&device=press-01`);
    const figure = (name: string) =>
      page.locator(`[data-line="press"] [data-line-figure="${name}"]`);
    await figure("tags").filter({ hasText: "3 tags in 2 requests" }).waitFor();
    await figure("cycle")
      .filter({ hasText: /cycle 100 ms, takes [\d.]+ ms/ })
      .waitFor();
    await figure("errors")
      .filter({ hasText: /errors [\d.]+ %/ })
      .waitFor();
    await page.getByRole("button", { name: "Test read", exact: true }).click();
    await page.locator('[data-test-read="done"]', { hasText: "is 120" }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "the line above the tags");
    await page.goto(`${url}/adapters/`);
    await page.getByRole("button", { name: "Stop adapter press", exact: true }).click();
    await page.getByLabel("Why").fill("the press is being rebuilt");
    await page.getByLabel("Why").press("Escape");
    await page.getByRole("alertdialog").getByRole("button", { name: "Go on editing" }).click();
    await page.getByRole("alertdialog").first().waitFor({ state: "detached" });
    await page.getByText("press-01 dies.", { exact: false }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "before it is stopped");
    await page.locator("dialog").getByRole("button", { name: "Stop", exact: true }).click();
    await page.locator("[data-applied]").waitFor();
    await page.keyboard.press("Escape");
    const row = page.locator('[data-adapter="press"]');
    await row
      .locator("[data-stopped]", { hasText: "stopped by anonymous" })
      .filter({ hasText: "the press is being rebuilt" })
      .waitFor();
    await row.locator('[data-device="press-01"][data-state="disabled"]').waitFor();
    assert.deepEqual(await accessFaults(page), [], "stopped");
    await hub.until(() => metric()?.reason === "its adapter is stopped");

    await page.getByRole("button", { name: "Start adapter press", exact: true }).click();
    await page.locator("[data-meaning]").waitFor();
    await page.locator("dialog").getByRole("button", { name: "Start", exact: true }).click();
    await page.locator("[data-applied]").waitFor();
    await page.keyboard.press("Escape");
    await row.locator('[data-device="press-01"][data-state="online"]').waitFor();
    await hub.until(() => metric()?.quality === "good");
  });

  it("of OPC UA are changed, too, once its endpoints, certificate, login and a value were tried", async (t) => {
    const lab = await OpcUaLab.start();
    t.after(() => lab[Symbol.asyncDispose]());
    lab.addDouble("Setpoint", 12.5);
    const hub = await startTestHub(
      t,
      labEntry(lab, `[${labTag("Setpoint")}]`, "100ms").replace(
        /^.*interval.*$/m,
        "$& # as fast as it goes",
      ),
    );
    await hub.until(() => hub.hub.tree.find("P/gw/lab/Setpoint") !== undefined);
    const { page } = await openPage(t);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/adapters/`);
    await page.getByRole("button", { name: "Edit adapter cell", exact: true }).click();
    await page.locator('dialog [data-check="fine"]').waitFor();
    await page.getByRole("button", { name: "Test connection" }).click();
    const works = page.locator('[data-trial="works"]');
    await works.locator('[data-trial-step="endpoints"]', { hasText: "chosen" }).waitFor();
    await works.locator('[data-trial-step="read"]', { hasText: "12.5" }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "a connection that works");
    await field(page, "groups.fast.interval").fill("250ms");
    await page.locator('dialog [data-check="fine"]').waitFor();
    await field(page, "groups.fast.interval").press("Enter");
    await page.locator("[data-meaning]").waitFor();
    await page.getByRole("button", { name: "Apply", exact: true }).click();
    await page.locator("[data-applied]").waitFor();

    assert.match(readFileSync(hub.file, "utf8"), /interval: 250ms \} \} # as fast as it goes/);
  });
});
