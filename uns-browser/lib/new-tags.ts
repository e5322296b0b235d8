/** New tags of a device, each under a name that no tag there has: under the name of another it would take its place. */
import { sentenceOf, type SendLike } from "./hub-request.ts";
import { tagsFor } from "./opcua-tree.ts";
import { asking } from "./poll.ts";
import { tagFor, type RegisterReading } from "./registers.ts";
import type { Signal } from "./signal.ts";
import { withTags, type Draft } from "./tag-draft.ts";
import { repeated, type RepeatWish } from "./tag-repeat.ts";
import { freeName, nameIn } from "./tag-rows.ts";
import { adapterUrl, parseTagKeys, parseTags, tagsUrl, type TagFields } from "./tags.ts";
import { texts } from "./texts.ts";

/** Into which draft they go. */
export interface NewTagsPlace {
  readonly adapter: string;
  readonly device: string;
  readonly draft: Signal<Draft>;
}

/** What the hub gives at once. */
const MOST_TAGS = 5000;

/** Nodes of a server become tags of the draft. How many; a text: none, and why. */
export async function addNodeTags(
  send: SendLike,
  place: NewTagsPlace,
  found: readonly { readonly names: readonly string[]; readonly tag: TagFields }[],
): Promise<number | string> {
  if (found.length === 0) return 0;
  const written = await writtenNames(send, place);
  if (typeof written === "string") return written;
  const tags = tagsFor(found, takenNames(written, place), undefined);
  add(place, tags);
  return tags.length;
}

/** Registers become a tag of the draft, in the first group of the device. A text: it was not made, and why. */
export async function addRegisterTag(
  send: SendLike,
  place: NewTagsPlace,
  reading: RegisterReading,
): Promise<string | null> {
  const keys = await asking(`${adapterUrl(place.adapter)}/tag-keys`, parseTagKeys)(send);
  if (keys.kind !== "done") return sentenceOf(keys);
  if (keys.value === null) return texts.notUnderstood;
  const { devices } = keys.value;
  const written = await writtenNames(send, place);
  if (typeof written === "string") return written;
  const [group] = devices.find(({ device }) => device === place.device)?.groups ?? [];
  const tag = tagFor(reading, group);
  add(place, [{ ...tag, name: freeName(nameIn(tag), takenNames(written, place)) }]);
  return null;
}

/** Tags made again for other machines become tags of the draft. How many; a text: none, and why. */
export async function addRepeated(
  send: SendLike,
  place: NewTagsPlace,
  { tags, wish }: { readonly tags: readonly TagFields[]; readonly wish: RepeatWish },
): Promise<number | string> {
  const written = await writtenNames(send, place);
  if (typeof written === "string") return written;
  const made = repeated(tags, wish, takenNames(written, place));
  add(place, made);
  return made.length;
}

function add({ draft }: NewTagsPlace, tags: readonly TagFields[]): void {
  draft.set(
    withTags(
      draft.get(),
      tags.map((fields) => ({ key: null, fields })),
    ),
  );
}

/** Those that are written, and those that are wanted. */
function takenNames(written: ReadonlySet<string>, { draft }: NewTagsPlace): ReadonlySet<string> {
  const wanted = [...draft.get().puts.values()].map(({ fields }) => nameIn(fields));
  return new Set([...written, ...wanted]);
}

/** Of all tags of the device; a text: they are not known, and why. */
async function writtenNames(
  send: SendLike,
  { adapter, device }: NewTagsPlace,
): Promise<ReadonlySet<string> | string> {
  const names = new Set<string>();
  for (let from = 0, total = 1; from < total; from += MOST_TAGS) {
    const question = { device, text: "", notGood: false, from, limit: MOST_TAGS };
    const page = await asking(tagsUrl(adapter, question), parseTags)(send);
    if (page.kind !== "done") return sentenceOf(page);
    if (page.value === null) return texts.notUnderstood;
    for (const { name } of page.value.tags) names.add(name);
    ({ total } = page.value);
  }
  return names;
}
