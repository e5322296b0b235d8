/** The sentences of the page of edge nodes; apart from `texts.ts`, so that no other page carries them. */
import { languageShown, type Language } from "./language.ts";
import { nodesTextsEn, type NodesTexts } from "./texts-of-nodes.ts";
import { nodesTextsZh } from "./texts-of-nodes-zh.ts";

export const NODES_DICTIONARIES = {
  en: nodesTextsEn,
  zh: nodesTextsZh,
} satisfies Record<Language, NodesTexts>;

export const nodesTexts: NodesTexts = NODES_DICTIONARIES[languageShown()];

type Cause = keyof NodesTexts["causes"];

/** What a cause that the hub names means, and what to do; `null`: one that a newer hub may name. */
export function causeOf(cause: string): NodesTexts["causes"][Cause] | null {
  return isCause(cause) ? nodesTexts.causes[cause] : null;
}

function isCause(cause: string): cause is Cause {
  return Object.hasOwn(nodesTexts.causes, cause);
}
