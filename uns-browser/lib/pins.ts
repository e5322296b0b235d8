/** Paths that somebody wants to have in view all the time; kept in this browser. */
import { createSignal, type Signal } from "./signal.ts";

export interface Pins {
  /** In the order in which they were pinned. */
  readonly paths: Signal<readonly string[]>;
  has(path: string): boolean;
  toggle(path: string): void;
  add(paths: readonly string[]): void;
}

/** Where a browser keeps words; it may refuse. */
export interface Keeper {
  read(): string | null;
  write(text: string): void;
}

export const PINS_KEY = "unshub.pins";
export const MOST_PINS = 40;

export function createPins(keeper: Keeper): Pins {
  const paths = createSignal<readonly string[]>(parsePins(keeper.read()));
  const set = (next: readonly string[]): void => {
    paths.set(next);
    keeper.write(JSON.stringify(next));
  };
  const has = (path: string): boolean => paths.get().includes(path);
  return {
    paths,
    has,
    toggle: (path) =>
      set(has(path) ? paths.get().filter((one) => one !== path) : cut([...paths.get(), path])),
    add: (more) => set(cut([...new Set([...paths.get(), ...more])])),
  };
}

/** What was pinned longest ago goes first. */
function cut(paths: readonly string[]): readonly string[] {
  return paths.slice(-MOST_PINS);
}

function parsePins(stored: string | null): readonly string[] {
  try {
    const value: unknown = JSON.parse(stored ?? "[]");
    const texts = Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
    return cut(texts);
  } catch {
    return []; // somebody else wrote there
  }
}
