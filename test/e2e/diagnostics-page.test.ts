/** The page of diagnostics with a real browser: what an edge node did against the rules, and where to go on. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { startTestHub, type Ending, type TestHub } from "../support/hub.ts";
import { accessFaults } from "../support/access.ts";
import { dbirth, nbirth, speed } from "../support/sparkplug-messages.ts";

/** Edge node `g/e` skips a number of its sequence. */
async function skipSeq(t: Ending, { mqttPort }: TestHub): Promise<void> {
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { clientId: "press-4" });
  t.after(() => client.endAsync(true));
  for (const { topic, payload } of [nbirth(), dbirth(), speed(7, 9)]) {
    await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  }
}

describe("the page of diagnostics", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("says that nothing was found, and then tells of news without moving anything", async (t) => {
    const hub = await startTestHub(t);
    const { page, faults } = await openPage(t, { theme: "dark" });
    await page.goto(`http://127.0.0.1:${hub.httpPort}/diag/`);
    await page.getByText("Nothing was found").waitFor();

    await skipSeq(t, hub);
    await page.getByText(/^\d+ new$/).waitFor();
    assert.equal(await page.locator("[data-finding]").count(), 0);
    await page.getByRole("button", { name: /^Show the/ }).click();

    await page.locator("[data-finding]").first().waitFor();
    assert.deepEqual(faults, []);
  });

  it("opens a finding: the sentence, what to do, the client, and the explanation of the hub", async (t) => {
    const hub = await startTestHub(t);
    await skipSeq(t, hub);
    const { page, faults } = await openPage(t);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/diag/?f=sequence`);
    const finding = page.locator("[data-finding]").first();
    await finding.locator("summary").click();

    await finding.getByText("What to do").waitFor();
    await finding.getByText("press-4", { exact: true }).waitFor();
    await finding.getByRole("button", { name: "Explain" }).click();
    await finding.getByText("edge session").waitFor();
    assert.deepEqual(await accessFaults(page), []);

    await page.getByRole("searchbox", { name: "Filter by any word" }).fill("no such thing");
    await page.getByText("No finding fits the filter").waitFor();
    await page.waitForURL((url) => url.searchParams.get("f") === "no such thing");
    await page.getByRole("button", { name: "Clear filter" }).click();
    await finding.waitFor();
    assert.deepEqual(faults, []);
  });
});
