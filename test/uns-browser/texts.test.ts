/** The dictionaries of the page: whole, translated, and the only place with words. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { LANGUAGE_KEY, LANGUAGE_SCRIPT, languageOf, TAGS } from "../../uns-browser/lib/language.ts";
import { ADAPTER_DICTIONARIES } from "../../uns-browser/lib/adapter-texts.ts";
import { DIAGNOSTICS_DICTIONARIES } from "../../uns-browser/lib/diagnostics-texts.ts";
import { NODES_DICTIONARIES } from "../../uns-browser/lib/nodes-texts.ts";
import { ONE_METRIC_DICTIONARIES } from "../../uns-browser/lib/one-metric-texts.ts";
import { DICTIONARIES } from "../../uns-browser/lib/texts.ts";

const CHINESE = /\p{Script=Han}/u;
/** Names of products, standards and keys are the same in every language. */
const SAME_EVERYWHERE = new Set([
  "product",
  "noValue",
  "pages.nodes",
  "pages.title",
  "trust.sha256",
  "trust.sha1",
  "diag.times",
  "diagnostics.areas.sparkplug",
  "diagnostics.exportCsv",
  "diagnostics.exportJson",
  "diagnostics.allowFrom",
  "nodes.columns.bdSeq",
  "write.pending",
  "past.change",
  "settings.about.licenceName",
  "filter.notUnderstood",
  "clients.mqtt",
  "clients.qos",
  "audit.number",
  "tools.lenses.sparkplug",
  "tools.lenses.uns",
  "nodeLife.sequence",
  "chart.utc",
  "chart.csv",
  "metric.raw.qos",
  "metric.raw.views.json",
  "metric.raw.seq",
  "metric.raw.timestamp",
  "metric.births.death",
  "metric.births.bdSeq",
  "metric.consumers.columns.qos",
  "adapters.answersIn",
  "adapters.answerMs",
]);
const COMPONENTS = join(import.meta.dirname, "../../uns-browser/components");

/** Every sentence of a dictionary with the way to it, `live.paused`; gaps are filled with figures, several of each. */
function sentences(part: unknown, at = ""): [string, string][] {
  if (typeof part === "string") return [[at, part]];
  if (typeof part === "function") return [[at, String(Reflect.apply(part, null, [3, 4, 5, 6]))]];
  return Object.entries(part ?? {}).flatMap(([key, value]) =>
    sentences(value, at === "" ? key : `${at}.${key}`),
  );
}

/** The language that the script in the head writes on the page. */
function shownBy(stored: string | null, browser: string): string {
  const document = { documentElement: { lang: "" } };
  const localStorage = { getItem: (key: string) => (key === LANGUAGE_KEY ? stored : null) };
  runInNewContext(LANGUAGE_SCRIPT, { document, localStorage, navigator: { language: browser } });
  return document.documentElement.lang;
}

describe("the dictionaries", () => {
  const parts = [
    ["", DICTIONARIES],
    ["adapters", ADAPTER_DICTIONARIES],
    ["diagnostics", DIAGNOSTICS_DICTIONARIES],
    ["oneMetric", ONE_METRIC_DICTIONARIES],
    ["nodesPage", NODES_DICTIONARIES],
  ] as const;
  const english = parts.flatMap(([at, { en }]) => sentences(en, at));
  const chinese = new Map(parts.flatMap(([at, { zh }]) => sentences(zh, at)));

  it("have the same sentences", () => {
    assert.deepEqual([...chinese.keys()].toSorted(), english.map(([at]) => at).toSorted());
  });

  it("leave nothing in English but names, and keep every gap", () => {
    for (const [at, said] of english) {
      if (at === "otherLanguage") continue; // each names the other
      const theirs = chinese.get(at) ?? "";
      const isName =
        SAME_EVERYWHERE.has(at) ||
        at.startsWith("oneMetric.marks.") ||
        /^(?:keys\.list|filter\.examples|adapters\.cells\.help)\.\d+\.0$/.test(at);
      if (isName) assert.equal(theirs, said, at);
      else assert.match(theirs, CHINESE, at);
      assert.deepEqual(gaps(theirs), gaps(said), at);
    }
  });
});

/** Which of the figures given to a sentence stand in it. */
function gaps(said: string): string[] {
  return ["3", "4", "5", "6"].filter((figure) => new RegExp(`(?<!\\d)${figure}(?!\\d)`).test(said));
}

describe("the language", () => {
  for (const tag of ["zh", "zh-CN", "ZH-Hans", "en", "en-GB", "de-AT", "zha", ""]) {
    it(`of ${tag === "" ? "nothing" : tag} is told alike by the script in the head and by the page`, () => {
      assert.equal(shownBy(null, tag), TAGS[languageOf(tag)]);
      assert.equal(shownBy(tag === "" ? null : tag, "en"), TAGS[languageOf(tag)]);
    });
  }

  it("is the browser's when storage is refused", () => {
    const document = { documentElement: { lang: "" } };
    runInNewContext(LANGUAGE_SCRIPT, { document, navigator: { language: "zh-CN" } });
    assert.equal(document.documentElement.lang, "zh-CN");
  });
});

describe("the components", () => {
  for (const file of readdirSync(COMPONENTS).filter((name) => name.endsWith(".tsx"))) {
    it(`have no words of their own in ${file}`, () => {
      const source = readFileSync(join(COMPONENTS, file), "utf8").replaceAll(
        /\/\*[^]*?\*\/|\/\/.*/g,
        "",
      );
      const between = source.matchAll(/>\s*([^<>{}=;()]*\p{L}{2}[^<>{}=;()]*)\s*<\//gu);
      const attributes = source.matchAll(
        /\b(?:aria-label|title|placeholder|alt)="([^"]*\p{L}{2}[^"]*)"/gu,
      );
      assert.deepEqual(
        [...between, ...attributes].map(([, words]) => words?.trim()),
        [],
      );
    });
  }
});
