/** Rows of a table of tags by their places, whether they are on screen or not: for what is done to many at once. */
import { sentenceOf, type SendLike } from "./hub-request.ts";
import { asking } from "./poll.ts";
import { added, type Draft } from "./tag-draft.ts";
import { rowAt, type TagRow } from "./tag-rows.ts";
import { parseTags, tagsUrl, type Tag } from "./tags.ts";
import { texts } from "./texts.ts";

export interface TagPlaces {
  readonly adapter: string;
  readonly device: string;
  readonly text: string;
  readonly notGood: boolean;
}

/** What the hub gives at once. */
const MOST_TAGS = 5000;

/** All rows from `first` up to `end`, as far as there are. A text: they are not known, and why. */
export async function readRows(
  send: SendLike,
  { adapter, ...filter }: TagPlaces,
  { draft, first, end }: { readonly draft: Draft; readonly first: number; readonly end: number },
): Promise<readonly TagRow[] | string> {
  const young = added(draft).length;
  const from = Math.max(0, first - young);
  const tags: Tag[] = [];
  let total = Infinity;
  let now = Number.NaN;
  for (let at = from; at < Math.min(end - young, total); at += MOST_TAGS) {
    const limit = Math.min(MOST_TAGS, end - young - at);
    const url = tagsUrl(adapter, { ...filter, from: at, limit });
    const page = await asking(url, parseTags)(send);
    if (page.kind !== "done") return sentenceOf(page);
    if (page.value === null) return texts.notUnderstood;
    ({ total, now } = page.value);
    tags.push(...page.value.tags);
  }
  const state = { kind: "ready", total, from, tags, isOld: false, now } as const;
  const last = Math.min(end, young + from + tags.length);
  return Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at).flatMap(
    (place) => rowAt(state, draft, place) ?? [],
  );
}
