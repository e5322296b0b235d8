/** The table of tags as an editor, and adapters that come and go, in a real browser with a real hub and Modbus server. */
import assert from "node:assert/strict";
import { before, describe, it, type TestContext } from "node:test";
import { StatusCodes } from "node-opcua-client";
import type { Page } from "playwright-core";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { accessFaults } from "../support/access.ts";
import { openPage, SKIP_WITHOUT_BROWSER, untilTrue } from "../support/browser.ts";
import { pressAdapter, pressMemory, startTestHub } from "../support/hub.ts";
import { openModbusServer } from "../support/modbus-server.ts";
import { labEntry, labNode, labTag, OpcUaLab } from "../support/opcua-lab.ts";

const DEVICE = "adapters/?id=press&device=press-01";

/** `more`: lines of tags. */
async function openTable(t: TestContext, more = "") {
  const server = await openModbusServer(pressMemory());
  t.after(() => server.close());
  const hub = await startTestHub(t, `${pressAdapter(server.port).trimEnd()}\n${more}`);
  await hub.until(() => hub.hub.tree.find("Plant1/gw-press/press-01/Running") !== undefined);
  const url = `http://127.0.0.1:${hub.httpPort}`;
  const { page } = await openPage(t, { width: 1366, height: 768 });
  await page.goto(`${url}/${DEVICE}`);
  await page.locator('[data-tag="Running"]').waitFor();
  const grid = page.getByRole("grid", { name: "Tags of press-01" });
  return { page, grid, url, hub, port: server.port };
}

function cell(page: Page, tag: string, column: string) {
  return page.locator(`[data-tag="${tag}"] [data-column="${column}"]`);
}

/** As a spreadsheet puts it there. */
async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate(`{
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", ${JSON.stringify(text)});
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
  }`);
}

async function applyReview(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Review and apply" }).click();
  await page.locator("[data-meaning]").waitFor();
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  await page.locator("[data-applied]").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").first().waitFor({ state: "detached" });
}

