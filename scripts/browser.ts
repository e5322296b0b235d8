/** Finds a browser on this machine for tests and pictures, and says what to install when there is none. */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

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

const FIREFOX_CANDIDATES = [
  process.env["FIREFOX_PATH"],
  "/usr/bin/firefox-esr",
  "/usr/lib/firefox/firefox",
  "/usr/bin/firefox",
  "/Applications/Firefox.app/Contents/MacOS/firefox",
  "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
];

/** The browser to test with; `undefined` when there is none. */
export const BROWSER: string | undefined = firstThere(CANDIDATES);

/** The other browser to test with; `undefined` when there is none. */
export const FIREFOX: string | undefined = firstThere(FIREFOX_CANDIDATES);

function firstThere(paths: readonly (string | undefined)[]): string | undefined {
  return paths.find((path) => path !== undefined && path !== "" && existsSync(path));
}

export const BROWSER_MISSING =
  "No Chromium or Chrome on this machine, so the browser tests cannot run. Install one (Debian: apt-get install " +
  "chromium) or name it in CHROME_PATH.";

export const FIREFOX_MISSING =
  "No Firefox on this machine, so what must hold in Firefox cannot be tested. Install it (Debian: apt-get install " +
  "firefox-esr) or name it in FIREFOX_PATH.";

/** A browser for machines: no window, no sandbox of its own, no talk with its maker. */
export const BROWSER_FLAGS: readonly string[] = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
