/**
 * Takes the README's pictures of the running page, in both themes, from the demo plant: `npm run picture`.
 * Needs Chromium or Chrome (name another in CHROME_PATH). Runs a hub of its own; the usual ports must be free.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { run } from "../hub/src/cli/run.ts";
import { BROWSER, BROWSER_FLAGS, BROWSER_MISSING } from "./browser.ts";
import { buildPage, pageIsCurrent } from "./build-page.ts";

const DOCS = resolve(import.meta.dirname, "../docs");
const SHOWN = "Plant1/gw-press/press-01/Hydraulics/Pressure";
/** Long enough that ages and rates are those of a running plant. */
const WARM_UP_MS = 15_000;

async function takePicture(theme: "light" | "dark"): Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), "unshub-picture-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: BROWSER ?? "",
    args: [...BROWSER_FLAGS],
    colorScheme: theme,
    viewport: { width: 1366, height: 768 },
  });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:8080/ns/?p=${SHOWN}`);
  await page.locator(`[data-path="${SHOWN}"][data-quality="good"]`).waitFor();
  await page.waitForTimeout(WARM_UP_MS);
  await page.screenshot({ path: join(DOCS, `page-${theme}.png`) });
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}

if (BROWSER === undefined) throw new Error(BROWSER_MISSING);
if (!pageIsCurrent()) await buildPage(console.log);
const stop = new AbortController();
const started = Promise.withResolvers<void>();
const hub = run(["start", "--demo"], {
  print: (line) => {
    if (line.endsWith(" runs.")) started.resolve();
  },
  complain: console.error,
  stop: stop.signal,
});
await Promise.race([started.promise, hub]);
await takePicture("light");
await takePicture("dark");
stop.abort();
process.exitCode = await hub;
