/** The page in the other browser, Debian's Firefox: live values, keys, more rows than Firefox can draw, its policy. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it, type TestContext } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import type { PublishedMessage } from "../../hub/src/broker/index.ts";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { FirefoxPage } from "../../scripts/firefox.ts";
import { PAGES } from "../../uns-browser/lib/pages.ts";
import { SKIP_WITHOUT_FIREFOX } from "../support/browser.ts";
import { ADMIN, startClosedHub } from "../support/http-hub.ts";
import { startTestHub } from "../support/hub.ts";
import { dbirth, message, nbirth, speed } from "../support/sparkplug-messages.ts";

const DEVICE = "g/e/d";
const SPEED = `${DEVICE}/Motor/Speed`;
const GRID = "document.querySelector('#tree')";
const SELECTED = "document.querySelector('#tree [aria-selected=true]')";
const BACKGROUND = "getComputedStyle(document.body).backgroundColor";
const THEME = "document.documentElement.dataset.theme";
const THEME_CHOICE = `document.querySelector('[aria-label^="Theme:"]')?.getAttribute("aria-label")`;
/** Together, in rows of 24 pixels, 8.4 million: beyond 8 million the scrollbar is scaled. */
const MANY_DEVICES = 350;
const METRICS_EACH = 1000;
const SEQ_VALUES = 256;

const selected = (path: string): string => `[data-path="${path}"][aria-selected="true"]`;
const shows = (path: string, text: string): string =>
  `document.querySelector('[data-path="${path}"][data-quality="good"] [data-cell="value"]')` +
  `?.textContent.includes("${text}")`;

/** Firefox notes each answer with 4xx as an error, as Chromium does: the first question who is signed in is one. */
const isExpected = (fault: string): boolean => /\b40[14]\b/.test(fault);

let page: FirefoxPage;

/** Nothing that a user must never see since it was asked last. */
async function nothingWrong(where: string): Promise<void> {
  assert.deepEqual(await page.violations(), [], `the policy: ${where}`);
  const faults = page.faults.splice(0);
  assert.deepEqual(
    faults.filter((fault) => !isExpected(fault)),
    [],
    where,
  );
}

/** The birth of one of many devices. */
function largeBirth(device: number): PublishedMessage {
  const metrics = Array.from({ length: METRICS_EACH }, (_, at) => ({
    name: `m${at}`,
    alias: device * METRICS_EACH + at,
    datatype: "Int32" as const,
    tellDatatype: true,
    value: at,
  }));
  return message(`DBIRTH/e/d${device}`, metrics, (device + 1) % SEQ_VALUES);
}

async function publisher(t: TestContext, mqttPort: number): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
  t.after(() => client.endAsync(true));
  return client;
}

async function publish(
  client: MqttClient,
  messages: readonly Pick<PublishedMessage, "topic" | "payload">[],
): Promise<void> {
  const sent = messages.map(({ topic, payload }) =>
    client.publishAsync(topic, Buffer.from(payload), { qos: 1 }),
  );
  await Promise.all(sent);
}

describe("the page in Firefox", { skip: SKIP_WITHOUT_FIREFOX, timeout: 900_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
    page = await FirefoxPage.open();
  });
  beforeEach(async () => {
    await page.goto("about:blank"); // the hub of the test before has gone, which its page noted
    page.faults.length = 0;
  });
  after(async () => await page?.[Symbol.asyncDispose]());

  it("shows values as they change, is walked through by keys, and changes its theme", async (t) => {
    const hub = await startTestHub(t);
    const client = await publisher(t, hub.mqttPort);
    await publish(client, [nbirth(), dbirth()]);
    await page.goto(`http://127.0.0.1:${hub.httpPort}/ns/?p=${DEVICE}`);
    await page.until(shows(SPEED, "200"));

    await publish(client, [speed(1307, 2)]);
    await page.until(shows(SPEED, "307"));
    await page.click(selected(DEVICE));
    await page.press("ArrowRight");
    await page.find(selected(`${DEVICE}/Motor`));
    await page.press("ArrowRight");
    await page.find(selected(SPEED));
    await page.until(
      `document.querySelector('[data-details="value"]')?.textContent.includes("307")`,
    );
    await page.press("ArrowLeft", "ArrowLeft");
    await page.find(`${selected(`${DEVICE}/Motor`)}[aria-expanded="false"]`);
    await page.press("?");
    await page.find("dialog[open]");
    await page.press("Escape");
    await page.until("document.querySelector('dialog[open]') === null");
    const lightGround = await page.evaluate(BACKGROUND);
    for (let left = 3; left > 0; left -= 1) {
      const choice = JSON.stringify(await page.evaluate(THEME_CHOICE));
      if (choice === '"Theme: dark"') break;
      await page.click('[aria-label^="Theme:"]');
      await page.until(`${THEME_CHOICE} !== ${choice}`);
    }
    await page.until(`${THEME} === "dark"`);
    await page.until(`${BACKGROUND} !== "${String(lightGround)}"`);
    await nothingWrong("the namespace");
  });

  it("lets somebody in by the form and shows each page without a fault", async (t) => {
    const hub = await startClosedHub(t);
    await hub.served();
    await page.goto(`${hub.url}/login/`);
    await page.find("input[name=name]");
    await page.click("input[name=name]");
    await page.type(ADMIN.name);
    await page.click("input[name=password]");
    await page.type(ADMIN.password);
    await page.press("Enter");
    await page.until(`location.pathname !== "/login/"`);

    for (const { href } of PAGES) {
      await page.goto(`${hub.url}${href}`);
      await page.find("main h1, main h2, main [role=treegrid], main table, main p");
      await page.until("document.querySelector('.skeleton-late') === null");
      await nothingWrong(href);
    }
  });

  it("reaches the last of more rows than a page of Firefox is high", async (t) => {
    const { mqttPort, httpPort } = await startTestHub(t, "", {
      more: "history: { record: false }",
    });
    const devices = Array.from({ length: MANY_DEVICES }, (_, at) => at);
    await publish(await publisher(t, mqttPort), [nbirth(), ...devices.map(largeBirth)]);
    await page.goto(`http://127.0.0.1:${httpPort}/ns/?p=g/e/d0`);
    await page.find(selected("g/e/d0"));
    await page.evaluate(`${GRID}.focus()`);

    await page.press("*");
    const most = MANY_DEVICES * METRICS_EACH;
    await page.until(`Number(${GRID}.getAttribute("aria-rowcount")) > ${most}`);
    await page.press("End");

    await page.until(
      `${SELECTED}?.getAttribute("aria-rowindex") === ${GRID}.getAttribute("aria-rowcount")`,
    );
    const isInView = `(() => {
      const row = ${SELECTED}.getBoundingClientRect();
      const list = ${GRID}.getBoundingClientRect();
      return row.height > 20 && row.top >= list.top && row.bottom <= list.bottom + 1;
    })()`;
    await page.until(isInView);
    await page.press("Home");
    await page.find(selected("g"));
    await page.wheel("#tree", 2400);
    await page.until(`document.querySelector('[aria-rowindex="110"]') !== null`);
    await page.until(`document.querySelector('[aria-rowindex="3"]') === null`);
    await nothingWrong("many rows");
  });
});
