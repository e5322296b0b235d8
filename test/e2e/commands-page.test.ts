/** The page of commands with a real browser: what waits for a second person, what was done, and by whom. */
import assert from "node:assert/strict";
import { before, describe, it, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { PASSWORD, startClosedHub, type ClosedHub } from "../support/http-hub.ts";
import { pressAdapter, pressMemory, startTestHub } from "../support/hub.ts";
import { openModbusServer } from "../support/modbus-server.ts";
import { accessFaults } from "../support/access.ts";
import { labNode, OpcUaLab } from "../support/opcua-lab.ts";
import { FreezableProxy } from "../support/opcua-proxy.ts";

const SETPOINT = "Plant1/gw-press/press-01/Hydraulics/Setpoint";

/** Signed in at the commands. */
async function openAs(t: TestContext, hub: ClosedHub, name: string): Promise<Page> {
  const { page } = await openPage(t);
  await page.goto(`${hub.url}/login/?next=%2Fcommands%2F`);
  await page.getByRole("textbox", { name: "User name" }).fill(name);
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Commands" }).waitFor();
  return page;
}

async function startPress(t: TestContext, port: number): Promise<ClosedHub> {
  const rule = `{ metrics: "${SETPOINT}", secondPerson: true }`;
  const more = ` }\ncommands: { default: allow, rules: [${rule}]`;
  const hub = await startClosedHub(t, pressAdapter(port), { more });
  for (const name of ["ann", "bob"]) {
    await hub.putUser(name, "operator", ["read *", "command *"]);
  }
  await hub.until(() => hub.hub.tree.find(SETPOINT) !== undefined);
  return hub;
}

describe("the page of commands", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("lets a second person say yes, and shows both what came of it", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const hub = await startPress(t, plc.port);
    const ann = await hub.visit("ann", PASSWORD);
    await ann.json("POST", "/api/ns/write", { path: SETPOINT, value: "250", reason: "trial" });
    const asker = await openAs(t, hub, "ann");
    await asker.getByText("You asked for this yourself").waitFor();
    assert.equal(await asker.getByRole("button", { name: /^Say yes/ }).count(), 0);
    const page = await openAs(t, hub, "bob");
    await page.getByRole("link", { name: "Commands" }).getByText("1").waitFor();
    await page.getByText("trial").waitFor();
    assert.deepEqual(await accessFaults(page), []);

    await page.getByRole("button", { name: "Say yes: write 250" }).click();

    await page.getByText("Done: the value came back").waitFor();
    await asker.getByText("Done: the value came back").waitFor();
    await page.locator("[data-command] summary").click();
    await page.getByText("second person said yes").waitFor();
    assert.equal(plc.memory["1"]?.hr?.[1], 250);
  });

  it("keeps rows where they are while somebody reads, and tells of new ones", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const hub = await startPress(t, plc.port);
    const page = await openAs(t, hub, "bob");
    await page.getByText("Nothing is under way and nothing waits.").waitFor();
    await page.getByText("Nothing was written since the hub started.").waitFor();

    const ann = await hub.visit("ann", PASSWORD);
    await ann.json("POST", "/api/ns/write", { path: SETPOINT, value: "250" });
    await page.getByText("1 new", { exact: true }).waitFor();
    assert.equal(await page.locator("[data-command]").count(), 0);
    await page.getByRole("button", { name: "Show the new one" }).click();
    await page.getByRole("button", { name: "Say no" }).click();

    await page.getByText("Refused: nothing was sent").waitFor();
  });

  it("says that an OPC UA server gave no answer, in the words of the hub", async (t) => {
    await using lab = await OpcUaLab.start();
    lab.addDouble("Setpoint", 1);
    await using proxy = await FreezableProxy.start(lab.port);
    const tag = { name: "Setpoint", node: labNode("Setpoint"), access: "rw" };
    const endpoint = `opc.tcp://127.0.0.1:${proxy.port}`;
    const entry = { name: "cell", protocol: "opcua", group: "P", edgeNode: "gw" };
    const adapter = { ...lab.config([tag], { endpoint, offlineGrace: "50s" }), ...entry };
    const more = "commands: { confirmWithin: 1s }";
    const hub = await startTestHub(t, `  - ${JSON.stringify(adapter)}`, { more });
    const { tree } = hub.hub;
    await hub.until(() => tree.values.quality(tree.find("P/gw/lab/Setpoint") ?? 0) === "good");
    const { page } = await openPage(t);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/commands/`);
    await page.getByText("Nothing was written since the hub started.").waitFor();
    proxy.freeze();

    await fetch(`http://127.0.0.1:${hub.httpPort}/api/ns/write`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ path: "P/gw/lab/Setpoint", value: 2.5 }),
    });

    await page.getByRole("button", { name: "Show the new one" }).click();
    await page.getByText("The value did not come back", { exact: true }).waitFor();
    await page.locator("[data-command] summary").click();
    await page.getByText("The value did not come back within 1 s").waitFor();
    await page.getByText("The metric says 1.").waitFor();
  });

  it("goes to another page and back by keys", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const hub = await startPress(t, plc.port);
    const page = await openAs(t, hub, "bob");
    const heading = page.getByRole("heading", { name: "Commands" });
    const fresh = page.getByText("Up to date"); // it has asked the hub, so it hears keys

    await heading.waitFor();
    await fresh.waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("n");
    await page.waitForURL("**/ns/");
    await page.locator('[data-state="live"]').waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("c");
    await page.waitForURL("**/commands/");
    await heading.waitFor();
    await fresh.waitFor();
    await page.keyboard.press("?");

    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  });
});