describe("the table of tags", { skip: SKIP_WITHOUT_BROWSER, timeout: 600_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("is changed cell by cell by keys alone, with what is wrong at its cell, undone and done again", async (t) => {
    const { page, grid } = await openTable(t);
    await grid.press("ArrowRight"); // the address of the first tag
    await grid.press("n");
    await page.keyboard.type("owhere");
    await page.locator(".cell-sentence", { hasText: "is not an address" }).waitFor();
    await cell(page, "Hydraulics/Pressure", "place").locator('[aria-invalid="true"]').waitFor();
    assert.deepEqual(await accessFaults(page), [], "a cell with a fault");
    await page.keyboard.press("Escape");
    await page.locator(".cell-sentence").first().waitFor({ state: "detached" });
    await page.locator(".draft-bar").first().waitFor({ state: "detached" });

    await grid.press("F2");
    await page.keyboard.press("Backspace");
    await page.evaluate(`{
      document.hasFocus = () => false; // as when another window is in front
      document.activeElement.blur();
      delete document.hasFocus;
    }`);
    await page.locator(".cell-editor").fill("hr:1");
    await page.keyboard.press("Tab");
    await cell(page, "Hydraulics/Pressure", "place").getByText("hr:1", { exact: true }).waitFor();
    await page.locator('[data-column="type"][data-active]').waitFor();
    await page.keyboard.type("uint16");
    await page.keyboard.press("Enter");
    await page.locator('[data-draft="fine"]', { hasText: "1 change" }).waitFor();
    await grid.press("Control+z");
    await cell(page, "Hydraulics/Pressure", "type").getByText("int16", { exact: true }).waitFor();
    await grid.press("Control+y");
    await cell(page, "Hydraulics/Pressure", "type").getByText("uint16").waitFor();

    await applyReview(page);
    await cell(page, "Hydraulics/Pressure", "value").getByText("200", { exact: true }).waitFor();
  });

  it("takes a block of a spreadsheet, fills down, empties, and gives a block out", async (t) => {
    const { page, grid } = await openTable(t);
    await cell(page, "Hydraulics/Setpoint", "name").click();
    await paste(page, "Target\thr:1\tuint16\r\nOn\tco:0\tbool\r\nCount\thr:0\tuint16\r\n");
    await page.locator('[data-mark="added"][data-tag="Count"]').waitFor();
    await page.locator('[data-mark="changed"][data-tag="Target"]').waitFor();
    await page.locator('[data-mark="changed"][data-tag="On"]').waitFor();
    await page.getByText("1 new tag.", { exact: false }).waitFor();
    await page.locator('[data-draft="fine"]', { hasText: "3 changes" }).waitFor();

    await cell(page, "Target", "unit").click();
    await grid.press("k");
    await page.keyboard.type("N");
    await page.keyboard.press("Enter");
    await cell(page, "Target", "unit").click();
    await cell(page, "On", "unit").click({ modifiers: ["Shift"] });
    await grid.press("Control+d");
    await cell(page, "On", "unit").getByText("kN").waitFor();
    await cell(page, "On", "unit").click();
    await grid.press("Delete");
    await cell(page, "On", "unit").getByText("kN").first().waitFor({ state: "detached" });

    await cell(page, "Target", "name").click();
    await cell(page, "On", "place").click({ modifiers: ["Shift"] });
    const copied = await page.evaluate(`(() => {
      const clipboardData = new DataTransfer();
      document.dispatchEvent(new ClipboardEvent("copy", { clipboardData, cancelable: true }));
      return clipboardData.getData("text/plain");
    })()`);
    assert.equal(copied, "Target\thr:1\nOn\tco:0");
    await applyReview(page);
    await cell(page, "Count", "value").getByText("120", { exact: true }).waitFor();
  });

  it("finds and replaces after a preview, and makes the tags of more machines", async (t) => {
    const { page, grid } = await openTable(t);
    await grid.press("Control+h");
    const dialog = page.locator("dialog[open]");
    await dialog.getByLabel("Find").fill("Hydraulics/");
    await dialog.getByLabel("Replace with").fill("Pump 1/");
    await dialog.locator('[data-found="2"]').waitFor();
    await dialog.getByText("Pump 1/Setpoint").waitFor();
    assert.deepEqual(await accessFaults(page), [], "find and replace");
    await dialog.getByRole("button", { name: "Replace 2" }).click();
    await page.locator('[data-tag="Pump 1/Pressure"]').waitFor();

    await cell(page, "Pump 1/Pressure", "name").click();
    await cell(page, "Pump 1/Setpoint", "name").click({ modifiers: ["Shift"] });
    await page.getByRole("button", { name: "Repeat for more machines" }).click();
    await dialog.locator('[data-made="Pump 2/Pressure"]', { hasText: "hr:2" }).waitFor();
    await dialog.getByLabel("Registers from one to the next").fill("0");
    await dialog.getByLabel("How many more").fill("0");
    await dialog.getByText("Say how many machines more there are.").waitFor();
    await dialog.getByLabel("How many more").fill("2");
    await dialog.locator('[data-made="Pump 3/Setpoint"]', { hasText: "hr:1" }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "tags of more machines");
    await dialog.getByRole("button", { name: "Take 4 tags" }).click();
    await page.locator('[data-mark="added"][data-tag="Pump 3/Setpoint"]').waitFor();
    await page.locator('[data-tag="Pump 1/Setpoint"] [data-active]').waitFor(); // not at its place, at its tag
    await page.locator('[data-draft="fine"]', { hasText: "6 changes" }).waitFor();
    await page.locator(".draft-bar").getByRole("button", { name: "Undo" }).click();
    await page.locator('[data-tag="Pump 3/Setpoint"]').first().waitFor({ state: "detached" });
    await page.locator(".draft-bar").getByRole("button", { name: "Undo" }).click();
    await page.locator('[data-tag="Hydraulics/Pressure"]').waitFor();
    await page.locator(".draft-bar").getByRole("button", { name: "Redo" }).click();
    await page.locator('[data-tag="Pump 1/Pressure"]').waitFor();
  });

  it("shows registers raw in every order, and what is chosen is in the form, which asks before it is dropped; and the file", async (t) => {
    const { page } = await openTable(t);
    await cell(page, "Hydraulics/Setpoint", "raw").getByText("00 C8", { exact: true }).waitFor();
    await cell(page, "Running", "raw").getByText("01", { exact: true }).waitFor();
    await cell(page, "Hydraulics/Pressure", "raw").getByText("00 78", { exact: true }).click();
    await page.getByText("Raw 00 78 00 C8", { exact: false }).waitFor(); // read at once
    await page.locator("[data-decode] tbody tr").first().getByText("int16").waitFor(); // as the tag
    await page.getByRole("button", { name: "Read hr:0 as uint16 ABCD" }).click();
    await page.getByRole("button", { name: "Take into the draft" }).click();
    await cell(page, "Hydraulics/Pressure", "type").getByText("uint16").waitFor();
    const sheet = page.getByRole("dialog", { name: "Tag Hydraulics/Pressure" });
    const question = sheet.getByRole("alertdialog");
    await cell(page, "Hydraulics/Pressure", "more").click();
    const unit = sheet.locator('[data-field="unit"] input');
    await unit.fill("kPa");
    await unit.press("Escape");
    await question.waitFor();
    assert.deepEqual(await accessFaults(page), [], "the question");
    await page.keyboard.press("Escape"); // of the question alone
    await question.first().waitFor({ state: "detached" });
    await untilTrue(
      page,
      `document.activeElement.closest('[data-field="unit"]') !== null && document.activeElement.value === "kPa"`,
    );
    await sheet.getByRole("button", { name: "Close" }).click();
    await question.getByRole("button", { name: "Throw away" }).click();
    await sheet.first().waitFor({ state: "detached" });
    await cell(page, "Hydraulics/Pressure", "more").click();
    await sheet.waitFor();
    await page.keyboard.press("Escape"); // nothing was typed
    await sheet.first().waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Show as file" }).click();
    await page.locator("[data-file]", { hasText: "name: press-01" }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "the file");
  });

  it("begins a cell with the first key of an input method, and is one stop for the tabulator", async (t) => {
    const { page, grid } = await openTable(t);
    const keyboard = await page.context().newCDPSession(page);
    const compose = async (text: string): Promise<void> => {
      const end = { selectionStart: text.length, selectionEnd: text.length };
      await keyboard.send("Input.imeSetComposition", { text, ...end });
    };
    await cell(page, "Hydraulics/Pressure", "name").click();
    await page.locator('[data-tag="Hydraulics/Pressure"] .cell-editor:focus').waitFor();
    await compose("y");
    await page.locator(".cell-editor:not([data-idle])").waitFor();
    await compose("ya");
    await compose("yali");
    await keyboard.send("Input.insertText", { text: "压力" });
    await page.keyboard.press("Enter");
    await page.locator('[data-tag="压力"]').waitFor();
    await page.locator('[data-tag="Hydraulics/Setpoint"] [data-active]').waitFor();

    await grid.press("ArrowRight");
    const place = page.locator('[data-tag="Hydraulics/Setpoint"] [data-column="place"]');
    await place.locator(".cell-editor:focus").waitFor();
    await compose("d");
    await page.locator('[data-tag="Hydraulics/Setpoint"] .cell-editor:not([data-idle])').waitFor();
    await compose("");
    await page.locator('[data-tag="Hydraulics/Setpoint"] .cell-editor[data-idle]').waitFor();
    await cell(page, "Hydraulics/Setpoint", "place").getByText("hr:1", { exact: true }).waitFor();
    await page.locator('[data-draft="fine"]', { hasText: "1 change" }).waitFor();

    await cell(page, "Hydraulics/Setpoint", "name").click();
    await page.locator('[data-tag="Hydraulics/Setpoint"] .cell-editor:focus').waitFor();
    await page.keyboard.press("Shift+Tab");
    await page.getByRole("button", { name: "Keys" }).and(page.locator(":focus")).waitFor();
    await page.keyboard.press("Tab");
    await page.locator('[data-tag="Hydraulics/Setpoint"] .cell-editor:focus').waitFor();
    await page.keyboard.press("End"); // nobody writes there
    await page.locator('[role="grid"]:focus').waitFor();
    await page.keyboard.press("Home");
    await page.locator('[data-tag="Hydraulics/Setpoint"] .cell-editor:focus').waitFor();
    assert.deepEqual(await accessFaults(page), [], "a cell with the focus");
  });

  it("takes the height that the window leaves, and the page scrolls in a low one", async (t) => {
    const tags = Array.from(
      { length: 60 },
      (_, at) => `{ name: T${at}, at: "hr:${at % 2}", type: int16, group: fast }`,
    );
    const more = tags.map((tag) => `          - ${tag}\n`).join("");
    const { page } = await openTable(t, more);
    /** Between the table and the end of what shows it, and by how much the page scrolls. */
    const room = `(() => {
      const main = document.querySelector("main");
      const grid = document.querySelector('[role="grid"]');
      const gap = main.getBoundingClientRect().bottom - grid.getBoundingClientRect().bottom;
      return { gap, scrolls: main.scrollHeight - main.clientHeight, height: grid.clientHeight };
    })()`;
    for (const [width, height] of [
      [1366, 768],
      [1920, 1080],
    ] as const) {
      await page.setViewportSize({ width, height });
      await untilTrue(page, `(({ gap, scrolls }) => scrolls <= 0 && gap > 0 && gap < 50)(${room})`);
    }
    await page.setViewportSize({ width: 683, height: 384 }); // 200 % of 1366 × 768
    await untilTrue(page, `(({ scrolls, height }) => scrolls > 0 && height >= 250)(${room})`);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator('[role="grid"][aria-readonly="true"]').waitFor();
    await untilTrue(page, `(({ gap, scrolls }) => scrolls <= 0 && gap > 0 && gap < 50)(${room})`);
  });

  it("says in the sheet of the way back that somebody was first, and shows what it would do now", async (t) => {
    const { page, url } = await openTable(t);
    const put = async (unit: string): Promise<void> => {
      const tag = { name: "Hydraulics/Pressure", at: "hr:0", type: "int16", group: "fast", unit };
      const answer = await fetch(`${url}/api/v1/adapters/press/tags`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ put: [tag] }),
      });
      assert.equal(answer.status, 200);
    };
    await put("kPa");
    await page.getByRole("button", { name: "Roll back" }).click();
    await page.getByText("Generation 1, applied by", { exact: false }).waitFor();
    await put("MPa");

    const dialog = page.locator("dialog[open]");
    await dialog.getByRole("button", { name: "Roll back" }).click();
    await dialog.getByText("is now before the one that runs", { exact: false }).waitFor();
    await dialog.getByText("Generation 2, applied by", { exact: false }).waitFor();
    await dialog.getByRole("button", { name: "Roll back" }).click();
    await dialog.getByText("Generation 2 runs again.").waitFor();
    await page.keyboard.press("Escape");
    await cell(page, "Hydraulics/Pressure", "unit").getByText("kPa").waitFor();
  });
});

