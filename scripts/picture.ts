/**
 * Takes the pictures of the README and the user guide: every page of a running hub with the demo plant and a fault under
 * way, into `docs/pictures/`: `npm run picture [-- NAME…]`. Needs Chromium or Chrome (name another in CHROME_PATH).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium, type Browser, type Page } from "playwright-core";
import { BROWSER, BROWSER_FLAGS, BROWSER_MISSING } from "./browser.ts";
import { buildPage, pageIsCurrent } from "./build-page.ts";
import { BEFORE_ANYBODY, PICTURES, type Picture } from "./pictures/pictures.ts";
import { PASSWORD, startPlant, type PicturePlant } from "./pictures/plant.ts";

const FOLDER = resolve(import.meta.dirname, "../docs/pictures");
/** Long enough that ages, rates and trends are those of a running plant. */
const WARM_UP_MS = 20_000;
const QUALITY = 62;
const SIZE = { width: 1366, height: 768 };

async function take(browser: Browser, plant: PicturePlant, picture: Picture): Promise<void> {
  const { name, theme = "light", size = SIZE, as = "root" } = picture;
  const context = await browser.newContext({ viewport: size, colorScheme: theme, locale: "en-US" });
  const page = await context.newPage();
  if (as !== "nobody") await signIn(page, plant.url, as);
  await page.goto(`${plant.url}${picture.place}`, { waitUntil: "commit" });
  await picture.prepare?.(page, plant);
  await page.mouse.move(0, 0);
  const devtools = await context.newCDPSession(page);
  const { data } = await devtools.send("Page.captureScreenshot", {
    format: "webp",
    quality: QUALITY,
  });
  writeFileSync(join(FOLDER, `${name}.webp`), Buffer.from(data, "base64"));
  console.log(`${name}: ${Math.round((data.length * 3) / 4 / 1024)} KB`);
  await context.close();
}

async function signIn(page: Page, url: string, name: string): Promise<void> {
  await page.goto(`${url}/login/`, { waitUntil: "commit" });
  await page.getByRole("textbox", { name: "User name" }).fill(name);
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL("**/ns/**");
}

if (BROWSER === undefined) throw new Error(BROWSER_MISSING);
if (!pageIsCurrent()) await buildPage(console.log);
mkdirSync(FOLDER, { recursive: true });
const wanted = process.argv.slice(2);
const isWanted = ({ name }: Picture): boolean => wanted.length === 0 || wanted.includes(name);
await using plant = await startPlant();
const browser = await chromium.launch({ executablePath: BROWSER, args: [...BROWSER_FLAGS] });
const takeAll = async (pictures: readonly Picture[]): Promise<void> => {
  for (const picture of pictures.filter(isWanted)) {
    await take(browser, plant, picture).catch((error: unknown) => {
      console.error(picture.name, error);
      process.exitCode = 1; // the others are taken all the same
    });
  }
};
await takeAll(BEFORE_ANYBODY);
await plant.begin();
await sleep(WARM_UP_MS);
await takeAll(PICTURES);
await browser.close();
