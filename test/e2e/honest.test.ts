/** What the page says when it cannot be sure: a slow link, a wrong clock, a hub that stopped, rights that were taken away. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { z } from "zod";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { PASSWORD, startClosedHub, type ClosedHub } from "../support/http-hub.ts";
import { pressAdapter, pressMemory, startTestHub } from "../support/hub.ts";
import { openModbusServer } from "../support/modbus-server.ts";
import { openSlowLink } from "../support/slow-link.ts";

const PRESSURE = "Plant1/gw-press/press-01/Hydraulics/Pressure";
const row = (path: string, quality: string): string =>
  `[data-path="${path}"][data-quality="${quality}"]`;
const SETPOINT = "Plant1/gw-press/press-01/Hydraulics/Setpoint";
const HOUR_MS = 3_600_000;
/** An age of less than ten minutes: a busy machine is slow, and a clock that is an hour wrong is more than that. */
const MOMENTS_OLD = /^(\d+(\.\d)? s|\d min)$/;

/** The machine of the page shows another time than the hub. */
async function setClock(page: Page, aheadMs: number): Promise<void> {
  await page.addInitScript(`{
    const real = Date.now;
    Date.now = () => real() + ${aheadMs};
  }`);
}

async function signIn(page: Page, hub: ClosedHub, next: string): Promise<void> {
  await page.goto(`${hub.url}${next}`, { waitUntil: "commit" });
  await page.getByRole("textbox", { name: "User name" }).fill("olga");
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

describe("an honest page", { skip: SKIP_WITHOUT_BROWSER, timeout: 900_000 }, () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("says that the hub is gone, since when, and that it was started again", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const first = await startTestHub(t, pressAdapter(plc.port));
    const { page } = await openPage(t);
    await page.goto(`http://127.0.0.1:${first.httpPort}/ns/?p=${PRESSURE}`);
    await page.locator(row(PRESSURE, "good")).waitFor();

    await first.stop();

    await page.locator('[data-state="reconnecting"]').waitFor();
    await page.locator(row(PRESSURE, "last-known")).waitFor();
    await page.locator('[data-details="quality"]', { hasText: "last known" }).waitFor();
    await page
      .getByRole("status")
      .getByText(/^No connection to the hub since \d\d:\d\d:\d\d\. All values are last known/)
      .waitFor();

    // It is news for a few seconds, and the page may have it before the hub has started as a whole.
    await Promise.all([
      page.locator('[data-state="restarted"]').waitFor(),
      page.getByRole("status").getByText("The hub was restarted.", { exact: false }).waitFor(),
      startTestHub(t, pressAdapter(plc.port), { ports: { http: first.httpPort } }),
    ]);
    await page.locator(`${row(PRESSURE, "good")}[aria-selected="true"]`).waitFor();
    await page.locator('[data-state="live"]').waitFor();
  });

  it("says by how much it is late on a slow link, and that a silent one is lost", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const hub = await startTestHub(t, pressAdapter(plc.port));
    const link = await openSlowLink(t, hub.httpPort);
    const { page } = await openPage(t);
    await page.goto(`http://127.0.0.1:${link.port}/ns/?p=${SETPOINT}`);
    await page.locator('[data-state="live"]').waitFor();
    await page.locator(row(SETPOINT, "good")).waitFor(); // what was never shown cannot become last known

    link.delayMs = 2200;
    await page.locator('[data-state="lagging"]', { hasText: /LAGGING \d/ }).waitFor();
    await page.locator(`button[aria-disabled="true"]`, { hasText: "Write…" }).waitFor();

    link.delayMs = 0;
    await page.locator('[data-state="live"]').waitFor();

    link.delayMs = 60_000; // nothing comes, and the connection stays
    await page.locator('[data-state="reconnecting"]').waitFor();
    await page.locator(row(SETPOINT, "last-known")).waitFor();
  });

  for (const [words, aheadMs] of [
    ["an hour ahead", HOUR_MS],
    ["an hour behind", -HOUR_MS],
  ] as const) {
    it(`counts ages by the hub's clock where its own is ${words}`, async (t) => {
      await using plc = await openModbusServer(pressMemory());
      const hub = await startTestHub(t, pressAdapter(plc.port));
      const { page } = await openPage(t);
      await setClock(page, aheadMs);
      await page.goto(`http://127.0.0.1:${hub.httpPort}/ns/?p=${PRESSURE}`);

      // The value stands still, so its age grows from when it was born, a moment ago.
      await page
        .locator(`${row(PRESSURE, "good")} .age`)
        .getByText(MOMENTS_OLD)
        .waitFor();
      await page.locator('[data-state="live"], [data-state="lagging"]').first().waitFor(); // a full machine is late

      await page.goto(`http://127.0.0.1:${hub.httpPort}/clients/`);
      const since = page.locator('[data-client] [data-column="since"]').first();
      await since.getByText(MOMENTS_OLD).waitFor();
    });
  }

  it("leads to the login and back when its session has ended, from a live page and from one that asks", async (t) => {
    const hub = await startClosedHub(t, pressAdapter(1));
    await hub.putUser("olga", "operator", ["read *"]);
    for (const place of ["/ns/?p=Plant1", "/nodes/?n=x"]) {
      const { page } = await openPage(t);
      await signIn(page, hub, place);
      await page.locator('[data-state="live"], [data-state="fresh"]').waitFor();

      // The first question who is signed in gets no answer; it is asked again.
      await page.route("**/api/v1/session", (route) => route.abort(), { times: 1 });
      await endSessions(hub);

      await page.waitForURL(`**/login/?next=${encodeURIComponent(place)}`);
    }
  });

  it("tells that rights were taken away while somebody looked, and shows nothing of what he may not see", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const hub = await startClosedHub(t, pressAdapter(plc.port));
    await hub.putUser("olga", "operator", ["read *", "command *"]);
    const { page } = await openPage(t);
    await signIn(page, hub, `/ns/?p=${SETPOINT}`);
    const write = page.getByRole("button", { name: "Write…" });
    await write.and(page.locator('[aria-disabled="false"], :not([aria-disabled])')).waitFor();

    await regrant(hub, "viewer", ["read *"]);
    await page.getByText("Writing needs the role", { exact: false }).waitFor();

    await regrant(hub, "viewer", ["read Elsewhere"]);
    await page
      .getByRole("status")
      .getByText("An administrator has changed what you may see.", { exact: false })
      .waitFor();
    await page.getByText("is decided by your grants", { exact: false }).waitFor();
    await page.locator("[data-path]").first().waitFor({ state: "detached" });
    await page.waitForURL((at) => at.pathname === "/ns/");
  });
});

const sessionList = z.object({
  sessions: z.array(z.object({ id: z.string(), user: z.string() })),
});

/** Without a new password, which would end her session. */
async function regrant(hub: ClosedHub, role: string, grants: readonly string[]): Promise<void> {
  await hub.admin.json("PUT", "/api/v1/users/olga", { role, grants });
}

/** As an administrator does it in another window. */
async function endSessions(hub: ClosedHub): Promise<void> {
  const { sessions } = sessionList.parse(await hub.admin.json("GET", "/api/v1/sessions"));
  const olgas = sessions.filter(({ user }) => user === "olga");
  assert.ok(olgas.length > 0);
  for (const { id } of olgas) await hub.admin.json("DELETE", `/api/v1/sessions/${id}`);
}
