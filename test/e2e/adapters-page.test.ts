/** The page of adapters and tags in a real browser, with a real hub, a Modbus server and an OPC UA server of others. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { accessFaults } from "../support/access.ts";
import { openPage, SKIP_WITHOUT_BROWSER, untilTrue } from "../support/browser.ts";
import { PASSWORD, startClosedHub } from "../support/http-hub.ts";
import { pressAdapter, startTestHub, tempDir, type Ending } from "../support/hub.ts";
import { openModbusServer } from "../support/modbus-server.ts";
import { labEntry, labNode, labTag, OpcUaLab } from "../support/opcua-lab.ts";

const DEVICE = "adapters/?id=press&device=press-01";
/** What a browser writes of refusals that the page shows in its own words, and while the hub still starts. */
const EXPECTED = /status of (40[0139]|503)|ERR_CONNECTION_REFUSED/;

async function openPress(t: Ending) {
  const float = new DataView(new ArrayBuffer(4));
  float.setFloat32(0, 23.5);
  const hr = { 0: 120, 1: 200, 10: float.getUint16(0), 11: float.getUint16(2), 12: 7, 13: 1 };
  const server = await openModbusServer({ "1": { hr, co: { 0: 1, 1: 0, 2: 1 } } });
  t.after(() => server.close());
  const entry = pressAdapter(server.port).replace("timeout: 500ms", "timeout: 5s");
  return { server, entry };
}

async function openPlant(t: Ending) {
  const { server, entry } = await openPress(t);
  const hub = await startTestHub(t, entry);
  await hub.until(() => hub.hub.tree.find("Plant1/gw-press/press-01/Running") !== undefined);
  return { server, hub, url: `http://127.0.0.1:${hub.httpPort}` };
}

function field(page: Page, key: string) {
  return page.locator(`dialog [data-field="${key}"]`);
}

/** Whether the table of a file, and not what was typed before, stands in the sheet. */
const TABLE_IS_READ = `document.querySelector("dialog textarea")?.value.startsWith("name,at,")`;

/** Types in the page itself, a letter whenever the page has a moment: also while it has drawn half of something. */
function typingQuickly(text: string): string {
  return `(async () => {
    const field = document.querySelector('input[type="search"]');
    const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
    for (const letter of ${JSON.stringify(text)}) {
      await new Promise((resolve) => setTimeout(resolve));
      set.call(field, field.value + letter);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  })()`;
}

async function applyReview(page: Page): Promise<void> {
  await page.locator("[data-meaning]").waitFor();
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  await page.locator("[data-applied]").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").first().waitFor({ state: "detached" });
}

