/**
 * Every page with every dialog and menu that a press opens: nothing of it is against the page's policy, and nothing asks
 * another host. What lies behind further presses is opened by the tests of the pages, which look at their faults, too.
 */
import assert from "node:assert/strict";
import { before, describe, it, type TestContext } from "node:test";
import { connectAsync } from "mqtt";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { PAGES } from "../../uns-browser/lib/pages.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { startClosedHub } from "../support/http-hub.ts";
import { pressAdapter, pressMemory, startTestHub } from "../support/hub.ts";
import { openModbusServer } from "../support/modbus-server.ts";
import { PressAll } from "../support/press-all.ts";
import { dbirth, nbirth, speed } from "../support/sparkplug-messages.ts";

const SETPOINT = "Plant1/gw-press/press-01/Hydraulics/Setpoint";
const PLACES = [
  ...PAGES.map(({ href }) => href).filter((href) => href !== "/ns/" && href !== "/nodes/"),
  `/ns/?p=${SETPOINT}`,
  `/metric/?p=${SETPOINT}`,
  "/nodes/?n=g/e",
  "/adapters/?id=press&device=press-01",
  "/none-such/",
];

/** Some that must be among those that came up: were none, nothing would be tested. */
const DIALOGS = ["Keyboard", "Send gw off?", "Add an adapter", "Add a user", "Write Setpoint"];

const NOTE_VIOLATIONS = `
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    console.error("against the policy: " + violatedDirective + " " + blockedURI));`;

async function openNoting(t: TestContext) {
  const { page, faults } = await openPage(t);
  await page.addInitScript(NOTE_VIOLATIONS);
  return { page, faults, all: new PressAll(page) };
}

describe("the policy of the page", { skip: SKIP_WITHOUT_BROWSER, timeout: 900_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("is kept by every page, dialog and menu, and nothing asks another host", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const { mqttPort, httpPort, served } = await startTestHub(t, pressAdapter(plc.port));
    const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { clientId: "gw" });
    t.after(() => client.endAsync(true));
    for (const { topic, payload } of [nbirth(), dbirth(), speed(7, 9)])
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    await served();
    const { faults, all } = await openNoting(t);
    const dialogs: string[] = [];

    for (const place of PLACES) {
      dialogs.push(...(await all.on(`http://127.0.0.1:${httpPort}${place}`)));
    }

    assert.deepEqual(
      DIALOGS.filter((name) => !dialogs.includes(name)),
      [],
    );
    assert.deepEqual(
      faults.filter((fault) => !fault.includes("404")),
      [],
    );
  });

  it("is kept where people come in", async (t) => {
    const [closed, fresh] = [
      await startClosedHub(t),
      await startTestHub(t, "", { more: "identity: { anonymous: none }" }),
    ];
    const { faults, all } = await openNoting(t);

    await all.on(`${closed.url}/login/`);
    await all.on(`http://127.0.0.1:${fresh.httpPort}/welcome/`);

    assert.deepEqual(
      faults.filter((fault) => !fault.includes("401")),
      [],
    );
  });

  it("is one that a browser keeps, and whose breach is noted here", async (t) => {
    const { httpPort } = await startTestHub(t);
    const { page, faults } = await openNoting(t);
    await page.goto(`http://127.0.0.1:${httpPort}/ns/`);

    const noted = page.waitForEvent("console", (line) =>
      line.text().includes("against the policy"),
    );
    await page.evaluate(
      `document.body.append(Object.assign(new Image(), { src: "http://198.51.100.1/x.png" }))`,
    );
    await noted;

    assert.match(faults.join("\n"), /against the policy: img-src http:\/\/198\.51\.100\.1/);
  });
});