describe("the tags of an OPC UA server", { skip: SKIP_WITHOUT_BROWSER, timeout: 600_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("show variant, type and status as a sentence; nodes are dragged from the tree into the table", async (t) => {
    await using lab = await OpcUaLab.start();
    for (const [name, value] of Object.entries({ Setpoint: 1, Pressure: 2.5, Level: 66, Flow: 7 }))
      lab.addDouble(name, value);
    lab.setDouble("Level", 66, { status: StatusCodes.BadSensorFailure });

    const hub = await startTestHub(t, labEntry(lab, `[${labTag("Setpoint")}, ${labTag("Level")}]`));
    await hub.until(() => hub.hub.tree.find("P/gw/lab/Setpoint") !== undefined);
    const { page } = await openPage(t, { width: 1366, height: 768 });
    const base = `http://127.0.0.1:${hub.httpPort}/adapters/?id=cell&device=lab`;
    await page.goto(base);
    await cell(page, "Setpoint", "raw").getByText("1", { exact: true }).waitFor();
    await cell(page, "Level", "raw").waitFor();
    const grid = page.getByRole("grid", { name: "Tags of lab" });
    await grid.press("ArrowDown");
    await grid.press("End");
    for (let step = 0; step < 3; step += 1) await grid.press("ArrowLeft");
    const sentence = page.locator('.cell-sentence[data-kind="told"]');
    await sentence
      .getByText("BadSensorFailure: the sensor has failed.", { exact: false })
      .waitFor();
    await sentence.getByText("every 50 ms instead of 10 ms", { exact: false }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "a raw cell");

    await page.goto(`${base}&tab=browse`);
    await page.getByRole("button", { name: "Unfold Lab" }).click();
    const node = (name: string) => page.locator(`[data-node="${labNode(name)}"]`);
    await node("Level").click();
    const facts = page.locator(`[data-node-facts="${labNode("Level")}"]`);
    await facts.getByText("BadSensorFailure: the sensor has failed.").waitFor();
    await node("Setpoint").dragTo(page.locator('.node-scroll [data-column="value"]').first());
    await page.evaluate(`{
      const dataTransfer = new DataTransfer();
      dataTransfer.setData("application/x-unshub-node", "of another window");
      const drop = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
      document.querySelector('[role="grid"]').dispatchEvent(drop);
    }`);
    await node("Pressure").dragTo(grid);
    await page.locator('[data-mark="added"][data-tag="Lab/Pressure"]').waitFor();
    await page.getByRole("checkbox", { name: "Tick Flow" }).check();
    await page.getByRole("checkbox", { name: "Tick Level" }).check();
    await node("Flow").dragTo(grid); // with what is ticked
    await page.locator('[data-mark="added"][data-tag="Lab/Level"]').waitFor();
    await page.locator('[data-mark="added"][data-tag="Lab/Flow"]').waitFor();
    await page.locator('[data-ticked="0"]').waitFor();
    await page.locator('[data-draft="fine"]', { hasText: "3 changes" }).waitFor();
    assert.deepEqual(await accessFaults(page), [], "the tree beside the table");
    await applyReview(page);
    await cell(page, "Lab/Flow", "raw").getByText("7", { exact: true }).waitFor();
  });
});

