/** The sentences of the page of adapters; apart from `texts.ts`, so that no other page carries them. */
import { languageShown, type Language } from "./language.ts";
import { adapterTextsEn, type AdapterTexts } from "./texts-of-adapters.ts";
import { adapterTextsZh } from "./texts-of-adapters-zh.ts";

export const ADAPTER_DICTIONARIES = {
  en: adapterTextsEn,
  zh: adapterTextsZh,
} satisfies Record<Language, AdapterTexts>;

export const adapterTexts: AdapterTexts = ADAPTER_DICTIONARIES[languageShown()];
