/** The language of the page: what was chosen in this browser, else what the browser asks for. */

export type Language = "en" | "zh";

export const LANGUAGE_KEY = "unshub.language";

/** What `lang` says of each language; Chinese is the Simplified one of the mainland. */
export const TAGS = { en: "en", zh: "zh-CN" } as const satisfies Record<Language, string>;

/** @param asked a language tag (BCP 47) or what was stored; every Chinese is ours, everything else English */
export function languageOf(asked: string | null | undefined): Language {
  return /^zh\b/i.test(asked ?? "") ? "zh" : "en";
}

/** The language that the script below has written on the page; English while the page is built. */
export function languageShown(): Language {
  return typeof document === "undefined" ? "en" : languageOf(document.documentElement.lang);
}

/**
 * Runs inside the page's head before any other script, so that all of them read one language. It says the same as
 * `languageOf`; a test holds the two together.
 */
export const LANGUAGE_SCRIPT = `(function(){var c=null;try{c=localStorage.getItem("${LANGUAGE_KEY}")}catch(e){}\
document.documentElement.lang=/^zh\\b/i.test(c||navigator.language)?"${TAGS.zh}":"${TAGS.en}"})()`;
