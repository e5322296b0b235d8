/** Light, dark, or as the system; remembered in this browser. */

export type ThemeChoice = "system" | "light" | "dark";

export const THEME_KEY = "unshub.theme";

const NEXT = { system: "light", light: "dark", dark: "system" } as const satisfies Record<
  ThemeChoice,
  ThemeChoice
>;

export function nextTheme(choice: ThemeChoice): ThemeChoice {
  return NEXT[choice];
}

export function parseTheme(stored: string | null): ThemeChoice {
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function themeShown(choice: ThemeChoice, systemIsDark: boolean): "light" | "dark" {
  if (choice === "system") return systemIsDark ? "dark" : "light";
  return choice;
}

/**
 * Runs inside the page's head before anything is drawn, so that a dark page never flashes white. It says the same as
 * `parseTheme` and `themeShown`; a test holds the two together.
 */
export const THEME_SCRIPT = `(function(){var c=null;try{c=localStorage.getItem("${THEME_KEY}")}catch(e){}\
document.documentElement.dataset.theme=c==="light"||c==="dark"?c:matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light"})()`;
