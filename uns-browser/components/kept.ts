/** What this browser keeps for its person: pins, and how the tree looks. */
import { LOOK_KEY, parseLook, USUAL_LOOK, type TreeLook } from "../lib/columns.ts";
import { createPins, PINS_KEY, type Keeper } from "../lib/pins.ts";
import { createSignal, type Signal } from "../lib/signal.ts";

function keeperOf(key: string): Keeper {
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

const isInBrowser = typeof document !== "undefined";
const NOWHERE: Keeper = { read: () => null, write: () => undefined };

export const pins = createPins(isInBrowser ? keeperOf(PINS_KEY) : NOWHERE);

const lookKeeper = isInBrowser ? keeperOf(LOOK_KEY) : NOWHERE;

const look = createSignal<TreeLook>(isInBrowser ? firstLook(lookKeeper.read()) : USUAL_LOOK);

/** How the tree looks. */
export const treeLook: Pick<Signal<TreeLook>, "get" | "subscribe"> = look;

export function setLook(next: TreeLook): void {
  look.set(next);
  lookKeeper.write(JSON.stringify(next));
}

/** Where nothing was chosen, a small screen keeps its room for names. */
const WIDE_PX = 1600;

function firstLook(stored: string | null): TreeLook {
  if (stored !== null || window.innerWidth >= WIDE_PX) return parseLook(stored);
  const columns = USUAL_LOOK.columns.filter((key) => key !== "rate" && key !== "retained");
  return { ...USUAL_LOOK, columns };
}
