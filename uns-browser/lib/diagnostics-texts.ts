/** The sentences of the page of diagnostics; apart from `texts.ts`, so that no other page carries them. */
import { languageShown, type Language } from "./language.ts";
import { diagnosticsTextsEn, type DiagnosticsTexts } from "./texts-of-diagnostics.ts";
import { diagnosticsTextsZh } from "./texts-of-diagnostics-zh.ts";

export const DIAGNOSTICS_DICTIONARIES = {
  en: diagnosticsTextsEn,
  zh: diagnosticsTextsZh,
} satisfies Record<Language, DiagnosticsTexts>;

export const diagnosticsTexts: DiagnosticsTexts = DIAGNOSTICS_DICTIONARIES[languageShown()];
