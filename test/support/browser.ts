/** A real browser for tests: finds one on this machine, and says what to install when there is none. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { chromium, type BrowserContext, type Page } from "playwright-core";

const CANDIDATES = [
  process.env["CHROME_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
  chromium.executablePath(),
];

/** The browser to test with; `undefined` when there is none. */
export const BROWSER: string | undefined = CANDIDATES.find(
  (path) => path !== undefined && path !== "" && existsSync(path),
);

const MISSING =
  "No Chromium or Chrome on this machine, so the browser tests cannot run. Install one (Debian: apt-get install " +
  "chromium) or name it in CHROME_PATH.";

/**
 * Why browser tests are skipped here; `false` when they run. In CI they always run, and fail without a browser.
 * Use as the `skip` option of a test.
 */
export const SKIP_WITHOUT_BROWSER: string | false =
  BROWSER === undefined && process.env["CI"] === undefined ? MISSING : false;

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface TestPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors on the page's console, violations of its policy, and requests that left the hub. */
  readonly faults: readonly string[];
}

/** Opens a page that notes everything a user must never see. It is closed with the test. */
export async function openPage(
  t: TestContext,
  options: {
    readonly theme?: "light" | "dark";
    readonly width?: number;
    readonly height?: number;
  } = {},
): Promise<TestPage> {
  if (BROWSER === undefined) throw new Error(MISSING);
  const profile = mkdtempSync(join(tmpdir(), "unshub-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: BROWSER,
    args: FLAGS,
    colorScheme: options.theme ?? "light",
    viewport: { width: options.width ?? 1366, height: options.height ?? 768 },
  });
  t.after(async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (line) => {
    if (line.type() === "error") faults.push(line.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol !== "data:" && hostname !== "127.0.0.1") faults.push(`request to ${hostname}`);
  });
  return { page, context, faults };
}
