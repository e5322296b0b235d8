/** Stale, offline, bad, uncertain and last known are five things on the page, too. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { WORTHS, wornPlant } from "../support/worn-plant.ts";

describe(
  "the worth of a value on the page",
  { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 },
  () => {
    before(async () => {
      if (!pageIsCurrent()) await buildPage(() => undefined);
    });

    for (const { path, quality, words } of WORTHS) {
      it(`is ${words} in its row, beside the value that was last heard`, async (t) => {
        const { httpPort } = await wornPlant(t);
        const { page, faults } = await openPage(t);

        await page.goto(`http://127.0.0.1:${httpPort}/ns/?p=${path}`);

        const row = page.locator(`[data-path="${path}"][data-quality="${quality}"]`);
        await row.getByText(words, { exact: true }).waitFor();
        await row.locator('[data-cell="value"]', { hasText: "7" }).waitFor();
        assert.deepEqual(faults, []);
      });
    }
  },
);
