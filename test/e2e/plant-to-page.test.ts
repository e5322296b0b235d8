/** The main job, on real parts: a register of a Modbus server, Sparkplug over MQTT, the tree, a row in a browser. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { pressAdapter, pressMemory, startTestHub } from "../support/hub.ts";
import { openModbusServer } from "../support/modbus-server.ts";
import { dbirth, nbirth } from "../support/sparkplug-messages.ts";
import { SparkplugWatch } from "../support/sparkplug-watch.ts";

const PRESSURE = "Plant1/gw-press/press-01/Hydraulics/Pressure";
const row = (path: string, quality: string): string =>
  `[data-path="${path}"][data-quality="${quality}"]`;

describe("a value's way", { skip: SKIP_WITHOUT_BROWSER, timeout: 600_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("leads from a register to a subscriber, the tree and a row of the page; dies and lives with its PLC", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const press = pressAdapter(plc.port);
    const { hub, mqttPort, httpPort, served, until } = await startTestHub(t, press);
    await using watch = await SparkplugWatch.open(`mqtt://127.0.0.1:${mqttPort}`, 5);
    const { page, faults } = await openPage(t);
    await served(); // before, a page says that the hub is starting
    await until(() => !hub.tree.isEmpty); // before, the way in leads to the first steps
    await page.goto(`http://127.0.0.1:${httpPort}/`);
    await page.waitForURL("**/ns/");
    await page.goto(`http://127.0.0.1:${httpPort}/ns/?p=${PRESSURE}`);
    const value = (text: string) =>
      page.locator(`${row(PRESSURE, "good")} [data-cell="value"]`, { hasText: text });
    await value("120").waitFor();

    // A register changes: everyone sees the new value.
    Object.assign(plc.memory["1"]?.hr ?? {}, { 0: 137 });
    await watch.until(
      ({ type, values }) => type === "DDATA" && values.get("Hydraulics/Pressure") === 137,
    );
    await value("137").waitFor();
    assert.equal(hub.tree.metric(hub.tree.find(PRESSURE) ?? 0)?.value, 137);

    // The PLC goes: one DDEATH, the row says offline and keeps the last value.
    await plc.close();
    await watch.until(({ type }) => type === "DDEATH");
    await page
      .locator(`${row(PRESSURE, "offline")} [data-cell="value"]`, { hasText: "137" })
      .waitFor();
    await page.locator(row("Plant1/gw-press/press-01", "offline")).waitFor();

    // It comes again: one DBIRTH, the row lives.
    Object.assign(plc.memory["1"]?.hr ?? {}, { 0: 99 });
    const births = watch.seen.filter(({ type }) => type === "DBIRTH").length;
    await plc.reopen();
    await value("99").waitFor();
    await watch.until(
      ({ type, values }) => type === "DBIRTH" && values.get("Hydraulics/Pressure") === 99,
    ); // the page may have it sooner

    assert.equal(watch.seen.filter(({ type }) => type === "DDEATH").length, 1);
    assert.equal(watch.seen.filter(({ type }) => type === "DBIRTH").length, births + 1);

    // And back: the page of the metric leads to the tag that makes it.
    await page.goto(`http://127.0.0.1:${httpPort}/metric/?p=${PRESSURE}`);
    await page
      .getByText(/^modbus:.*hr:0\b/)
      .first()
      .waitFor();
    await page.getByRole("button", { name: "Pin", exact: true }).click();
    await page.getByRole("button", { name: "Pinned", exact: true }).waitFor();
    await page.getByRole("link", { name: "Go to the tag of its adapter" }).click();
    await page.waitForURL("**/adapters/?id=press&device=press-01&f=Hydraulics%2FPressure");
    await page.getByText("Hydraulics/Pressure", { exact: true }).first().waitFor();
    assert.deepEqual(faults, []);
  });

  it("shows an empty plant with the ways in, and what comes later without a reload", async (t) => {
    const { httpPort, mqttPort } = await startTestHub(t);
    const { page, faults } = await openPage(t);
    await page.goto(`http://127.0.0.1:${httpPort}/`);
    await page.waitForURL("**/welcome/"); // as long as nothing was ever received
    await page.getByRole("link", { name: "Go to the namespace" }).click();
    await page.getByText("Nothing published yet").waitFor();
    await page.getByText(`mqtt://127.0.0.1:${mqttPort}`, { exact: true }).waitFor();

    const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
    for (const { topic, payload } of [nbirth(), dbirth()]) {
      await client.publishAsync(topic, Buffer.from(payload));
    }
    await page
      .locator(`${row("g/e/d/Motor/Speed", "good")} [data-cell="value"]`, { hasText: "200" })
      .waitFor();
    await page.goto(`http://127.0.0.1:${httpPort}/`);
    await page.waitForURL("**/ns/");
    await client.endAsync();

    assert.deepEqual(faults, []);
  });

  it("begins with the first steps, but not where plain topics are all there is", async (t) => {
    const { httpPort, mqttPort, served } = await startTestHub(t);
    await served();
    const wayIn = async (): Promise<string | null> => {
      const answer = await fetch(`http://127.0.0.1:${httpPort}/`, { redirect: "manual" });
      return answer.headers.get("location");
    };
    const first = await wayIn();

    const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
    await client.publishAsync("line/temperature", "21", { qos: 1, retain: true });
    await client.endAsync();

    assert.deepEqual([first, await wayIn()], ["/welcome/", null]);
  });
});
