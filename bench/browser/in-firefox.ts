/** The same plant in Debian's Firefox: everything unfolded, the last row, frames, keys. There are no figures of its heap. */
import { setTimeout as sleep } from "node:timers/promises";
import { FirefoxPage } from "../../scripts/firefox.ts";
import { atLeast, atMost, figure, percentile, printModbus as print } from "../modbus/figures.ts";
import type { ModbusFigure as Line } from "../modbus/figures.ts";
import { deviceName, DEVICES_PER_NODE, GROUP, nodeName } from "./plant.ts";
import { KEY_EVERY_MS, numbersIn, RECORDER } from "./tab.ts";
import { unfoldAll } from "./unfold-all.ts";

const FRAMES_AT_LEAST = 50;
const KEY_MS_AT_MOST = 100;
const LAST_ROW_MS_AT_MOST = 1000;
const SCROLLED_PX = 130;
const SCROLL_EVERY_MS = 16;
const LAST_IS_SELECTED = `(() => {
  const grid = document.querySelector("#tree");
  const row = grid.querySelector("[aria-selected=true]");
  return row?.getAttribute("aria-rowindex") === grid.getAttribute("aria-rowcount") &&
    row.getBoundingClientRect().height > 10;
})()`;

export async function inFirefox(
  http: number,
  devices: number,
  { metrics, seconds }: { readonly metrics: number; readonly seconds: number },
): Promise<readonly Line[]> {
  await using page = await FirefoxPage.open();
  await page.resize(1920, 1080);
  const first = `${GROUP}/${nodeName(0)}/${deviceName(0)}`;
  await page.goto(`http://127.0.0.1:${http}/ns/?p=${first}`);
  await page.evaluate(RECORDER);
  await page.click(`[data-path="${first}"][aria-selected="true"]`);
  const from = performance.now();
  const hands = {
    press: (key: string) => page.press(key),
    find: (selector: string) => page.find(selector),
    rowCount: async () =>
      Number(await page.evaluate(`document.querySelector("#tree").getAttribute("aria-rowcount")`)),
  };
  await unfoldAll(hands, Math.ceil(devices / DEVICES_PER_NODE), metrics);
  const unfolded = (performance.now() - from) / 1000;
  const pressed = performance.now();
  await page.press("End");
  await page.until(LAST_IS_SELECTED);
  const last = performance.now() - pressed;
  const gaps = await scrolled(page, seconds);
  const keys = await heldArrow(page, seconds);
  const lines = [
    figure("Firefox: unfolding everything", unfolded, "s"),
    figure("  rows", await hands.rowCount(), ""),
    atMost("  from the key End to the last row", last, "ms", LAST_ROW_MS_AT_MOST),
    atLeast("  frames a second while scrolling", perSecond(gaps), "", FRAMES_AT_LEAST),
    figure("  between two frames, p99", percentile(gaps, 0.99), "ms"),
    atMost("  key to paint, p95", percentile(keys, 0.95), "ms", KEY_MS_AT_MOST),
    atMost("  violations of the policy", (await page.violations()).length, "", 0),
    atMost("  errors on the console", page.faults.length, "", 0),
  ];
  print(lines);
  return lines;
}

/** Up from the last row by the wheel. @returns milliseconds between frames */
async function scrolled(page: FirefoxPage, seconds: number): Promise<readonly number[]> {
  await page.evaluate("void (unshubBench.frames.length = 0)");
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    await Promise.all([page.wheel("#tree", -SCROLLED_PX), sleep(SCROLL_EVERY_MS)]);
  }
  const times = numbersIn(await page.evaluate("unshubBench.frames"));
  return times.slice(1).map((time, at) => time - (times[at] ?? time));
}

/** Milliseconds from each press of an arrow to the picture after it. */
async function heldArrow(page: FirefoxPage, seconds: number): Promise<readonly number[]> {
  await page.evaluate("void (unshubBench.keys.length = 0)");
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    await Promise.all([page.press("ArrowUp"), sleep(KEY_EVERY_MS)]);
  }
  return numbersIn(await page.evaluate("unshubBench.keys"));
}

function perSecond(gapsMs: readonly number[]): number {
  return (gapsMs.length * 1000) / gapsMs.reduce((sum, gap) => sum + gap, 0);
}
