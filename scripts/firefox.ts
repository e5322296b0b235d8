/** Firefox as Debian packs it, without a screen, with a profile of its own, driven by WebDriver BiDi. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { FIREFOX, FIREFOX_MISSING } from "./browser.ts";
import { BidiLine, fieldsOf, listOf, type BidiFields } from "./bidi.ts";

/** For what must come; a busy machine stands still for some seconds. */
const PATIENCE_MS = 180_000;
const LOOK_EVERY_MS = 50;

/** No talk with its maker, no first-run pages, and English words. */
const PREFERENCES: Readonly<Record<string, string | number | boolean>> = {
  "app.normandy.enabled": false,
  "app.update.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.page": 0,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.getAddons.cache.enabled": false,
  "extensions.update.enabled": false,
  "fission.webContentIsolationStrategy": 0,
  "intl.accept_languages": "en-US",
  "layout.css.prefers-color-scheme.content-override": 1, // light
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,#remote-settings-dummy/v1",
  "toolkit.telemetry.enabled": false,
};

/** Keys by their names in the page, as WebDriver writes them. */
const KEYS: ReadonlyMap<string, string> = new Map([
  ["Enter", "\uE007"],
  ["Shift", "\uE008"],
  ["Escape", "\uE00C"],
  ["PageUp", "\uE00E"],
  ["PageDown", "\uE00F"],
  ["End", "\uE010"],
  ["Home", "\uE011"],
  ["ArrowLeft", "\uE012"],
  ["ArrowUp", "\uE013"],
  ["ArrowRight", "\uE014"],
  ["ArrowDown", "\uE015"],
]);

/** Notes what the policy of a page forbids, before anything else runs in it. */
const NOTE_VIOLATIONS = `() => {
  globalThis.unshubViolations = [];
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    globalThis.unshubViolations.push(violatedDirective + " " + blockedURI));
}`;

/** What an expression threw in the page. */
class PageFault extends Error {}

export class FirefoxPage implements AsyncDisposable {
  /** Errors on the page's console, requests that left the hub. */
  readonly faults: string[] = [];
  readonly #browser: ChildProcess;
  readonly #folder: string;
  #line: BidiLine | undefined;
  #context = "";

  private constructor(browser: ChildProcess, folder: string) {
    this.#browser = browser;
    this.#folder = folder;
  }

