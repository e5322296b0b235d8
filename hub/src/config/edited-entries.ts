/** The text of a configuration with an entry of `adapters:` more, less, or otherwise; everything else stays as it stands. */
import { isMap, isScalar, isSeq, parseDocument, type Document, type YAMLSeq } from "yaml";
import { changedNode } from "./changed-node.ts";
import { EditFault, editedText, refuseUneditable } from "./edited-value.ts";

/** Behind all others: `index` is its place. @throws {EditFault} where that cannot be written to. */
export function withEntry(
  text: string,
  entry: Readonly<Record<string, unknown>>,
): { readonly text: string; readonly index: number } {
  const document = editable(text);
  const list = listIn(document);
  const index = list?.items.length ?? 0;
  if (list === undefined) document.set("adapters", document.createNode([entry]));
  else {
    list.flow = false;
    list.add(document.createNode(entry));
  }
  return { text: editedText(document, text), index };
}

/** @throws {EditFault} where the place cannot be written to, or there is no such entry. */
export function withoutEntry(text: string, name: string): string {
  const document = editable(text);
  const { list, index } = entryIn(document, name);
  list.delete(index);
  list.flow = list.items.length === 0;
  return editedText(document, text);
}

/**
 * With another entry in the place of the one that is called `name`: what is the same in both stands as it was written, with
 * its comments and in its order. @throws {EditFault} as `withoutEntry`
 */
export function withChangedEntry(
  text: string,
  name: string,
  entry: Readonly<Record<string, unknown>>,
): { readonly text: string; readonly index: number } {
  const document = editable(text);
  const { list, index } = entryIn(document, name);
  list.set(index, changedNode(document, list.items[index], entry));
  return { text: editedText(document, text), index };
}

function entryIn(
  document: Document,
  name: string,
): { readonly list: YAMLSeq; readonly index: number } {
  const list = listIn(document);
  const index = list?.items.findIndex((item) => isMap(item) && item.get("name") === name) ?? -1;
  if (list === undefined || index < 0) throw new EditFault(`it has no adapter "${name}"`);
  return { list, index };
}

function editable(text: string): Document {
  const document = parseDocument(text);
  refuseUneditable(document, []);
  return document;
}

/** `undefined`: there is none yet. */
function listIn(document: Document): YAMLSeq | undefined {
  const list: unknown = document.get("adapters", true);
  if (isSeq(list)) return list;
  if (list === undefined || (isScalar(list) && list.value === null)) return undefined;
  throw new EditFault("adapters is no list of its own");
}
