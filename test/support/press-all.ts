/** Opens what can be opened on a page by one press, or two where the first opens a menu: for what must hold of all of it. */
import type { Page } from "playwright-core";

/**
 * Presses the next button that was not pressed yet, those of an open menu first; none of a dialog, and none that signs in or
 * out or changes the language. Answers its name; `null` when all are pressed.
 */
const PRESS_NEXT = `((pressed) => {
  const menu = document.querySelector(":popover-open");
  for (const button of (menu ?? document).querySelectorAll("button, summary, [role=tab]")) {
    const name = (button.getAttribute("aria-label") ?? button.textContent).trim().slice(0, 60);
    const key = (button.closest("header") ? "shell: " : "") + name.replace(/[\\d.,\\s]+/g, " "); // ages and counts change
    const isOff = button.disabled || button.getAttribute("aria-disabled") === "true";
    if (pressed.includes(key) || isOff || !button.checkVisibility()) continue;
    if (button.closest("dialog") !== null || /^(Sign|Make administrator|中文|English)/.test(name)) continue;
    button.click();
    return key;
  }
  if (menu === null) return null;
  menu.hidePopover();
  return "";
})`;

/** Closes the dialogs that are open, and answers their names. */
const CLOSE_DIALOGS = `[...document.querySelectorAll("dialog[open]")].map((dialog) => {
  const name = document.getElementById(dialog.getAttribute("aria-labelledby"))?.textContent;
  dialog.close();
  return name ?? dialog.ariaLabel ?? "";
})`;

/** After two frames: whether nothing stands in place of what is still to come. */
const DRAWN = `new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() =>
  drawn(document.querySelector(".skeleton-late") === null))))`;

export class PressAll {
  readonly #page: Page;
  readonly #underWay = new Set<object>();
  #begun = 0;
  #ended: () => void = () => undefined;
  /** Of the head of the page, which is the same everywhere. */
  #shell: readonly string[] = [];

  constructor(page: Page) {
    this.#page = page;
    page.on("request", (request) => {
      this.#begun += 1;
      this.#underWay.add(request);
    });
    const end = (request: object): void => {
      this.#underWay.delete(request);
      this.#ended();
    };
    page.on("requestfinished", end);
    page.on("requestfailed", end);
  }

  /** @returns the names of the dialogs that came up */
  async on(url: string): Promise<readonly string[]> {
    const { pathname } = new URL(url);
    const pressed = [...this.#shell];
    const dialogs: string[] = [];
    await this.#open(url);
    for (let before = -1; ;) {
      const name = await this.#page.evaluate<string | null>(
        `${PRESS_NEXT}(${JSON.stringify(pressed)})`,
      );
      if (name === null && before === pressed.length) break;
      if (name === null) {
        before = pressed.length;
        await this.#open(url); // a button may have led away from others: what is left?
        continue;
      }
      pressed.push(name);
      await this.#quiet();
      dialogs.push(...(await this.#page.evaluate<string[]>(CLOSE_DIALOGS)));
      if (new URL(this.#page.url()).pathname !== pathname) await this.#open(url);
    }
    this.#shell = pressed.filter((name) => name.startsWith("shell: "));
    return dialogs;
  }

  async #open(url: string): Promise<void> {
    this.#underWay.clear(); // of a page that is left, no end may be told
    await this.#page.goto(url);
    await this.#page.locator("main").waitFor();
    await this.#quiet();
  }

  /** Waits until all that was asked of the hub is there and drawn, and nothing more is asked for it. */
  async #quiet(): Promise<void> {
    for (let isDone = false; !isDone;) {
      const begun = this.#begun;
      while (this.#underWay.size > 0) {
        await new Promise<void>((resolve) => {
          this.#ended = resolve;
        });
      }
      const isDrawn = await this.#page.evaluate<boolean>(DRAWN);
      isDone = isDrawn && begun === this.#begun;
    }
  }
}