describe("the page of adapters", { skip: SKIP_WITHOUT_BROWSER, timeout: 600_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("changes a tag by keys alone: what is wrong stands at its field, its value comes under the new name, and back", async (t) => {
    const { url, hub } = await openPlant(t);
    const { page, faults } = await openPage(t);
    await page.goto(`${url}/adapters/`);
    await page.getByRole("link", { name: "press-01" }).press("Enter");
    await page.locator('[data-tag="Running"]').waitFor();
    assert.deepEqual(await accessFaults(page), [], "tags");

    const grid = page.getByRole("grid", { name: "Tags of press-01" });
    await grid.press("ArrowDown");
    await grid.press("Control+Enter");
    await field(page, "at").locator("input").fill("nowhere");
    await field(page, "at").getByText("is not an address", { exact: false }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "a tag with a fault");
    await field(page, "at").locator("input").fill("hr:1");
    await field(page, "name").locator("input").fill("Hydraulics/Target");
    await page.locator('dialog [data-check="fine"]').waitFor();
    await field(page, "name").locator("input").press("Enter");
    await page.locator('[data-mark="changed"]', { hasText: "Hydraulics/Target" }).waitFor();
    await page.getByRole("button", { name: "Review and apply" }).press("Enter");
    await page.locator('[data-kind="renamed"]', { hasText: "Hydraulics/Setpoint" }).waitFor();
    await page.getByText("press-01 is born anew", { exact: false }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "the review");
    await applyReview(page);

    const row = page.locator('[data-tag="Hydraulics/Target"]');
    await row.locator("[data-value]", { hasText: "200" }).waitFor();
    await hub.until(
      () => hub.hub.tree.find("Plant1/gw-press/press-01/Hydraulics/Target") !== undefined,
    );

    await page.getByRole("button", { name: "Roll back" }).press("Enter");
    await page.getByText("Generation 1", { exact: false }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "the way back");
    await page.locator("dialog").getByRole("button", { name: "Roll back" }).press("Enter");
    await page.getByText("Generation 1 runs again.").waitFor();
    await page.keyboard.press("Escape");
    await page
      .locator('[data-tag="Hydraulics/Setpoint"] [data-value]', { hasText: "200" })
      .waitFor();
    assert.deepEqual(
      faults.filter((fault) => !EXPECTED.test(fault)),
      [],
    );
  });

  it("lists what its address says, also on the way back and forth", async (t) => {
    const { url } = await openPlant(t);
    const { page } = await openPage(t);
    const list = page.getByRole("searchbox", { name: "Filter by any name or address" });
    const tags = page.getByRole("searchbox", { name: "Filter by name, address or unit" });
    const notGood = page.getByRole("button", { name: "Not good", pressed: true });
    await page.goto(`${url}/adapters/`);
    await list.pressSequentially("press");
    await page.waitForURL("**/adapters/?f=press");
    await page.getByRole("link", { name: "press-01" }).click();
    await page.locator('[data-tag="Hydraulics/Setpoint"]').waitFor();
    await tags.pressSequentially("Runn");
    await page.waitForURL("**/adapters/?id=press&device=press-01&f=Runn");
    await page.locator('[data-tag="Hydraulics/Setpoint"]').waitFor({ state: "detached" });
    await page.locator('[data-tag="Running"]').waitFor();
    await page.getByRole("button", { name: "Not good" }).click();
    await notGood.waitFor();
    await page.getByText("No tag fits the filter.").waitFor();

    await page.goBack();
    await notGood.waitFor({ state: "detached" });
    await page.locator('[data-tag="Running"]').waitFor();
    await page.goBack();
    await page.getByText("1 of 1 devices").waitFor();
    await page.locator('input[type="search"][value="press"]').waitFor();
    await page.goForward();
    await page.locator('[data-tag="Running"]').waitFor();
    await page.locator('input[type="search"][value="Runn"]').waitFor();
  });

  it("keeps each letter that is typed while a slow machine still draws the one before", async (t) => {
    const { url } = await openPlant(t);
    const { page, context } = await openPage(t);
    const text = "the press of line 1 in the old hall";
    await page.goto(`${url}/adapters/`);
    const list = page.getByRole("searchbox", { name: "Filter by any name or address" });
    await list.waitFor();
    const machine = await context.newCDPSession(page);
    await machine.send("Emulation.setCPUThrottlingRate", { rate: 20 });

    await page.evaluate(typingQuickly(text));
    await machine.send("Emulation.setCPUThrottlingRate", { rate: 1 });

    await page.locator(`input[type="search"][value="${text}"]`).waitFor();
    await page.getByRole("button", { name: "Only trouble" }).click();
    await page.waitForURL(
      ({ searchParams }) =>
        searchParams.get("f") === text && searchParams.get("only") === "trouble",
    );
  });

  it("keeps a draft while the page is away, undoes it, and adds and removes tags", async (t) => {
    const { url } = await openPlant(t);
    const { page } = await openPage(t);
    await page.goto(`${url}/${DEVICE}`);
    await page.getByRole("button", { name: "Add tag" }).click();
    await field(page, "name").locator("input").fill("Coil 2");
    await field(page, "at").locator("input").fill("co:2");
    await page.getByRole("button", { name: "Take into the draft" }).click();
    await page.locator("button:focus", { hasText: "Add tag" }).waitFor(); // not lost with the sheet
    await page.locator('[data-tag="Running"] [data-column="more"]').click();
    await page.locator("dialog").getByRole("button", { name: "Remove tag" }).click();
    await page.getByText("2 changes, not applied").waitFor();

    await page.reload();
    await page.getByText("2 changes, not applied").waitFor();
    await page
      .locator('[data-mark="removed"]', { hasText: "Running" })
      .locator('[data-column="more"]')
      .click();
    await page.getByRole("button", { name: "Leave as it is" }).click();
    await page.getByText("1 change, not applied").waitFor();
    await page.locator(".draft-bar").getByRole("button", { name: "Undo" }).click();
    await page.getByText("2 changes, not applied").waitFor();
    await page.getByRole("button", { name: "Review and apply" }).click();
    await page.getByText("1 new · 1 gone").waitFor();
    await applyReview(page);

    await page.locator('[data-tag="Coil 2"] [data-value]', { hasText: "true" }).waitFor();
    await page.locator('[data-tag="Running"]').first().waitFor({ state: "detached" });
    await page.locator(".draft-bar").first().waitFor({ state: "detached" });
  });

  it("takes a table in, tells faults by line and column, and gives one out", async (t) => {
    const { url } = await openPlant(t);
    const { page } = await openPage(t);
    await page.goto(`${url}/${DEVICE}`);
    await page.getByRole("button", { name: "Add tag" }).click();
    await field(page, "name").locator("input").fill("Running");
    await field(page, "at").locator("input").fill("co:2");
    await page.locator("dialog").getByText('"Running" is there already').waitFor();
    await field(page, "name").locator("input").fill("Coil 2");
    await page.locator('dialog [data-check="fine"]').waitFor();
    await page.getByRole("button", { name: "Take into the draft" }).click();
    await page.getByRole("button", { name: "Import table" }).click();
    await page.getByRole("button", { name: "Check and review" }).click();
    await page.getByText("Paste a table first.").waitFor();
    assert.deepEqual(await accessFaults(page), [], "a table");
    await page
      .getByRole("textbox", { name: "Table" })
      .fill("name\tat\ttype\tscale\nA\thr:0\tint16\tmuch\nB\thr:1\tint16\t0.1\n");
    await page.getByRole("button", { name: "Check and review" }).click();
    await page.locator('[data-fault="Line 2, scale"]', { hasText: "much" }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "faults of a table");
    await page.getByRole("button", { name: "Back", exact: true }).click();

    const file = join(tempDir(t), "tags.csv");
    writeFileSync(file, "name,at,type,unit\nRunning,co:1,bool,\nB,hr:1,int16,bar\n");
    await page.locator('input[type="file"]').setInputFiles(file);
    await untilTrue(page, TABLE_IS_READ); // a browser reads a file later than it is chosen
    await page.getByRole("radio", { name: "Stay; only new tags are added" }).check();
    await page.getByRole("button", { name: "Check and review" }).click();
    await page.locator('[data-kind="added"][data-difference="B"]').waitFor();
    await page.getByText("1 tags stay as they are.").waitFor();
    await applyReview(page);
    await page.locator('[data-tag="B"] [data-value]', { hasText: "200" }).waitFor();
    await page.getByText("1 change, not applied").waitFor(); // a draft is nothing of a table

    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Export CSV" }).click();
    assert.equal((await download).suggestedFilename(), "press.csv");
  });

  it("reads registers, finds the value of a display, and makes a tag of it", async (t) => {
    const { url } = await openPlant(t);
    const { page } = await openPage(t);
    await page.goto(`${url}/${DEVICE}&tab=registers`);
    await page.getByLabel("From address").fill("10");
    await page.getByLabel("How many").fill("4");
    await page.getByRole("button", { name: "Read", exact: true }).click();
    await page.locator('[data-register="hr:10"]', { hasText: "23.5" }).waitFor();
    await page.getByRole("button", { name: "All ways to read hr:10" }).click();
    await page.locator('[data-ways="hr:10"] [data-reading="hr:10 float32 ABCD"]').waitFor();
    await page.getByLabel("Value on the display").fill("23,5");
    await page.getByRole("button", { name: "Find it" }).click();
    const found = page.locator('[data-detective] [data-reading^="hr:10 float32"]').first();
    await found.waitFor();
    assert.deepEqual(await accessFaults(page), [], "registers");
    await found.getByRole("button").click();

    await page.locator('[data-mark="added"]', { hasText: "Register hr 10" }).waitFor();
    await page.getByRole("button", { name: "Review and apply" }).click();
    await applyReview(page);
    await page.locator('[data-tag="Register hr 10"] [data-value]', { hasText: "23.5" }).waitFor();

    await page.getByRole("tab", { name: "Registers" }).click();
    await page.getByLabel("Table").selectOption("co");
    await page.getByLabel("How many").fill("3");
    await page.getByRole("button", { name: "Read", exact: true }).click();
    await page.locator('[data-register="co:2"]', { hasText: "1" }).waitFor();
    await page.getByLabel("How many").fill("126");
    await page.getByRole("button", { name: "Read", exact: true }).click();
    await page.getByText("a count 1 to 125", { exact: false }).waitFor();

    await page.getByRole("tab", { name: "Requests" }).click();
    await page.locator('[data-request^="FC3 hr:0"]').waitFor(); // with the new tag, or beside it
    assert.deepEqual(await accessFaults(page), [], "requests");
    await page.getByRole("tab", { name: "Connection" }).click();
    await page.getByRole("button", { name: "Switch on" }).click();
    await page.locator('[data-trace="on"]').waitFor();
    await page.getByRole("button", { name: "Show the last frames" }).click();
    await page.locator('[data-trace="on"] pre', { hasText: "read holding registers" }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "connection");
  });

  it("makes tags of the nodes of an OPC UA server", async (t) => {
    const lab = await OpcUaLab.start();
    t.after(() => lab[Symbol.asyncDispose]());
    for (const [name, value] of Object.entries({ Setpoint: 1, Pressure: 2.5, Level: 66 }))
      lab.addDouble(name, value);
    const hub = await startTestHub(t, labEntry(lab, `[${labTag("Setpoint")}]`));
    await hub.until(() => hub.hub.tree.find("P/gw/lab/Setpoint") !== undefined);
    const { page } = await openPage(t);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/adapters/?id=cell&device=lab&tab=browse`);
    await page.getByRole("button", { name: "Unfold Lab" }).click();
    await page.getByRole("checkbox", { name: "Tick Pressure" }).check();
    await page.locator(`[data-node="${labNode("Level")}"]`, { hasText: "66" }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "nodes");
    await page.getByRole("button", { name: "Take into the draft" }).click();
    await page.getByRole("button", { name: "Go to the draft" }).click();
    await page.locator('[data-mark="added"]', { hasText: "Lab/Pressure" }).waitFor();
    await page.getByRole("button", { name: "Review and apply" }).click();
    await applyReview(page);

    await page.locator('[data-tag="Lab/Pressure"] [data-value]', { hasText: "2.5" }).waitFor();
    await page.getByRole("tab", { name: "Connection" }).click();
    const granted = { hasText: "50 ms instead of 10 ms" };
    await page.locator('[data-agreement="group fast"]', granted).waitFor();
    await page.locator("[data-agreement-fault]", granted).waitFor();
    assert.deepEqual(await accessFaults(page), [], "what the server granted");
  });

  it("draws only what is on screen of ten thousand tags, and reaches the last one", async (t) => {
    const server = await openModbusServer({
      "1": { hr: Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [at, at])) },
    });
    t.after(() => server.close());
    const dataDir = tempDir(t);
    const lines = Array.from({ length: 10_000 }, (_, at) => `T${at},hr:${at},uint16,slow`);
    writeFileSync(join(dataDir, "many.csv"), `name,at,type,group\n${lines.join("\n")}\n`);
    const entry = `
  - name: press
    protocol: modbus
    group: Plant1
    edgeNode: gw-press
    link: { framing: tcp, host: 127.0.0.1, port: ${server.port}, timeout: 5s }
    devices: [{ name: press-01, unit: 1, groups: { slow: { interval: 10s } }, tagFile: many.csv }]
`;
    const hub = await startTestHub(t, entry, { dataDir });
    await hub.until(() => hub.hub.tree.find("Plant1/gw-press/press-01/T9999") !== undefined);
    const { page } = await openPage(t);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/${DEVICE}`);
    const grid = page.getByRole("grid", { name: "Tags of press-01" });
    await page.locator('[data-tag="T0"]').waitFor();
    await grid.press("Control+End");
    await page.locator('[data-tag="T9999"] [data-value]', { hasText: /^9.999$/ }).waitFor();
    const drawn = await page.locator(".tag-line").count();
    assert.ok(drawn < 60, `${drawn} rows are drawn`);

    await page.locator('[data-tag="T9999"] [data-column="more"]').click(); // it is on screen, not only there
    await page.getByText("Stands in many.csv:10001", { exact: false }).waitFor();
    await page
      .getByRole("button", { name: "Take into the draft" })
      .first()
      .waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await page.locator("dialog[open]").first().waitFor({ state: "detached" });
    await page.getByRole("searchbox").fill("T777");
    await page.getByText("11 tags").waitFor();
  });
});

