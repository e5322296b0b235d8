/** Pages of a real browser for tests. */
import { after, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import {
  BROWSER,
  BROWSER_FLAGS,
  BROWSER_MISSING,
  FIREFOX,
  FIREFOX_MISSING,
} from "../../scripts/browser.ts";

/**
 * Why browser tests are skipped here; `false` when they run. In CI they always run, and fail without a browser.
 * Use as the `skip` option of a test.
 */
export const SKIP_WITHOUT_BROWSER: string | false =
  BROWSER === undefined && process.env["CI"] === undefined ? BROWSER_MISSING : false;

/** The same for tests in Firefox. */
export const SKIP_WITHOUT_FIREFOX: string | false =
  FIREFOX === undefined && process.env["CI"] === undefined ? FIREFOX_MISSING : false;

/** For what must come; a busy machine stands still for some seconds, and a browser starts slowly on it. */
const PATIENCE_MS = 90_000;
const LOOK_EVERY_MS = 50;

export interface TestPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors on the page's console, violations of its policy, and requests that left the hub. */
  readonly faults: readonly string[];
}

/** One browser for all tests of a file: to start one takes seconds on a busy machine. */
let running: Promise<Browser> | undefined;
after(async () => await (await running)?.close());

async function launch(): Promise<Browser> {
  if (BROWSER === undefined) throw new Error(BROWSER_MISSING);
  return await chromium.launch({
    executablePath: BROWSER,
    timeout: PATIENCE_MS,
    args: [...BROWSER_FLAGS],
  });
}

/** Opens a page that notes everything a user must never see. It is closed with the test, and knows nothing of others. */
export async function openPage(
  t: TestContext,
  options: {
    readonly theme?: "light" | "dark";
    readonly width?: number;
    readonly height?: number;
    /** What the browser asks for, as a language tag; English when left out. */
    readonly locale?: string;
  } = {},
): Promise<TestPage> {
  running ??= launch();
  const browser = await running;
  const context = await browser.newContext({
    colorScheme: options.theme ?? "light",
    locale: options.locale ?? "en-US",
    viewport: { width: options.width ?? 1366, height: options.height ?? 768 },
  });
  t.after(() => context.close());
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (line) => {
    if (line.type() === "error") faults.push(`${line.text()} ${line.location().url}`.trim());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    const isInside = protocol === "data:" || protocol === "blob:" || hostname === "127.0.0.1";
    if (!isInside) faults.push(`request to ${hostname}`);
  });
  return { page, context, faults };
}

/**
 * Waits until `expression` is true in the page. Playwright's `waitForFunction` does so on pages without a policy only: it
 * looks once, and the second look at a text is an `EvalError` where `script-src` has no `unsafe-eval`.
 */
export async function untilTrue(page: Page, expression: string): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  // One look after the other.
  // oxlint-disable no-await-in-loop
  while (!(await page.evaluate<boolean>(expression))) {
    if (performance.now() > giveUpAt) throw new Error(`never true at ${page.url()}: ${expression}`);
    await pause(LOOK_EVERY_MS);
  }
  // oxlint-enable no-await-in-loop
}
