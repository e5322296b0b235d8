/** Every page and state by the rules of WCAG 2.2 AA, in both themes, with axe in a real browser; and small windows. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import type { Page } from "playwright-core";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { accessFaults } from "../support/access.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { startClosedHub } from "../support/http-hub.ts";
import { type Ending, pressAdapter, startTestHub } from "../support/hub.ts";
import { dbirth, nbirth, speed } from "../support/sparkplug-messages.ts";

const METRIC = "g/e/d/Motor/Speed";

/** A plant with one device, and a gap in what it said. */
async function plant(t: Ending) {
  const hub = await startTestHub(t);
  const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`);
  t.after(() => client.endAsync(true));
  for (const { topic, payload } of [nbirth(), dbirth(), speed(7, 9)]) {
    await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  }
  return { hub, client, url: `http://127.0.0.1:${hub.httpPort}` };
}

/** Waits until the page shows what it has to show, whatever that is. */
async function settled(page: Page): Promise<void> {
  await page.locator("main").waitFor();
  await page.locator(".skeleton-late").first().waitFor({ state: "detached" });
}

/** What a window loses that cannot be scrolled sideways as a whole. */
const OVERFLOW = `document.documentElement.scrollWidth - document.documentElement.clientWidth`;

describe("the page for everybody", { skip: SKIP_WITHOUT_BROWSER, timeout: 600_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("keeps the rules in each state of the Namespace", async (t) => {
    const { hub, url } = await plant(t);
    const { page } = await openPage(t);

    await page.goto(`${url}/ns/?p=${METRIC}`);
    await page.locator(`[data-path="${METRIC}"][aria-selected="true"]`).waitFor();
    assert.deepEqual(await accessFaults(page), [], "a metric with its details");
    await page.keyboard.press("p");
    await page.locator('[data-state="paused"]').waitFor();
    assert.deepEqual(await accessFaults(page), [], "paused");
    await page.keyboard.press("p");
    await page.locator('[data-state="live"]').waitFor();
    await page.locator('[data-state="live"]').click();
    await page.getByText("The hub answers within").waitFor();
    assert.deepEqual(await accessFaults(page), [], "what is behind the pill");
    await page.keyboard.press("Escape");
    await page.getByText("The hub answers within").first().waitFor({ state: "detached" });
    await page.locator("#tree").focus();
    await page.keyboard.press("?");
    await page.locator("dialog[open]").waitFor();
    assert.deepEqual(await accessFaults(page), [], "the keys");
    await page.keyboard.press("Escape");
    await page.locator("dialog[open]").first().waitFor({ state: "detached" });
    await page.locator("input").first().fill("nothing has this name");
    await page.getByText("No metric matches", { exact: false }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "no match");
    await page.goto(`${url}/ns/?p=g/e/none`);
    await page.getByText("Not in the namespace", { exact: false }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "a link to nothing");
    await hub.stop();
    await page.locator('[data-state="reconnecting"]').waitFor();
    assert.deepEqual(await accessFaults(page), [], "without a link");
  });

  it("keeps them on the other pages, full and empty", async (t) => {
    const { url } = await plant(t);
    const empty = await startTestHub(t);
    const { page } = await openPage(t);
    for (const at of [url, `http://127.0.0.1:${empty.httpPort}`]) {
      for (const name of ["ns", "nodes", "diag", "commands", "trust", "none-such"]) {
        await page.goto(`${at}/${name}/`);
        await settled(page);
        assert.deepEqual(await accessFaults(page), [], `${name} of ${at}`);
      }
    }
  });

  it("keeps them where a phone has no room for a table of a metric: keys reach what scrolls", async (t) => {
    const { client, url } = await plant(t);
    await client.subscribeAsync("spBv1.0/#");
    const { page } = await openPage(t, { width: 320, height: 640 });

    await page.goto(`${url}/metric/?p=${METRIC}&tab=raw`);
    await page.locator('[data-decoded] [data-own="true"]').first().waitFor();
    assert.deepEqual(await accessFaults(page), [], "raw messages");
    await page.getByRole("tab", { name: "Consumers" }).click();
    await page.locator("[data-consumer]").first().waitFor();
    assert.deepEqual(await accessFaults(page), [], "consumers");
  });

  it("keeps them where people come in", async (t) => {
    const hub = await startClosedHub(t, pressAdapter(1));
    const fresh = await startTestHub(t, "", { more: "identity: { anonymous: none }" });
    const { page } = await openPage(t);

    await page.goto(`${hub.url}/login/`);
    await page.getByRole("textbox", { name: "Password" }).waitFor();
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("Fill in user name and password.").waitFor();
    assert.deepEqual(await accessFaults(page), [], "login, incomplete");
    await page.goto(`http://127.0.0.1:${fresh.httpPort}/welcome/`);
    await page.getByLabel("One-time code").waitFor();
    assert.deepEqual(await accessFaults(page), [], "welcome");
  });

  for (const [what, width, height] of [
    ["twice as large on a panel PC", 683, 384],
    ["on a phone", 390, 844],
    ["320 pixels wide", 320, 640],
  ] as const) {
    it(`loses nothing ${what}`, async (t) => {
      const { url } = await plant(t);
      const { page } = await openPage(t, { width, height });
      const others = [`metric/?p=${METRIC}`, "clients/", "audit/", "settings/", "adapters/"];
      const all = [`ns/?p=${METRIC}`, "nodes/?n=g/e", "diag/", "commands/", "trust/"];
      for (const place of width === 320 ? [...all, ...others] : all) {
        await page.goto(`${url}/${place}`);
        await settled(page);
        assert.equal(await page.evaluate(OVERFLOW), 0, `${place} is wider than the window`);
        assert.deepEqual(await accessFaults(page), [], place);
      }
    });
  }
});
