/** The text of a configuration with other items in a list of one adapter's entry; everything else stays as it stands. */
import { isMap, isSeq, parseDocument, type Document, type Node, type YAMLSeq } from "yaml";
import { withOtherKeys } from "./edited-item.ts";
import { editedText } from "./edited-value.ts";

export interface ListEdit {
  /** The name of the entry of `adapters:`. */
  readonly adapter: string;
  /** Where in the entry the list stands, or shall stand. */
  readonly path: readonly (string | number)[];
  /** By index, as the text has them now. */
  readonly replaced: ReadonlyMap<number, unknown>;
  readonly removed: ReadonlySet<number>;
  readonly added: readonly unknown[];
}

/**
 * `undefined`: the place cannot be edited, because it is no list of its own but an alias of another.
 * @throws {EditFault} when an alias names what is no longer there.
 */
export function withEditedList(text: string, edit: ListEdit): string | undefined {
  const document = parseDocument(text);
  const at = entryIndex(document, edit.adapter);
  if (at < 0) return undefined;
  const path = ["adapters", at, ...edit.path];
  if (!document.hasIn(path)) {
    if (!document.hasIn(path.slice(0, -1))) return undefined;
    document.setIn(path, document.createNode(edit.added));
    return editedText(document, text);
  }
  const list: unknown = document.getIn(path, true);
  if (!isSeq(list)) return undefined;
  change(document, list, edit);
  return editedText(document, text);
}

/** New items are written as the first one is: in one line, or in several. */
function change(document: Document, list: YAMLSeq, { replaced, removed, added }: ListEdit): void {
  const [first] = list.items;
  const flow = isMap(first) ? first.flow === true : true;
  const written = (value: unknown): Node => document.createNode(value, { flow });
  list.items = [
    ...list.items.flatMap((item, index) => {
      if (removed.has(index)) return [];
      if (!replaced.has(index)) return [item];
      const value = replaced.get(index);
      return [withOtherKeys(document, item, value) ?? written(value)];
    }),
    ...added.map(written),
  ];
  list.flow = list.flow === true && list.items.length === 0;
}

function entryIndex(document: Document, name: string): number {
  const entries: unknown = document.get("adapters", true);
  if (!isSeq(entries)) return -1;
  return entries.items.findIndex((entry) => isMap(entry) && entry.get("name") === name);
}
