/** Trusting an OPC UA server with a real browser. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { ADMIN } from "../support/http-hub.ts";
import { startTrustHub } from "../support/trust-place.ts";

describe("the page of trust", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("shows what waits, and trusts it with one press", async (t) => {
    const hub = await startTrustHub(t);
    await hub.served();
    const sha256 = await hub.showServer("press 4");
    const { page, faults } = await openPage(t);
    await page.goto(`${hub.url}/login/?next=%2Ftrust%2F`);
    await page.getByRole("textbox", { name: "User name" }).fill(ADMIN.name);
    await page.getByRole("textbox", { name: "Password" }).fill(ADMIN.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    const digits = sha256.toUpperCase().match(/.{4}/g)?.join(" ") ?? "";
    await page.getByText(digits).waitFor();

    await page.getByRole("button", { name: "Trust: press 4" }).click();

    await page.locator('[data-folder="trusted"]', { hasText: "press 4" }).waitFor();
    const [trusted] = await hub.servers.list("trusted");
    assert.equal(trusted?.facts.sha256, sha256);
    assert.deepEqual(await hub.servers.list("waiting"), []);
    assert.deepEqual(
      faults.filter((fault) => !/status of 40[149]/.test(fault)),
      [],
    );
  });
});
