/** A file of tags that a browser reads slowly, in a real browser with a real hub and Modbus server. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { openPage, SKIP_WITHOUT_BROWSER, untilTrue } from "../support/browser.ts";
import { pressAdapter, pressMemory, startTestHub, tempDir } from "../support/hub.ts";
import { openModbusServer } from "../support/modbus-server.ts";

/** Reads no file before `readOn()` is called. */
const HOLD_FILES = `
  const read = Blob.prototype.text;
  Blob.prototype.text = async function () {
    await new Promise((readOn) => Object.assign(globalThis, { readOn }));
    return await read.call(this);
  };`;

describe("a file of tags", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("leaves what is chosen beside it while it is still being read", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const { httpPort } = await startTestHub(t, pressAdapter(plc.port));
    const { page } = await openPage(t);
    await page.addInitScript(HOLD_FILES);
    const file = join(tempDir(t), "tags.csv");
    writeFileSync(file, "name,at,type,unit\nB,hr:1,int16,bar\n");
    await page.goto(`http://127.0.0.1:${httpPort}/adapters/?id=press&device=press-01`);
    await page.getByRole("button", { name: "Import table" }).click();
    await page.locator('input[type="file"]').setInputFiles(file);
    await untilTrue(page, "globalThis.readOn !== undefined");
    const chosen = page.getByRole("radio", { name: "Stay; only new tags are added" });
    await chosen.check();

    await page.evaluate("readOn()");

    await untilTrue(page, 'document.querySelector("dialog textarea").value.startsWith("name,at,")');
    assert.equal(await chosen.isChecked(), true);
  });
});
