/** The sentences of the page of one metric; apart from `texts.ts`, so that no other page carries them. */
import { languageShown, type Language } from "./language.ts";
import { oneMetricTextsEn, type OneMetricTexts } from "./texts-of-one-metric.ts";
import { oneMetricTextsZh } from "./texts-of-one-metric-zh.ts";

export const ONE_METRIC_DICTIONARIES = {
  en: oneMetricTextsEn,
  zh: oneMetricTextsZh,
} satisfies Record<Language, OneMetricTexts>;

export const oneMetricTexts: OneMetricTexts = ONE_METRIC_DICTIONARIES[languageShown()];
