/** What this browser keeps for its person: pins, and how the tree looks. */
import { LOOK_KEY, parseLook, USUAL_LOOK, type TreeLook } from "../lib/columns.ts";
import { createPins, PINS_KEY, type Keeper } from "../lib/pins.ts";
import { createSignal, type Signal } from "../lib/signal.ts";

const isInBrowser = typeof document !== "undefined";
const NOWHERE: Keeper = { read: () => null, write: () => undefined };

/** What stands under a key in this browser; nothing while the page is built. */
export function keeperOf(key: string): Keeper {
  if (!isInBrowser) return NOWHERE;
  return {
    read() {
      try {
        return localStorage.getItem(key);
      } catch {
        return null; // a browser may refuse storage
      }
    },
    write(text) {
      try {
        localStorage.setItem(key, text);
      } catch {
        // then it lasts as long as the page
      }
    },
  };
}

export const pins = createPins(keeperOf(PINS_KEY));

const lookKeeper = keeperOf(LOOK_KEY);

const look = createSignal<TreeLook>(isInBrowser ? firstLook(lookKeeper.read()) : USUAL_LOOK);

/** How the tree looks. */
export const treeLook: Pick<Signal<TreeLook>, "get" | "subscribe"> = look;

export function setLook(next: TreeLook): void {
  look.set(next);
  lookKeeper.write(JSON.stringify(next));
}

const LETTERS_KEY = "unshub.letters";
const lettersKeeper = keeperOf(LETTERS_KEY);
const letters = createSignal(lettersKeeper.read() !== "off");

/** Whether single letters are shortcuts [WCAG 2.1.4]. */
export const letterKeys: Pick<Signal<boolean>, "get" | "subscribe"> = letters;

export function setLetterKeys(areKeys: boolean): void {
  letters.set(areKeys);
  lettersKeeper.write(areKeys ? "on" : "off");
}

/** Where nothing was chosen, a small screen keeps its room for names. */
const WIDE_PX = 1600;

function firstLook(stored: string | null): TreeLook {
  if (stored !== null || window.innerWidth >= WIDE_PX) return parseLook(stored);
  const columns = USUAL_LOOK.columns.filter((key) => key !== "rate" && key !== "retained");
  return { ...USUAL_LOOK, columns };
}
