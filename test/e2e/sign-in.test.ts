/** Signing in with a real browser: the way in and out, the policy of every page, and what one person sees of the plant. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { firstAdminCode } from "../../hub/src/identity/index.ts";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { accessFaults } from "../support/access.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { PASSWORD, startClosedHub } from "../support/http-hub.ts";
import { pressAdapter, startTestHub } from "../support/hub.ts";
import type { Page } from "playwright-core";
import { dirname } from "node:path";

/** The browser itself notes refusals of the hub; what else is on the console must not be there. */
const unexpected = (faults: readonly string[]): readonly string[] =>
  faults.filter((fault) => !/status of 40[149]|HTTP Authentication failed/.test(fault));

/** Opens an address that may lead elsewhere at once. */
async function open(page: Page, url: string): Promise<void> {
  await page.goto(url, { waitUntil: "commit" });
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.getByRole("textbox", { name: "User name" }).fill(name);
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

describe("signing in with a browser", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("leads from a link to the login, back to what was linked, and out again", async (t) => {
    const hub = await startClosedHub(t, pressAdapter(1));
    await hub.putUser("vera", "viewer", ["read *"]);
    await hub.served();
    const { page, context, faults } = await openPage(t);
    await open(page, `${hub.url}/ns/?p=Plant1`);
    await page.waitForURL("**/login/?next=%2Fns%2F%3Fp%3DPlant1");

    await signIn(page, "vera");

    await page.waitForURL("**/ns/?p=Plant1");
    await page.locator('[data-path="Plant1"][aria-selected="true"]').waitFor();
    const [cookie] = await context.cookies();
    assert.partialDeepStrictEqual(cookie, { httpOnly: true, sameSite: "Strict" });
    assert.equal(await page.evaluate("document.cookie"), "");
    await page.getByRole("button", { name: "Account: vera, viewer" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL("**/login/");
    assert.deepEqual(unexpected(faults), []);
  });

  it("shows a person with a grant for another group an empty tree", async (t) => {
    const hub = await startClosedHub(t, pressAdapter(1));
    await hub.putUser("olga", "viewer", ["read Elsewhere"]);
    await hub.until(() => hub.hub.tree.find("Plant1") !== undefined);
    const { page } = await openPage(t);
    await open(page, `${hub.url}/login/`);

    await signIn(page, "olga");

    await page.locator('[data-state="live"]').waitFor();
    await page.getByText("Nothing published yet").waitFor();
    assert.equal(await page.locator("[data-path]").count(), 0);
  });

  it("ends an open page when its user is deleted", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("vera", "viewer", ["read *"]);
    const { page } = await openPage(t);
    await open(page, `${hub.url}/login/`);
    await signIn(page, "vera");
    await page.locator('[data-state="live"]').waitFor();

    await hub.admin.json("DELETE", "/api/v1/users/vera");

    await page.waitForURL("**/login/**");
  });

  it("makes the first administrator with the code, and signs him in", async (t) => {
    const hub = await startTestHub(t, "", { more: "identity: { anonymous: none }" });
    const { page, faults } = await openPage(t, { theme: "dark" });
    await open(page, `http://127.0.0.1:${hub.httpPort}/ns/`);
    await page.waitForURL("**/welcome/");
    await page.getByLabel("One-time code").fill(firstAdminCode(dirname(hub.file)) ?? "");
    await page.getByLabel("User name").fill("root");
    await page.getByRole("textbox", { name: "Password", exact: true }).fill(PASSWORD);
    await page.getByRole("textbox", { name: "Password again" }).fill(PASSWORD);

    await page.getByRole("button", { name: "Make administrator" }).click();

    await page.getByRole("heading", { name: "First steps" }).waitFor();
    await page.locator('[data-step="broker"][data-done="true"]').waitFor();
    await page.locator('[data-step="client"][data-done="false"]').waitFor();
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
      clientId: "root-1",
      username: "root",
      password: PASSWORD,
    });
    t.after(() => client.endAsync(true));
    await page.locator('[data-step="client"][data-done="true"]').waitFor();
    assert.deepEqual(await accessFaults(page), []);
    await page.getByRole("link", { name: "Go to the namespace" }).click();
    await page.getByRole("button", { name: "Account: root, admin" }).waitFor();
    await page.waitForURL((url) => url.pathname === "/ns/");
    assert.deepEqual(unexpected(faults), []);
  });

  it("speaks Chinese to a browser that does, and English once that is chosen", async (t) => {
    const hub = await startClosedHub(t, pressAdapter(1));
    await hub.putUser("vera", "viewer", ["read *"]);
    await hub.served();
    const { page, faults } = await openPage(t, { locale: "zh-CN" });
    await open(page, `${hub.url}/login/`);
    await page.getByRole("textbox", { name: "用户名" }).fill("vera");
    await page.getByRole("textbox", { name: "密码" }).fill(PASSWORD);
    await page.getByRole("button", { name: "登录", exact: true }).click();
    await page.locator('[data-state="live"]').getByText("实时").waitFor();
    await page.locator('html[lang="zh-CN"]').waitFor();

    await page.getByRole("button", { name: "账户：vera，viewer" }).click();
    await page.getByRole("button", { name: "English" }).click();

    await page.locator('[data-state="live"]').getByText("LIVE").waitFor();
    await page.reload({ waitUntil: "commit" });
    await page.locator('[data-state="live"]').getByText("LIVE").waitFor();
    assert.deepEqual(unexpected(faults), []);
  });
});
