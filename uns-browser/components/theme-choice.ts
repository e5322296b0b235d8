/** The theme of this browser: what was chosen, remembered, and painted on the page. */
import { createSignal, type Signal } from "../lib/signal.ts";
import { nextTheme, parseTheme, THEME_KEY, type ThemeChoice, themeShown } from "../lib/theme.ts";

const DARK = "(prefers-color-scheme: dark)";

const choice = createSignal<ThemeChoice>("system");

export const themeChoice: Pick<Signal<ThemeChoice>, "get" | "subscribe"> = choice;

/** Reads what was chosen before and follows the system from now on. @returns the function that ends it */
export function followTheme(): () => void {
  const system = matchMedia(DARK);
  choice.set(readStored());
  system.addEventListener("change", paint);
  return () => system.removeEventListener("change", paint);
}

export function chooseNextTheme(): void {
  choice.set(nextTheme(choice.get()));
  try {
    localStorage.setItem(THEME_KEY, choice.get());
  } catch {
    // A browser may refuse storage (private window, policy): the choice then lasts as long as the page.
  }
  paint();
}

function paint(): void {
  document.documentElement.dataset["theme"] = themeShown(choice.get(), matchMedia(DARK).matches);
}

function readStored(): ThemeChoice {
  try {
    return parseTheme(localStorage.getItem(THEME_KEY));
  } catch {
    return choice.get();
  }
}
