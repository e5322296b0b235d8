"use client";
import { useEffect } from "react";
import { texts } from "../lib/texts.ts";
import type { ThemeChoice } from "../lib/theme.ts";
import { Icon, type IconName } from "./icons.tsx";
import { chooseNextTheme, followTheme, themeChoice } from "./theme-choice.ts";
import { useSignal } from "./use-signal.ts";

const ICONS: Readonly<Record<ThemeChoice, IconName>> = {
  light: "sun",
  dark: "moon",
  system: "monitor",
};

/** Light, dark, as the system: each press goes one further. */
export function ThemeButton() {
  const choice = useSignal(themeChoice);
  useEffect(followTheme, []);
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={texts.theme[choice]}
      onClick={chooseNextTheme}
    >
      <Icon name={ICONS[choice]} />
    </button>
  );
}
