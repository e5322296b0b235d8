/** A Chinese page with a real browser: the hub's own sentences are Chinese on it, and what is not says so. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import type { Page } from "playwright-core";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { accessFaults } from "../support/access.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { startTestHub, type Ending, type TestHub } from "../support/hub.ts";
import { dbirth, nbirth, speed } from "../support/sparkplug-messages.ts";

/** Edge node `g/e` skips numbers of its sequence, and breaks some other rules besides. */
async function breakRules(t: Ending, { mqttPort }: TestHub): Promise<void> {
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { clientId: "press-4" });
  t.after(() => client.endAsync(true));
  for (const { topic, payload } of [nbirth(), dbirth(), speed(7, 9)])
    await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
}

const CHINESE = /\p{Script=Han}/u;
const ENGLISH = /[a-z]{2,}(?: [a-z]{2,}){2,}/i;

/** Resolves when no three English words follow each other in what is shown. */
async function withoutEnglish(page: Page): Promise<void> {
  await page.locator("main").filter({ hasText: CHINESE, hasNotText: ENGLISH }).waitFor();
}

describe("a Chinese page", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("tells of findings, what to do and why, without an English sentence", async (t) => {
    const hub = await startTestHub(t);
    await breakRules(t, hub);
    const { page, faults } = await openPage(t, { locale: "zh-CN" });
    await page.goto(`http://127.0.0.1:${hub.httpPort}/diag/`);
    const finding = page.locator('[data-finding="S04"]');
    await finding.locator("[data-row]").click();

    await finding.getByText("序列号 seq 不连续").waitFor();
    await finding
      .locator("[data-details]")
      .getByText(/^seq 为 9，应为 \d+（丢失 \d+ 条，或顺序错乱）/)
      .waitFor();
    await finding.getByText("如何处理：").waitFor();
    await finding.locator(".finding-actions").getByRole("button", { name: "解释" }).click();
    await finding.getByText("边缘节点会话").waitFor();
    await withoutEnglish(page);
    await page.locator('main [lang="en"]').first().waitFor({ state: "detached" });
    assert.deepEqual(await accessFaults(page), []);

    await page.getByRole("searchbox").fill("不连续");
    await page.waitForURL((url) => url.searchParams.get("f") === "不连续");
    await finding.waitFor();
    assert.deepEqual(faults, []);
  });

  it("shows a sentence that it does not know in English, and says that it is English", async (t) => {
    const hub = await startTestHub(t);
    const { page, faults } = await openPage(t, { locale: "zh-CN" });
    await page.route("**/api/v1/findings", (route) =>
      route.fulfill({
        json: {
          now: 2000,
          findings: [{ ...UNKNOWN, clientId: "weld-2", title: "no Will" }, UNKNOWN],
        },
      }),
    );
    await page.goto(`http://127.0.0.1:${hub.httpPort}/diag/?by=subject`);

    await page.getByText("没有遗嘱").waitFor();
    await page.locator('[lang="en"]', { hasText: "a rule of next year" }).first().waitFor();
    assert.deepEqual(faults, []);
  });
});

const UNKNOWN = {
  code: "Z99",
  title: "a rule of next year",
  level: "warn",
  clientId: "press-4",
  subject: "edge node g/e",
  because: "something was found",
  advice: "do something",
  count: 1,
  firstAt: 1000,
  lastAt: 1000,
};
