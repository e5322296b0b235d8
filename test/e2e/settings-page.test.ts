/** The settings with a real browser: who may come in, one's own account, a backup, and what others see of it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { accessFaults } from "../support/access.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { ADMIN, PASSWORD, startClosedHub } from "../support/http-hub.ts";

async function signIn(page: Page, url: string, name: string, password: string): Promise<void> {
  await page.goto(`${url}/login/?next=%2Fsettings%2F`);
  await page.getByRole("textbox", { name: "User name" }).fill(name);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Your account" }).waitFor();
}

const unexpected = (faults: readonly string[]): readonly string[] =>
  faults.filter((fault) => !/status of (401|409)/.test(fault));

describe("the settings", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("add a person, change and delete him, each as the hub then knows it", async (t) => {
    const hub = await startClosedHub(t);
    const { page, faults } = await openPage(t);
    await signIn(page, hub.url, ADMIN.name, ADMIN.password);
    const users = page.getByRole("region", { name: "Users" });

    await users.getByRole("button", { name: "Add user" }).click();
    const sheet = page.getByRole("dialog", { name: "Add a user" });
    await sheet.getByLabel("User name").fill("olga");
    await sheet.getByLabel("Role").selectOption("operator");
    await sheet.getByLabel("Grants").fill("read Plant1\nfly");
    await sheet.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
    await sheet.getByRole("button", { name: "Save" }).click();
    await sheet.getByRole("alert").getByText("fly", { exact: false }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "a form with a problem");
    await sheet.getByLabel("Grants").fill("read Plant1");
    await sheet.getByRole("button", { name: "Save" }).click();
    await users.getByText("read Plant1").waitFor();
    const listeners = page.getByRole("region", { name: "Listeners" });
    await listeners.getByText("127.0.0.1:", { exact: false }).first().waitFor();
    const history = page.getByRole("region", { name: "History" });
    await history.getByText("not known before an hour of values is there").waitFor();
    await page.getByText("What else it is made of, and the licences").click();
    await page
      .getByRole("listitem")
      .filter({ hasText: /^fastify / })
      .getByText("MIT")
      .waitFor();
    await page
      .getByRole("listitem")
      .filter({ hasText: /^uplot .*in this page/ })
      .getByText("MIT")
      .waitFor();
    const texts = await fetch(`${hub.url}/licences.txt`);
    assert.match(await texts.text(), /^react-dom \S+ \(MIT\)\n\nMIT License/m);
    assert.deepEqual(await accessFaults(page), [], "the settings of an administrator");

    await users.getByRole("button", { name: "Change olga" }).click();
    await page.getByRole("dialog").getByLabel("May not sign in for now").check();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await users.getByText("disabled", { exact: true }).waitFor();
    await users.getByRole("button", { name: "Delete olga" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete olga" }).click();
    await page.getByRole("dialog").first().waitFor({ state: "detached" });
    await users.getByRole("button", { name: "Delete olga" }).first().waitFor({ state: "detached" });

    assert.equal(await users.getByRole("button", { name: `Delete ${ADMIN.name}` }).count(), 0);
    assert.deepEqual(unexpected(faults), []);
  });

  it("make a token whose secret works, is shown once, and works no more when it is deleted", async (t) => {
    const hub = await startClosedHub(t);
    const { page } = await openPage(t, { theme: "dark" });
    await signIn(page, hub.url, ADMIN.name, ADMIN.password);
    const tokens = page.getByRole("region", { name: "Tokens" });
    const ask = async (secret: string): Promise<number> => {
      const headers = { authorization: `Bearer ${secret}` };
      return (await fetch(`${hub.url}/api/ns/children`, { headers })).status;
    };

    await tokens.getByRole("button", { name: "Make token" }).click();
    await page.getByLabel("Name of the program").fill("grafana");
    await page.getByRole("dialog").getByRole("button", { name: "Make token" }).click();
    const secret = (await page.locator("[data-secret]").textContent()) ?? "";
    assert.equal(await ask(secret), 200);
    await page.keyboard.press("Escape");
    await page.locator("[data-secret]").first().waitFor({ state: "detached" });
    assert.equal((await page.content()).includes(secret), false);
    await tokens.getByRole("button", { name: "Delete token grafana" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete token grafana" }).click();
    await tokens.getByText("There is no token.").waitFor();

    assert.equal(await ask(secret), 401);
  });

  it("say what the hub would do on a topic, and publish nothing by it", async (t) => {
    const hub = await startClosedHub(t, "", { sparkplug: ", rules: { T03: reject }" });
    await hub.putUser("press", "viewer", ["node Plant1/gw", "publish mes/#"]);
    const { page, faults } = await openPage(t, { theme: "dark" });
    await signIn(page, hub.url, ADMIN.name, ADMIN.password);
    const rules = page.getByRole("region", { name: "Namespace rules" });
    const box = rules.getByRole("form", { name: "Try a topic" });
    const tries = async (topic: string, outcome: string): Promise<void> => {
      await box.getByLabel("Topic or filter").fill(topic);
      await box.getByLabel("Topic or filter").press("Enter");
      await box.locator(`[data-trial="${outcome}"]`).waitFor();
    };

    await rules.getByText("With a level of their own: T03 reject.").waitFor();
    await box.getByRole("button", { name: "Try" }).click();
    await box.getByRole("alert").getByText("Type a topic.").waitFor();
    await box.getByLabel("By the grants of a user").fill("press");
    await tries("erp/line", "refused");
    await box.getByText("no grant allows to publish there", { exact: false }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "a topic that is refused");
    await tries("mes/line", "taken");
    await box.getByText("By the rights of user:press.", { exact: false }).waitFor();
    await box.getByLabel("QoS").selectOption("1");
    await tries("spBv1.0/Plant1/NDATA/gw", "noted");
    await box.getByText("F01", { exact: true }).waitFor();
    await box.getByLabel("By the grants of a user").fill("");
    await box.getByLabel("What is done").selectOption("subscribe");
    await box.getByLabel("Payload").waitFor({ state: "detached" });
    await tries("spBv1.0/#", "refused");
    await box.getByText("By the rights of anonymous.", { exact: false }).waitFor();

    assert.deepEqual(hub.hub.guard.findings(), []);
    assert.deepEqual(unexpected(faults), []);
  });

  it("hand out a backup", async (t) => {
    const hub = await startClosedHub(t);
    const { page } = await openPage(t);
    await signIn(page, hub.url, ADMIN.name, ADMIN.password);

    const coming = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download backup" }).click();
    const file = await coming;

    assert.match(file.suggestedFilename(), /^unshub-\d{4}-\d\d-\d\d\.backup$/);
    assert.ok(readFileSync(await file.path()).length > 1000);
  });

  it("let a viewer change his password, and show him nothing of others", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("vera", "viewer", ["read *"]);
    const { page, faults } = await openPage(t);
    await signIn(page, hub.url, "vera", PASSWORD);
    await page.getByRole("textbox", { name: "Current password" }).fill("wrong password");
    await page.getByRole("textbox", { name: "New password" }).fill("another long one");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByRole("alert").locator(".notice-bad").waitFor();
    await page.getByRole("textbox", { name: "Current password" }).fill(PASSWORD);
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("The password was changed", { exact: false }).waitFor();

    for (const name of ["Users", "Tokens", "Backup", "Configuration", "Namespace rules"])
      assert.equal(await page.getByRole("region", { name, exact: true }).count(), 0, name);
    assert.deepEqual(await accessFaults(page), []);
    assert.deepEqual(unexpected(faults), []);
  });
});
