"use client";
import { LANGUAGE_KEY, languageShown, TAGS } from "../lib/language.ts";
import { texts } from "../lib/texts.ts";
import { Icon } from "./icons.tsx";

/** Leads to the other language, named in that language; the page is loaded again. */
export function LanguageSwitch() {
  const other = languageShown() === "en" ? "zh" : "en";
  return (
    <button
      type="button"
      className="menu-item w-auto"
      lang={TAGS[other]}
      onClick={() => choose(TAGS[other])}
    >
      <Icon name="globe" />
      {texts.otherLanguage}
    </button>
  );
}

function choose(tag: string): void {
  try {
    localStorage.setItem(LANGUAGE_KEY, tag);
  } catch {
    return; // a browser that stores nothing would forget the choice while it loads the page
  }
  location.reload();
}
