/** Writing a metric with a real browser: every end that a command can come to, as facts, and when it may not be. */
import assert from "node:assert/strict";
import { before, describe, it, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { startAnsweringPlant, type Answer } from "../support/answering-plant.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { PASSWORD, startClosedHub } from "../support/http-hub.ts";
import { pressAdapter, pressMemory, startTestHub } from "../support/hub.ts";
import { openModbusServer } from "../support/modbus-server.ts";
import { accessFaults } from "../support/access.ts";

const SPEED = "g/e/d/Motor/Speed";
const SETPOINT = "Plant1/gw-press/press-01/Hydraulics/Setpoint";

async function openDialog(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Write…" }).click();
  await page.getByRole("dialog").waitFor();
}

async function write(page: Page, value: string): Promise<void> {
  await openDialog(page);
  await page.getByLabel("New value").fill(value);
  await page.getByRole("button", { name: `Write ${value}` }).click();
}

interface PlantOptions {
  readonly rules?: string;
  readonly isListening?: boolean;
  /** How long the hub waits for the value; long, so that a busy machine is no silent plant. */
  readonly confirmWithin?: string;
}

/** A page on the speed of a plant that answers so. */
async function openPlant(
  t: TestContext,
  answer: Answer,
  { rules = "", isListening = true, confirmWithin = "60s" }: PlantOptions = {},
) {
  const more = `commands: { default: allow, confirmWithin: ${confirmWithin}, rules: [${rules}] }`;
  const { httpPort, mqttPort } = await startTestHub(t, "", { more });
  const plant = await startAnsweringPlant(t, mqttPort, { answer, isListening });
  const { page, faults } = await openPage(t);
  await page.goto(`http://127.0.0.1:${httpPort}/ns/?p=${SPEED}`);
  return { page, faults, plant };
}

describe("writing on the page", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("shows each step of a write to a PLC, and the value only when it came back", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const { httpPort, served } = await startTestHub(t, pressAdapter(plc.port));
    await served();
    const { page, faults } = await openPage(t);
    await page.goto(`http://127.0.0.1:${httpPort}/ns/?p=${SETPOINT}`);
    await openDialog(page);
    await page.getByText("Allowed: 0 to 350 bar").waitFor();
    await page.getByText("spBv1.0/Plant1/DCMD/gw-press/press-01").waitFor();
    assert.deepEqual(await accessFaults(page), []);

    await page.getByLabel("New value").fill("250");
    await page.getByLabel("Reason").fill("trial batch");
    await page.getByRole("button", { name: "Write 250 bar" }).click();

    await page.getByText("Done: the value came back").waitFor();
    await page.getByText("delivered: the edge node was subscribed").waitFor();
    await page.getByText(/^250 came back after/).waitFor();
    await page
      .locator(`[data-path="${SETPOINT}"] [data-cell="value"]`, { hasText: "250" })
      .waitFor();
    assert.equal(plc.memory["1"]?.hr?.[1], 250);
    assert.deepEqual(faults, []);
  });

  const ends: readonly (readonly [
    what: string,
    answer: Answer,
    confirmWithin: string,
    words: readonly (string | RegExp)[],
  ])[] = [
    [
      "another value",
      () => 1300,
      "3s", // all of it passes, and the value has to come before
      ["Another value came back", /^1300 came back within 3 s, not 1250/],
    ],
    [
      "silence",
      () => "silence",
      "700ms",
      ["The value did not come back", /^The value did not come back within/],
    ],
    ["a death", () => "death", "60s", ["The device went offline", /is offline: it went while/]],
  ];
  for (const [what, answer, confirmWithin, words] of ends) {
    it(`tells ${what} as what it is`, async (t) => {
      const { page, faults } = await openPlant(t, answer, { confirmWithin });

      await write(page, "1250");

      for (const text of words) await page.getByRole("dialog").getByText(text).first().waitFor();
      assert.deepEqual(faults, []);
    });
  }

  it("says that nobody listens, and that nothing was sent", async (t) => {
    const { page, plant } = await openPlant(t, (asked) => asked, { isListening: false });

    await write(page, "1250");

    await page.getByText("Refused: nothing was sent").waitFor();
    await page.getByText(/E is not subscribed to spBv1.0\/g\/DCMD\/e\/d/).waitFor();
    assert.equal(plant.commands, 0);
  });

  it("sends nothing by Enter, nothing out of range, and a guarded metric only after its name", async (t) => {
    const rules = `{ metrics: "${SPEED}", max: 1500, guarded: true }`;
    const { page, plant } = await openPlant(t, (asked) => asked, { rules });
    await openDialog(page);
    await page.getByLabel("New value").fill("1600");
    await page.getByText("The most that is allowed is 1500.").waitFor();
    await page.getByLabel("New value").fill("1400");
    await page.getByLabel("New value").press("Enter");
    const button = page.getByRole("button", { name: "Write 1400" });
    await button.and(page.locator('[aria-disabled="true"]')).waitFor();

    await page.getByLabel("Name of the metric").fill("Speed");
    await button.click();

    await page.getByText("Done: the value came back").waitFor();
    assert.equal(plant.commands, 1);
  });

  it("is closed with the reason where a rule blocks it, and while the page is paused", async (t) => {
    const rules = `{ metrics: "${SPEED}", allow: false }`;
    const { page } = await openPlant(t, (asked) => asked, { rules });
    const button = page.getByRole("button", { name: "Write…" });
    await page.getByText(/^Rule 1 of commands.rules blocks/).waitFor();
    await button.and(page.locator('[aria-disabled="true"]')).waitFor();

    await page.getByRole("button", { name: "Pause (p)" }).click();
    await page.getByText("This page is paused: resume it before you write.").waitFor();
  });

  it("is closed for a viewer, and says which role is missing", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const hub = await startClosedHub(t, pressAdapter(plc.port));
    await hub.putUser("vera", "viewer", ["read *"]);
    const { page } = await openPage(t);
    await page.goto(`${hub.url}/login/?next=${encodeURIComponent(`/ns/?p=${SETPOINT}`)}`);
    await page.getByRole("textbox", { name: "User name" }).fill("vera");
    await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();

    await page.getByText(/^Writing needs the role operator or engineer/).waitFor();
  });
});
