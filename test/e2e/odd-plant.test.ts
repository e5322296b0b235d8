/** What a careless plant does to the page, in a real browser: names nobody can read, clocks ahead, births that come late. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { TestContext } from "node:test";
import { connectAsync } from "mqtt";
import { encodePayload, type MetricToSend } from "@unshub/sparkplug";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { startTestHub } from "../support/hub.ts";

const DAY_MS = 86_400_000;

/** A metric of a birth. */
function born(name: string, more: Partial<MetricToSend> = {}): MetricToSend {
  return {
    name,
    datatype: "Float",
    tellDatatype: true,
    value: 8.9,
    timestamp: Date.now(),
    ...more,
  };
}

/** Connects an edge node `n` of group `Late` with device `d`, and sends its births. */
async function giveBirth(
  t: TestContext,
  mqttPort: number,
  metrics: readonly MetricToSend[],
): Promise<void> {
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
  t.after(() => client.endAsync(true));
  const bdSeq = born("bdSeq", { datatype: "Int64", value: 0 });
  const births = [
    ["NBIRTH/n", [bdSeq], 0],
    ["DBIRTH/n/d", metrics, 1],
  ] as const;
  for (const [what, payload, seq] of births) {
    const bytes = encodePayload({ timestamp: Date.now(), seq, metrics: payload });
    await client.publishAsync(`spBv1.0/Late/${what}`, Buffer.from(bytes));
  }
}

describe("an odd plant on the page", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("follows a link to a metric that is born after the link was opened", async (t) => {
    const { httpPort, mqttPort } = await startTestHub(t);
    const { page, faults } = await openPage(t);
    await page.goto(`http://127.0.0.1:${httpPort}/ns/?p=Late/n/d/Deep/Value`);
    await page.getByText("Nothing published yet").waitFor();

    await giveBirth(t, mqttPort, [born("Deep/Value")]);

    await page.locator('[data-path="Late/n/d/Deep/Value"][aria-selected="true"]').waitFor();
    await page.locator('[data-details="value"]', { hasText: "8.9" }).waitFor();
    assert.deepEqual(
      faults.filter((fault) => !fault.includes("404")), // the browser itself notes the first, vain question
      [],
    );
  });

  it("shows names without characters and with invisible ones, each on one line", async (t) => {
    const { httpPort, mqttPort } = await startTestHub(t);
    const { page } = await openPage(t, { theme: "dark" });
    await page.goto(`http://127.0.0.1:${httpPort}/ns/`);

    await giveBirth(t, mqttPort, [born("//x"), born("two\nlines"), born("\u202eturned")]);

    await page.getByRole("rowheader", { name: "(empty)" }).first().waitFor();
    await page.getByRole("rowheader", { name: "two⟨U+000A⟩lines" }).waitFor();
    await page.getByRole("rowheader", { name: "⟨U+202E⟩turned" }).waitFor();
  });

  it("says that a clock is ahead instead of an age below zero, and good where all is well", async (t) => {
    const { httpPort, mqttPort } = await startTestHub(t);
    const { page } = await openPage(t);
    await page.goto(`http://127.0.0.1:${httpPort}/ns/`);

    await giveBirth(t, mqttPort, [born("ahead", { timestamp: Date.now() + 365 * DAY_MS })]);

    const row = page.locator('[data-path="Late/n/d/ahead"]');
    await row.getByText("clock ahead").waitFor();
    await row.getByText("good", { exact: true }).waitFor();
    await row.click();
    await page.getByText("The source's clock is 365 d ahead of the hub's").waitFor();
  });
});