describe("whole adapters", { skip: SKIP_WITHOUT_BROWSER, timeout: 600_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("are added by a form that says at each field what is wrong, and removed after a look", async (t) => {
    const { page, url, port, hub } = await openTable(t);
    await page.goto(`${url}/adapters/`);
    await page.getByRole("button", { name: "Add adapter" }).click();
    const field = (key: string) => page.locator(`dialog [data-field="${key}"]`);
    await field("name").locator("input").fill("press");
    await field("group").locator("input").fill("Plant1");
    await field("edgeNode").locator("input").fill("gw-2");
    await field("link.host").getByText("is missing", { exact: false }).waitFor();
    await field("name").locator(".text-bad").waitFor(); // another has it
    assert.deepEqual(await accessFaults(page), [], "a form with faults");
    await field("name").locator("input").fill("second");
    await field("link.host").locator("input").fill("127.0.0.1");
    await field("link.port").locator("input").fill(String(port));
    await field("devices.0.name").locator("input").fill("press-02");
    await field("devices.0.tags.0.name").locator("input").fill("Pressure");
    await field("devices.0.tags.0.at").locator("input").fill("hr:0");
    await field("devices.0.tags.0.type").locator("select").selectOption("int16");
    await page.locator('dialog [data-check="fine"]').waitFor();
    await page.locator('dialog [data-group="link"] summary').first().click();
    await field("link.timeout").locator("input").fill("long");
    await field("link.timeout").locator(".text-bad").waitFor();
    await field("link.timeout").locator("input").fill("2s");
    await page.locator('dialog [data-check="fine"]').waitFor();
    await field("link.timeout").locator("input").waitFor(); // no fold closes over who types
    await page.keyboard.press("Escape");
    await page.locator("dialog[open]").first().waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Add adapter" }).click(); // what was filled in is there
    await page.locator('dialog [data-check="fine"]').waitFor();
    await page.getByRole("radio", { name: "OPC UA" }).check();
    await field("endpoint").waitFor();
    const part = page.locator('dialog [data-group="groups"]');
    await part.getByRole("button", { name: "Remove normal" }).click();
    await field("groups.normal.interval").first().waitFor({ state: "detached" });
    await part.getByRole("button", { name: "Add to groups" }).click();
    await field("groups.group1.interval").waitFor();
    await field("groups.group1").locator("input").fill("");
    await page.keyboard.type("100"); // a number stays in its row, and the focus in it
    await field("groups.100.interval").waitFor();
    await page.getByRole("radio", { name: "Modbus", exact: false }).check(); // nothing is lost
    await page.locator('dialog [data-check="fine"]').waitFor();
    await page.getByRole("button", { name: "Review and apply" }).click();
    await page.getByText("Adapter second starts.").waitFor();
    assert.deepEqual(await accessFaults(page), [], "what it would do");
    await page.getByRole("button", { name: "Apply", exact: true }).click();
    await page.locator("dialog [data-applied]").waitFor();
    await page.keyboard.press("Escape");
    await page.locator('[data-adapter="second"] [data-device="press-02"]').waitFor();

    await page.getByRole("button", { name: "Remove adapter second" }).click();
    await page.getByText("Adapter second stops.").waitFor();
    await page.locator("dialog").getByRole("button", { name: "Remove adapter" }).click();
    await page.getByText("Adapter second is gone.").waitFor();
    await page.keyboard.press("Escape");
    await page.locator('[data-adapter="second"]').first().waitFor({ state: "detached" });
    assert.ok(hub.hub.tree.find("Plant1/gw-press/press-01/Running") !== undefined);
  });
});
