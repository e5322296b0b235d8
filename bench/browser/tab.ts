/**
 * One tab of a real Chromium: frames that were drawn, from a key to the picture, the heap, and where the time goes. All by
 * what the browser itself says, over its DevTools protocol.
 */
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium, type Browser, type CDPSession, type Page } from "playwright-core";
import { BROWSER, BROWSER_FLAGS, BROWSER_MISSING } from "../../scripts/browser.ts";

/** Of the page, milliseconds. */
export interface Frames {
  readonly perSecond: number;
  /** Between two frames. */
  readonly gapsMs: readonly number[];
  /** CPU milliseconds of the page's main thread a frame: all of it, and what of it were scripts, and style and layout. */
  readonly busy: number;
  readonly scripts: number;
  readonly layout: number;
  /** Cores that all processes of the browser took. */
  readonly cores: number;
}

const SIZE = { width: 1920, height: 1080 } as const;
const WHEEL_EVERY_MS = 16;
const SCROLL_PX_PER_SECOND = 8000;
const TURN_ROUND_AFTER_MS = 2500;
/** Wheel events on their way to the page; a mouse does not wait, but its driver joins what was not fetched. */
const MOST_ON_THE_WAY = 2;
/** As a key that is held repeats itself. */
export const KEY_EVERY_MS = 33;
const MEGABYTE = 1_048_576;

/** Notes each frame, and how long each key took until the frame after it was drawn. */
export const RECORDER = `(() => {
  const seen = { frames: [], keys: [] };
  globalThis.unshubBench = seen;
  const frame = (at) => { seen.frames.push(at); requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  addEventListener("keydown", ({ timeStamp }) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => seen.keys.push(performance.now() - timeStamp);
      port2.postMessage(null);
    });
  }, { capture: true });
})()`;

export class Tab implements AsyncDisposable {
  readonly page: Page;
  readonly #browser: Browser;
  readonly #devtools: CDPSession;
  readonly #processes: CDPSession;

  /** Opens an address and notes what is drawn. */
  static async open(url: string): Promise<Tab> {
    if (BROWSER === undefined) throw new Error(BROWSER_MISSING);
    const browser = await chromium.launch({ executablePath: BROWSER, args: [...BROWSER_FLAGS] });
    const page = await browser.newPage({ viewport: SIZE });
    await page.addInitScript(RECORDER);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Performance.enable", { timeDomain: "threadTicks" }); // CPU time, whatever else runs
    const tab = new Tab(browser, page, {
      devtools,
      processes: await browser.newBrowserCDPSession(),
    });
    await page.goto(url, { waitUntil: "commit" });
    return tab;
  }

  private constructor(
    browser: Browser,
    page: Page,
    sessions: { readonly devtools: CDPSession; readonly processes: CDPSession },
  ) {
    this.#browser = browser;
    this.page = page;
    this.#devtools = sessions.devtools;
    this.#processes = sessions.processes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }

  /** What is drawn while nobody touches anything. */
  async still(seconds: number): Promise<Frames> {
    return await this.#framesDuring(() => sleep(seconds * 1000));
  }

  /** What is drawn while the list below the pointer is scrolled up and down by the wheel. */
  async scrolling(seconds: number): Promise<Frames> {
    await this.page.mouse.move(SIZE.width / 4, SIZE.height / 2);
    return await this.#framesDuring(() => this.#wheel(seconds));
  }

  async #wheel(seconds: number): Promise<void> {
    const from = performance.now();
    let onTheWay = 0;
    for (let passed = 0, before = 0; passed < seconds * 1000;) {
      await sleep(WHEEL_EVERY_MS);
      passed = performance.now() - from;
      if (onTheWay >= MOST_ON_THE_WAY) continue;
      const isUp = Math.floor(passed / TURN_ROUND_AFTER_MS) % 2 === 1;
      const deltaY = ((passed - before) / 1000) * SCROLL_PX_PER_SECOND * (isUp ? -1 : 1);
      before = passed;
      onTheWay += 1;
      const event = {
        type: "mouseWheel",
        x: SIZE.width / 4,
        y: SIZE.height / 2,
        deltaX: 0,
        deltaY,
      };
      void this.#devtools
        .send("Input.dispatchMouseEvent", { ...event, type: "mouseWheel" })
        .then(() => (onTheWay -= 1));
    }
  }

  async #framesDuring(what: () => Promise<void>): Promise<Frames> {
    const before = await this.#spent();
    await this.page.evaluate("void (unshubBench.frames.length = 0)");
    await what();
    const times = numbersIn(await this.page.evaluate("unshubBench.frames"));
    const after = await this.#spent();
    const seconds = (after.at - before.at) / 1000;
    const gapsMs = times.slice(1).map((time, at) => time - (times[at] ?? time));
    const [first = 0, last = 0] = [times[0], times.at(-1)];
    const each = (part: "busy" | "scripts" | "layout"): number =>
      ((after[part] - before[part]) * 1000) / times.length;
    return {
      perSecond: ((times.length - 1) * 1000) / (last - first),
      gapsMs,
      busy: each("busy"),
      scripts: each("scripts"),
      layout: each("layout"),
      cores: (after.cpu - before.cpu) / seconds,
    };
  }

  /** Milliseconds from each press of a held arrow to the picture after it: down for half of the time, then up. */
  async keys(seconds: number): Promise<readonly number[]> {
    await this.page.evaluate("void (unshubBench.keys.length = 0)");
    for (const key of ["ArrowDown", "ArrowUp"]) {
      const end = performance.now() + (seconds * 1000) / 2;
      while (performance.now() < end) {
        await Promise.all([this.page.keyboard.down(key), sleep(KEY_EVERY_MS)]);
      }
      await this.page.keyboard.up(key);
    }
    return numbersIn(await this.page.evaluate("unshubBench.keys"));
  }

  /** What JavaScript holds once its garbage is collected, typed arrays with it, in MB. */
  async heapMb(): Promise<number> {
    await this.#devtools.send("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize } = await this.#devtools.send("Runtime.getHeapUsage");
    return (usedSize + backingStorageSize) / MEGABYTE;
  }

  /** Seconds so far, by what they went to. */
  async #spent() {
    const { metrics } = await this.#devtools.send("Performance.getMetrics");
    const { processInfo } = await this.#processes.send("SystemInfo.getProcessInfo");
    const of = (wanted: string): number => metrics.find(({ name }) => name === wanted)?.value ?? 0;
    return {
      at: performance.now(),
      busy: of("TaskDuration"),
      scripts: of("ScriptDuration"),
      layout: of("LayoutDuration") + of("RecalcStyleDuration"),
      cpu: processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0),
    };
  }

  /** Leaves a CPU profile of the page's scripts in a file that DevTools reads. */
  async profiled(file: string, what: () => Promise<void>): Promise<void> {
    await this.#devtools.send("Profiler.enable");
    await this.#devtools.send("Profiler.start");
    await what();
    const { profile } = await this.#devtools.send("Profiler.stop");
    await writeFile(file, JSON.stringify(profile));
  }
}

export function numbersIn(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}
