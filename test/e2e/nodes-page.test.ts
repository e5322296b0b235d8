/** The page of edge nodes with a real browser: who lives, who was asked for a rebirth, and what was broken. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { startTestHub } from "../support/hub.ts";
import { accessFaults } from "../support/access.ts";
import { dbirth, nbirth, ndeath, speed } from "../support/sparkplug-messages.ts";

describe("the page of edge nodes", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("tells a node that lives, its births and what it broke, and the node that then died", async (t) => {
    const hub = await startTestHub(t);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`);
    t.after(() => client.endAsync(true));
    const say = async ({ topic, payload }: ReturnType<typeof nbirth>): Promise<void> => {
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    };
    for (const message of [nbirth(), dbirth(), speed(7, 9)]) await say(message);
    const { page, faults } = await openPage(t);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/nodes/?n=g/e`);
    const node = page.locator('[data-node="g/e"]');
    const cell = (column: string) => node.locator(`summary [data-column="${column}"]`);
    await cell("state").getByText("online", { exact: true }).waitFor();
    await cell("births").getByText("1", { exact: true }).waitFor();
    await cell("seq").getByText("9", { exact: true }).waitFor();
    await cell("seq")
      .getByRole("img", { name: "Of its last 256 messages 3 were births, deaths or not in order." })
      .waitFor();
    await cell("rebirths")
      .getByText(/^[1-9]\d*$/) // it is asked again after 5 s, as it does not answer
      .waitFor();
    await cell("cause").getByText("sequence gap", { exact: true }).waitFor();
    await cell("perSecond").getByText(/^\d/).waitFor();
    await node.getByText("Seq is 9, expected 2", { exact: false }).first().waitFor();
    await node.getByText("d: 2 metrics", { exact: true }).waitFor();
    await node
      .locator('[data-event="gap"]', { hasText: "seq 9 came when 2 was expected: 7 lost" })
      .waitFor();
    await node.locator('[data-event="birth"]', { hasText: "Born d: 2 metrics" }).waitFor();
    await cell("clock").getByText(/^[+−]/).waitFor();
    await cell("latency")
      .getByText(/^\d+ ms$/)
      .waitFor();
    await cell("devices").getByText("1/1", { exact: true }).waitFor();
    const device = node.locator('[data-device="d"]');
    await device.getByText("online", { exact: true }).waitFor();
    await node.getByText(/^Session bdSeq 0: online since \d{4}-/).waitFor();
    await page
      .locator("[data-node]", { hasText: /STATE ONLINE since \d{4}-.*\(retained\)/ })
      .waitFor();
    await node
      .getByText("None of its connections has ended since the hub started.", { exact: true })
      .waitFor();
    await node
      .getByRole("img", { name: /^The last 24 hours: .* trouble in 0\.25 h/ })
      .first()
      .waitFor();
    await node.getByRole("button", { name: "Request rebirth…" }).click();
    await page.getByText("Ask g/e for its births?").waitFor();
    await page.getByText(/^It was asked last .* ago, by this hub \(sequence gap\)\.$/).waitFor();
    await client.subscribeAsync("spBv1.0/g/NCMD/e");
    const asked = new Promise<string>((resolve) => {
      client.once("message", (topic) => resolve(topic));
    });
    await page.getByRole("button", { name: "Request rebirth", exact: true }).click();
    await node.getByText("Asked. Its births stand above as soon as they come.").waitFor();
    assert.equal(await asked, "spBv1.0/g/NCMD/e");
    assert.deepEqual(await accessFaults(page), []);
    await say(nbirth());
    await node.getByText(/^Its birth came .* after it was asked\.$/).waitFor();
    await say(ndeath());

    await cell("state").getByText("offline", { exact: true }).waitFor();
    await device.getByText("offline", { exact: true }).waitFor();
    await client.endAsync();
    await node.getByText(/^Its last connection that ended, .*: it said DISCONNECT\.$/).waitFor();
    await node.getByRole("link", { name: "Findings about it" }).click();
    await page.waitForURL("**/diag/?f=g%2Fe");
    await page.locator("[data-finding]").first().waitFor();
    assert.deepEqual(faults, []);
  });

  it("counts anew when that is confirmed, and tells of it", async (t) => {
    const hub = await startTestHub(t);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`);
    t.after(() => client.endAsync(true));
    for (const { topic, payload } of [nbirth(), dbirth(), speed(7, 2)])
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const { page, faults } = await openPage(t);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/nodes/?n=g/e`);
    const node = page.locator('[data-node="g/e"]');
    await node.getByText("3 messages and 2 births, 0 lost, since the hub started").waitFor();

    await node.getByRole("button", { name: "Reset counters…" }).click();
    await page.getByText("Count anew what g/e does?").waitFor();
    assert.deepEqual(await accessFaults(page), []);
    await page.getByRole("button", { name: "Reset counters", exact: true }).click();

    await node
      .getByText(/^0 messages and 0 births, 0 lost, since the counters were reset, \d{4}-/)
      .waitFor();
    await node.locator('[data-event="reset"]', { hasText: "Counters: reset by" }).waitFor();
    await node.locator('summary [data-column="births"]').getByText("0", { exact: true }).waitFor();
    assert.deepEqual(faults, []);
  });

  it("lists many edge nodes with trouble first, by filter and column, and asks several after the list was shown", async (t) => {
    const hub = await startTestHub(t);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`);
    t.after(() => client.endAsync(true));
    const birth = nbirth().payload;
    const ids = Array.from({ length: 1203 }, (_, at) => `gw-${at}`);
    await Promise.all(
      ids.map((id) =>
        client.publishAsync(`spBv1.0/big/NBIRTH/${id}`, Buffer.from(birth), { qos: 1 }),
      ),
    );
    const death = Buffer.from(ndeath().payload);
    await client.publishAsync("spBv1.0/big/NDEATH/gw-1200", death, { qos: 1 });
    const { page, faults } = await openPage(t);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/nodes/`);
    const first = page.locator("[data-node]").first();
    await page.getByText("1 203 of 1 203 edge nodes", { exact: true }).waitFor();
    await page.locator('[data-node="big/gw-1200"]').waitFor(); // trouble first, of the second thousand
    assert.equal(await first.getAttribute("data-node"), "big/gw-1200");
    await page.getByRole("button", { name: "Sort by Edge node" }).click();
    await page.locator('[data-node="big/gw-99"]').waitFor();
    await page.getByRole("button", { name: "Show 100 more" }).click();
    await page.locator('[data-node="big/gw-199"]').waitFor();
    await page.getByRole("searchbox", { name: "Filter by name, state or cause" }).fill("gw-1200");
    await page.getByText("1 of 1 203 edge nodes", { exact: true }).waitFor();
    await page.getByRole("searchbox", { name: "Filter by name, state or cause" }).fill("gw-7");
    await page.getByText("111 of 1 203 edge nodes", { exact: true }).waitFor();
    await page.getByRole("searchbox", { name: "Filter by name, state or cause" }).fill("gw-77");
    await page.getByText("11 of 1 203 edge nodes", { exact: true }).waitFor();
    await page.waitForURL("**/nodes/?sort=name&f=gw-77");

    const open = page.getByRole("button", { name: "Request rebirth of 11…" });
    await open.click();
    await page.getByRole("dialog", { name: "Request rebirth of 11 edge nodes?" }).waitFor();
    await page.getByRole("button", { name: "Show the list…" }).click();
    const list = page.getByRole("dialog", { name: "These 11 edge nodes are asked" });
    await list.locator('[data-rebirth="big/gw-779"]').waitFor();
    await list.locator("button:focus", { hasText: "Cancel" }).waitFor();
    assert.deepEqual(await accessFaults(page), []);
    await list.getByRole("button", { name: "Request 11 rebirths now" }).click();
    await list.getByText(/^\d+ were asked, \d+ were asked a moment ago/).waitFor();
    await list.locator("button:focus", { hasText: "Close" }).waitFor();
    await list.getByRole("button", { name: "Close", exact: true }).last().click();
    await list.first().waitFor({ state: "detached" });
    await page.locator("button:focus", { hasText: "Request rebirth of" }).waitFor();
    assert.deepEqual(faults, []);
  });

  it("shows two clients that speak for one edge node", async (t) => {
    const hub = await startTestHub(t);
    for (const clientId of ["gw-1", "gw-2"]) {
      const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, { clientId });
      t.after(() => client.endAsync(true));
      const { topic, payload } = nbirth();
      await client.publishAsync(topic, Buffer.from(payload));
    }
    const { page } = await openPage(t, { theme: "dark" });
    await page.goto(`http://127.0.0.1:${hub.httpPort}/nodes/`);

    await page
      .locator('[data-node="g/e"] [data-alarm="two clients"]', {
        hasText: "Two clients speak for this edge node:",
      })
      .waitFor();
    assert.deepEqual(await accessFaults(page), []);
  });

  it("says what is not there, and when the hub does not answer any more", async (t) => {
    const hub = await startTestHub(t);
    const { page } = await openPage(t, { theme: "dark" });
    await page.goto(`http://127.0.0.1:${hub.httpPort}/nodes/`);
    await page.getByText("No edge node was heard yet.", { exact: false }).waitFor();

    await hub.stop();

    await page
      .getByText("The hub does not answer. This is what it said at", { exact: false })
      .waitFor();
    await page.locator('[data-state="old"]').waitFor();
  });
});
