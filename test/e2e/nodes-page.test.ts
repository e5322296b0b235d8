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
    await node.getByText("online", { exact: true }).waitFor();
    await node.getByText("2 births", { exact: true }).waitFor();
    await node.getByText("Seq is 9, expected 2", { exact: false }).first().waitFor();
    await node.getByText("d: 2 metrics", { exact: true }).waitFor();
    await node
      .locator('[data-event="gap"]', { hasText: "seq 9 came when 2 was expected: 7 lost" })
      .waitFor();
    await node.locator('[data-event="birth"]', { hasText: "Born d: 2 metrics" }).waitFor();
    await node.getByText(/^clock .+ · late \d/).waitFor();
    await node.getByText("1/1 devices", { exact: true }).waitFor();
    await node
      .getByText("None of its connections has ended since the hub started.", { exact: true })
      .waitFor();
    await node
      .getByRole("img", { name: /^The last 24 hours: .* trouble in 0\.25 h/ })
      .first()
      .waitFor();
    await node.getByRole("button", { name: "Request rebirth…" }).click();
    await page.getByText("Ask g/e for its births?").waitFor();
    await client.subscribeAsync("spBv1.0/g/NCMD/e");
    const asked = new Promise<string>((resolve) => {
      client.once("message", (topic) => resolve(topic));
    });
    await page.getByRole("button", { name: "Request rebirth", exact: true }).click();
    await node.getByText("Asked. Its births stand above as soon as they come.").waitFor();
    assert.equal(await asked, "spBv1.0/g/NCMD/e");
    assert.deepEqual(await accessFaults(page), []);

    await say(ndeath());

    await node.getByText("offline", { exact: true }).waitFor();
    await client.endAsync();
    await node.getByText(/^Its last connection that ended, .*: it said DISCONNECT\.$/).waitFor();
    await node.getByRole("link", { name: "Findings about it" }).click();
    await page.waitForURL("**/diag/?f=g%2Fe");
    await page.locator("[data-finding]").first().waitFor();
    assert.deepEqual(faults, []);
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
