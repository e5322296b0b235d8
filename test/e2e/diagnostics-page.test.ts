/** The page of diagnostics with a real browser: what clients did against the rules, what people say of it, where to go on. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { accessFaults } from "../support/access.ts";
import { openPage, SKIP_WITHOUT_BROWSER, untilTrue } from "../support/browser.ts";
import { findingsOf, skipSeq, untilFound } from "../support/finding-hub.ts";
import { Visit } from "../support/http-hub.ts";
import { startTestHub } from "../support/hub.ts";
import { dbirth, nbirth } from "../support/sparkplug-messages.ts";

const GAP = '[data-finding="S04"]';

describe("the page of diagnostics", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("says that nothing was found, and then tells of news without moving anything", async (t) => {
    const hub = await startTestHub(t);
    const { page, faults } = await openPage(t, { theme: "dark" });
    await page.goto(`http://127.0.0.1:${hub.httpPort}/diag/`);
    await page.getByText("Nothing was found").waitFor();

    await skipSeq(t, hub.mqttPort);
    const visit = new Visit(`http://127.0.0.1:${hub.httpPort}`);
    await untilFound(visit, "S04");
    const { length } = await findingsOf(visit); // a page that asked in between has only some of them
    await untilTrue(
      page,
      `Number(/\\b(\\d+) new\\b/.exec(document.querySelector("main").innerText)?.[1]) >= ${length}`,
    );
    assert.equal(await page.locator("[data-finding]").count(), 0);
    await page.getByRole("button", { name: /^Show the/ }).click();

    await page.locator(GAP).waitFor();
    assert.deepEqual(await accessFaults(page), []);
    assert.deepEqual(faults, []);
  });

  it("opens a finding by its address: the sentence, the message decoded, what to do, and the explanation of the hub", async (t) => {
    const hub = await startTestHub(t);
    await skipSeq(t, hub.mqttPort);
    const { page, faults } = await openPage(t);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/diag/?f=seq&id=S04+press-4`);
    const finding = page.locator(GAP);

    await finding.getByText("What to do:").waitFor();
    await finding.getByText("tck-id-").first().waitFor();
    await finding.locator("[data-message]").getByText("Motor/Speed").waitFor();
    await finding.getByText("Open: nobody has acknowledged it.").waitFor();
    await finding.locator(".finding-actions").getByRole("button", { name: "Explain" }).click();
    await finding.getByText("edge session").waitFor();
    assert.deepEqual(await accessFaults(page), []);

    await page.getByRole("searchbox", { name: "Filter by any word" }).fill("no such thing");
    await page.getByText("No finding fits the filter").waitFor();
    await page.waitForURL((url) => url.searchParams.get("f") === "no such thing");
    await page.getByRole("button", { name: "Clear filter" }).click();
    await finding.waitFor();
    assert.deepEqual(faults, []);
  });

  it("acknowledges, mutes and opens again, all by keys too, and others see it", async (t) => {
    const hub = await startTestHub(t);
    const visit = new Visit(`http://127.0.0.1:${hub.httpPort}`);
    await skipSeq(t, hub.mqttPort);
    const { page, faults } = await openPage(t);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/diag/`);
    const finding = page.locator(GAP);
    await finding.locator("[data-row]").press("Enter");

    await finding.getByLabel("Note (may be left out)").fill("cable ordered");
    await finding.locator("[data-row]").press("Enter");
    await finding.locator("[data-details]").first().waitFor({ state: "detached" });
    await finding.locator("[data-row]").press("Enter");
    await untilTrue(
      page,
      `document.querySelector("[data-details] input")?.value === "cable ordered"`,
    );
    await finding.getByRole("button", { name: "Acknowledge" }).click();
    await finding.getByText(/^Acknowledged by /).waitFor();
    await finding.locator("[data-row]:focus").waitFor(); // the button is gone
    await finding.getByText("cable ordered").waitFor();
    const found = await untilFound(visit, "S04", ({ state }) => state === "acknowledged");
    assert.equal(found.acknowledged?.note, "cable ordered");
    await finding.getByRole("button", { name: "Open again" }).click();
    await finding.getByText("Open: nobody has acknowledged it.").waitFor();

    await finding.locator("[data-row]").press("a");
    await page.locator(`${GAP}[data-finding-state="acknowledged"]`).waitFor();
    await finding.locator("[data-row]").focus();
    await page.keyboard.down("m");
    await finding.first().waitFor({ state: "detached" });
    await page.locator("[data-row]:focus").waitFor(); // on the line that follows
    await page.keyboard.down("m"); // held down, it means one line
    await page.keyboard.up("m");
    await page.getByRole("button", { name: "Show muted" }).click();
    await page.waitForURL((url) => url.searchParams.get("state") === "muted");
    await finding.getByText(/^Muted by .* until /).waitFor();
    assert.deepEqual(await accessFaults(page), []);
    await finding.locator(".finding-actions").getByRole("button", { name: "Unmute" }).click();
    await untilFound(visit, "S04", ({ muted }) => muted === null);
    await finding.locator(".finding-actions").getByRole("button", { name: "Mute 1 h" }).waitFor();
    assert.ok((await findingsOf(visit)).every(({ muted }) => muted === null));
    await page.goBack();
    await page.waitForURL((url) => !url.searchParams.has("state"));
    await finding.waitFor();
    assert.deepEqual(faults, []);
  });

  it("puts those of one cause under one line, holds its picture while it is paused, and saves what it shows", async (t) => {
    // that nobody serves the request for births would be found, too, while this goes on
    const hub = await startTestHub(t, "", { guardTimes: { rebirthMs: 3_600_000 } });
    await skipSeq(t, hub.mqttPort);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, { clientId: "weld-2" });
    t.after(() => client.endAsync(true));
    for (const { topic, payload } of [nbirth(), dbirth(7)])
      await client.publishAsync(topic.replace("/e", "/w"), Buffer.from(payload), { qos: 1 });
    const { page, faults } = await openPage(t);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/diag/?kind=sparkplug`);
    const cause = page.locator('[data-cause="S04"]');

    await cause.getByText(/^2 affected .*edge node g\/w/).waitFor();
    await cause.locator("[data-row]").first().press("Enter");
    await cause.locator('[data-key="S04 weld-2"]').waitFor();
    await page.goto(`http://127.0.0.1:${hub.httpPort}/diag/?kind=sparkplug&id=S04+weld-2`);
    const opened = cause.locator('[data-key="S04 weld-2"] [data-row]');
    await cause.locator('[data-row][aria-expanded="true"]').nth(1).waitFor();
    await opened.press("Enter"); // it closes, and its cause does not
    await cause
      .locator('[data-key="S04 weld-2"] [data-row][aria-expanded="false"]:focus')
      .waitFor();
    await page.getByRole("checkbox", { name: "Group by cause" }).uncheck();
    await page.waitForURL((url) => url.searchParams.get("by") === "subject");
    await cause.first().waitFor({ state: "detached" });
    const gap = (of: string, state?: string) =>
      page.locator(
        `[data-key="S04 ${of}"]${state === undefined ? "" : `[data-finding-state="${state}"]`}`,
      );
    await page.evaluate(`(async () => {
      for (const client of ["press-4", "weld-2"]) {
        const row = document.querySelector('[data-key="S04 ' + client + '"] [data-row]');
        row.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
        await new Promise((pressed) => setTimeout(pressed)); // faster than the hub answers
      }
    })()`);
    await gap("press-4", "acknowledged").waitFor();
    await gap("weld-2", "acknowledged").waitFor();
    await page.getByRole("combobox", { name: "Edge node" }).selectOption("g/w");
    await page.locator('[data-key="S04 press-4"]').first().waitFor({ state: "detached" });
    await page.locator('[data-key="S04 weld-2"]').waitFor();

    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "JSON" }).click(),
    ]);
    const saved: unknown = JSON.parse(readFileSync(await download.path(), "utf8"));
    const shown = await page.locator("[data-finding]").count();
    assert.ok(Array.isArray(saved) && saved.length === shown);

    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("0 new or seen again since.").waitFor();
    await client.publishAsync("spBv1.0/g/XDATA/w", "1", { qos: 1 });
    await page.getByText("1 new or seen again since.").waitFor();
    await gap("weld-2").locator("[data-row]").press("Enter");
    await gap("weld-2").getByRole("button", { name: "Open again" }).click();
    await gap("weld-2", "open").waitFor(); // though the picture is held
    await page.getByText("1 new or seen again since.").waitFor();
    await page.waitForURL((url) => url.searchParams.has("at"));
    await page.reload(); // as a colleague opens it: what was found since is not in it
    await page.getByText("What was found later is not shown").waitFor();
    await page.getByText("1 new or seen again since.").waitFor();
    await page.keyboard.press("p");
    await page.locator("[data-paused]").first().waitFor({ state: "detached" });
    await page.waitForURL((url) => !url.searchParams.has("at"));
    assert.deepEqual(faults, []);
  });

  it("shows which line would let in what was refused, and applies it as any configuration", async (t) => {
    const hub = await startTestHub(t, "", {
      sparkplug: " }, otherTopics: reject } #",
    });
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, { clientId: "laptop-7" });
    t.after(() => client.endAsync(true));
    await client.publishAsync("foo/bar", "1", { qos: 1 }).catch(() => undefined);
    const { page, faults } = await openPage(t);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/diag/?kind=namespace`);
    await page.getByRole("link", { name: "Diagnostics 1 open problems" }).waitFor();

    const refused = page.locator('[data-finding="CLIENT-NAMESPACE"]');
    await refused.getByRole("link", { name: "Show client" }).waitFor();
    await refused.getByRole("button", { name: "Allow…" }).click();
    const sheet = page.getByRole("dialog", { name: "Allow: change namespace.otherTopics" });
    await sheet.locator('[data-line="new"]', { hasText: "otherTopics: allow" }).waitFor();
    await sheet.getByText("every topic outside spBv1.0", { exact: false }).waitFor();
    await sheet.getByText("It holds when the hub is started the next time.").waitFor();
    assert.deepEqual(await accessFaults(page), []);
    assert.match(readFileSync(hub.file, "utf8"), /otherTopics: reject/);
    await sheet.getByRole("button", { name: "Apply the change" }).click();
    await sheet.getByText("The configuration is changed.").waitFor();

    assert.match(readFileSync(hub.file, "utf8"), /otherTopics: allow/);
    assert.deepEqual(faults, []);
  });
});
