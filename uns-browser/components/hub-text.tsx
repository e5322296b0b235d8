"use client";
import { asSentence } from "../lib/hub-request.ts";
import { inOurLanguage, isForeign } from "../lib/hub-words.ts";
import { visibleText } from "../lib/visible.ts";

/** What the hub has said, in the language of the page; what is not known in it says that it is in another one. */
export function HubText({
  text,
  isSentence = false,
}: {
  readonly text: string;
  /** With a capital and a full stop. */
  readonly isSentence?: boolean;
}) {
  const said = visibleText(isSentence ? asSentence(text) : inOurLanguage(text)).text;
  return isForeign(said) ? <span lang="en">{said}</span> : said;
}