describe(
  "the states of the page of adapters",
  { skip: SKIP_WITHOUT_BROWSER, timeout: 600_000 },
  () => {
    before(async () => {
      if (!pageIsCurrent()) await buildPage(() => undefined);
    });

    it("say that there is no adapter, no such device, and that the hub has gone", async (t) => {
      const empty = await startTestHub(t);
      const { url, hub } = await openPlant(t);
      const { page } = await openPage(t);
      await page.goto(`http://127.0.0.1:${empty.httpPort}/adapters/`);
      await page.getByText("No adapter is configured").waitFor();
      assert.deepEqual(await accessFaults(page), [], "none");
      await page.goto(`${url}/adapters/?id=press&device=nobody`);
      await page.getByText("Adapter press has no device nobody.").waitFor();
      assert.deepEqual(await accessFaults(page), [], "no such device");
      await page.goto(`${url}/${DEVICE}`);
      await page.locator('[data-tag="Running"] [data-quality="good"]').waitFor();

      await hub.stop();

      await page.locator('[data-state="old"]').waitFor();
      await page.locator('[data-tag="Running"] [data-quality="last-known"]').waitFor();
      await page.getByText("The hub did not answer.", { exact: false }).waitFor();
      await page.getByRole("button", { name: "Add tag" }).first().waitFor({ state: "detached" });
      assert.deepEqual(await accessFaults(page), [], "without the hub");
    });

    it("show who may not change tags why, and hide from the others what is not theirs", async (t) => {
      const { entry } = await openPress(t);
      const hub = await startClosedHub(t, entry);
      await hub.putUser("olga", "operator", ["read *"]);
      await hub.putUser("vera", "viewer", ["read *"]);
      const { page, context } = await openPage(t);
      const signIn = async (name: string): Promise<void> => {
        await page.goto("about:blank"); // a page whose session is gone would go to the login by itself
        await context.clearCookies();
        await page.goto(`${hub.url}/login/?next=%2Fadapters%2F`);
        await page.getByRole("textbox", { name: "User name" }).fill(name);
        await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
        await page.getByRole("button", { name: "Sign in", exact: true }).click();
      };

      await signIn("olga");
      await page.getByRole("link", { name: "press-01" }).click();
      await page.getByText("Changing tags needs the role engineer or admin.").waitFor();
      await page.getByRole("tab", { name: "Registers" }).click();
      await page.getByText("Reading registers needs the role engineer or admin.").waitFor();
      assert.deepEqual(await accessFaults(page), [], "an operator");
      await signIn("vera");
      await page.getByRole("alert").getByText("viewer", { exact: false }).waitFor();
      await page.getByRole("link", { name: "Adapters" }).first().waitFor({ state: "detached" });
      assert.deepEqual(await accessFaults(page), [], "a viewer");
    });

    it("lose nothing on a phone, 320 pixels wide and twice as large; tags are looked at there, not changed", async (t) => {
      const { url } = await openPlant(t);
      const { page } = await openPage(t, { width: 390, height: 844 });
      for (const [width, height] of [
        [390, 844],
        [320, 640],
        [683, 384],
      ] as const) {
        await page.setViewportSize({ width, height });
        for (const place of [
          "adapters/",
          `${DEVICE}&tab=registers`,
          `${DEVICE}&tab=requests`,
          DEVICE,
        ]) {
          await page.goto(`${url}/${place}`);
          await page
            .locator('[data-device="press-01"], [role="tab"][aria-selected="true"]')
            .waitFor();
          await page.locator(".skeleton-late").first().waitFor({ state: "detached" });
          const wider = await page.evaluate(
            `document.documentElement.scrollWidth - document.documentElement.clientWidth`,
          );
          assert.equal(wider, 0, `${place} is wider than ${width} pixels`);
        }
        await page.getByText("Tags are changed on a wider screen.").waitFor();
        await page.locator('[data-tag="Hydraulics/Pressure"] [data-column="name"]').click();
        await page.locator("dialog[open]").waitFor();
        assert.deepEqual(await accessFaults(page), [], `one tag, ${width} pixels wide`);
      }
    });
  },
);