  /** Starts the browser with one empty page of 1366 × 768. */
  static async open(): Promise<FirefoxPage> {
    if (FIREFOX === undefined) throw new Error(FIREFOX_MISSING);
    const folder = mkdtempSync(join(tmpdir(), "unshub-firefox-"));
    const lines = Object.entries(PREFERENCES).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
    );
    writeFileSync(join(folder, "user.js"), lines.join("\n"));
    const args = ["--headless", "--no-remote", "--remote-debugging-port", "0"];
    const browser = spawn(FIREFOX, [...args, "--profile", folder], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, HOME: folder, MOZ_CRASHREPORTER_DISABLE: "1" },
    });
    const page = new FirefoxPage(browser, folder);
    try {
      await page.#connect();
    } catch (error) {
      await page[Symbol.asyncDispose]();
      throw error;
    }
    return page;
  }

  async #connect(): Promise<void> {
    const address = await addressOf(this.#browser);
    this.#line = await BidiLine.open(`${address}/session`, (method, params) =>
      this.#note(method, params),
    );
    await this.#send("session.new", { capabilities: {} });
    const events = ["log.entryAdded", "network.beforeRequestSent"];
    await this.#send("session.subscribe", { events });
    await this.#send("script.addPreloadScript", { functionDeclaration: NOTE_VIOLATIONS });
    const { contexts } = await this.#send("browsingContext.getTree");
    this.#context = String(fieldsOf(listOf(contexts)[0])["context"]);
    await this.resize(1366, 768);
  }

  async resize(width: number, height: number): Promise<void> {
    const viewport = { width, height };
    await this.#send("browsingContext.setViewport", { context: this.#context, viewport });
  }

  async goto(url: string): Promise<void> {
    await this.#send("browsingContext.navigate", { context: this.#context, url, wait: "complete" });
  }

  /** The value of an expression in the page, by way of JSON; a promise is awaited. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.#send("script.evaluate", {
      expression: `(async () => JSON.stringify((await (${expression})) ?? null))()`,
      target: { context: this.#context },
      awaitPromise: true,
    });
    const { text } = fieldsOf(answer["exceptionDetails"]);
    if (typeof text === "string") throw new PageFault(`${expression}: ${text}`);
    return JSON.parse(String(fieldsOf(answer["result"])["value"]));
  }

  /** Waits until an expression in the page is true. @throws {Error} when it never is, with what the page shows */
  async until(expression: string): Promise<void> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (!(await this.#holds(expression))) {
      if (performance.now() > giveUpAt) {
        const shown = await this.evaluate("document.body.innerText.slice(0, 2000)");
        throw new Error(`${expression} never came; the page shows: ${String(shown)}`);
      }
      await pause(LOOK_EVERY_MS);
    }
  }

  /** A page that goes while it is asked, as when a form leads away, says nothing; the next one is asked. */
  async #holds(expression: string): Promise<boolean> {
    try {
      return (await this.evaluate(`Boolean(${expression})`)) === true;
    } catch (error) {
      if (error instanceof PageFault || this.#hasEnded) throw error;
      return false;
    }
  }

  /** Waits until something that fits a selector is there. */
  async find(selector: string): Promise<void> {
    await this.until(`document.querySelector(${JSON.stringify(selector)}) !== null`);
  }

  /** Presses keys one after the other: names of keys, or single characters; `Shift+ArrowLeft` both at once. */
  async press(...keys: readonly string[]): Promise<void> {
    const actions = keys.flatMap((chord) => {
      const together = chord.length === 1 ? [chord] : chord.split("+");
      const values = together.map((key) => KEYS.get(key) ?? key);
      return [
        ...values.map((value) => ({ type: "keyDown", value })),
        ...values.toReversed().map((value) => ({ type: "keyUp", value })),
      ];
    });
    await this.#act({ type: "key", id: "keyboard", actions });
  }

  /** Writes a text where the focus is. */
  async type(text: string): Promise<void> {
    await this.press(...Array.from(text));
  }

  /** Turns the wheel above the middle of what fits a selector. */
  async wheel(selector: string, deltaY: number): Promise<void> {
    const [x, y] = await this.#middleOf(selector);
    const actions = [{ type: "scroll", x, y, deltaX: 0, deltaY }];
    await this.#act({ type: "wheel", id: "wheel", actions });
  }

  async click(selector: string): Promise<void> {
    await this.find(selector);
    const [x, y] = await this.#middleOf(selector);
    const actions = [
      { type: "pointerMove", x, y },
      { type: "pointerDown", button: 0 },
      { type: "pointerUp", button: 0 },
    ];
    await this.#act({ type: "pointer", id: "mouse", actions });
  }

  /** What the page's policy has forbidden since it was loaded. */
  async violations(): Promise<readonly unknown[]> {
    return listOf(await this.evaluate("unshubViolations"));
  }

  /** A picture of the page as it is, for people. */
  async picture(file: string): Promise<void> {
    const { data } = await this.#send("browsingContext.captureScreenshot", {
      context: this.#context,
    });
    writeFileSync(file, Buffer.from(String(data), "base64"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#line?.close();
    if (!this.#hasEnded) {
      const gone = once(this.#browser, "exit");
      this.#browser.kill("SIGKILL"); // nothing of the profile is kept
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  }

  get #hasEnded(): boolean {
    return this.#browser.exitCode !== null || this.#browser.signalCode !== null;
  }

  async #middleOf(selector: string): Promise<readonly [number, number]> {
    const box = fieldsOf(
      await this.evaluate(
        `document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect()`,
      ),
    );
    const middle = (start: "x" | "y", length: "width" | "height"): number =>
      Math.round(Number(box[start]) + Number(box[length]) / 2);
    return [middle("x", "width"), middle("y", "height")];
  }

  async #act(source: BidiFields): Promise<void> {
    await this.#send("input.performActions", { context: this.#context, actions: [source] });
  }

  async #send(method: string, params: BidiFields = {}): Promise<BidiFields> {
    if (this.#line === undefined) throw new Error("Firefox is not connected");
    return await this.#line.send(method, params);
  }

  #note(method: string, params: BidiFields): void {
    if (method === "log.entryAdded") {
      if (params["level"] === "error") this.faults.push(String(params["text"]));
      return;
    }
    const { protocol, hostname } = new URL(String(fieldsOf(params["request"])["url"]));
    const isInside = ["about:", "data:", "blob:"].includes(protocol) || hostname === "127.0.0.1";
    if (!isInside) this.faults.push(`request to ${hostname}`);
  }
}

/** The address at which a browser that starts says that it can be driven. */
async function addressOf(browser: ChildProcess): Promise<string> {
  const { stderr } = browser;
  if (stderr === null) throw new Error("Firefox has no standard error");
  let said = "";
  const lines = createInterface(stderr);
  for await (const line of lines) {
    const address = /BiDi listening on (ws:\S+)/.exec(line)?.[1];
    if (address !== undefined) {
      stderr.resume(); // what it says later is of no use, and must not fill the pipe
      return address;
    }
    said += `${line}\n`;
  }
  throw new Error(`Firefox ended before it could be driven: ${said}`);
}
