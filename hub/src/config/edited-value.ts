/** The text of a configuration with another value in one place; everything else stays as it stands. */
import { isAlias, isMap, parseDocument, visit, type Document } from "yaml";

/** `value` `undefined`: without it. @throws {EditFault} where the place cannot be written to. */
export function withValue(text: string, path: readonly string[], value: unknown): string {
  const document = parseDocument(text);
  refuseUneditable(document, path);
  if (value === undefined) {
    if (!document.hasIn(path)) return text;
    document.deleteIn(path);
    return editedText(document, text);
  }
  for (let depth = 1; depth < path.length; depth += 1) {
    const above = path.slice(0, depth);
    if (!isMap(document.getIn(above))) document.setIn(above, document.createNode({}));
  }
  document.setIn(path, value);
  return editedText(document, text);
}

/** `before`: the text that the document was made from. @throws {EditFault} when an alias names what is no longer there. */
export function editedText(document: Document, before: string): string {
  const named = new Set<string>();
  visit(document, {
    Value: (_key, { anchor }) => {
      if (anchor !== undefined) named.add(anchor);
    },
    Alias: (_key, { source }) => {
      if (!named.has(source)) throw new EditFault("another place is an alias of what stands there");
    },
  });
  return writtenAs(document.toString({ lineWidth: 0 }), before);
}

const MARK = "\uFEFF";

/** With the line ends of `before`, and its byte order mark: a file that was written on Windows stays one. */
export function writtenAs(text: string, before: string): string {
  const lines = before.split("\n").slice(0, -1);
  const isWindows = lines.filter((line) => line.endsWith("\r")).length * 2 > lines.length;
  const mark = before.startsWith(MARK) ? MARK : "";
  return `${mark}${isWindows ? text.replaceAll(/\r?\n/g, "\r\n") : text}`;
}

/** A text that cannot be changed there; the message says why. */
export class EditFault extends Error {
  override readonly name = "EditFault";
}

/** @throws {EditFault} when it cannot be read, or `path` leads through an alias. */
export function refuseUneditable(document: Document, path: readonly string[]): void {
  const [broken] = document.errors;
  if (broken !== undefined) throw new EditFault(placeOnly(broken.message));
  if (document.contents !== null && !isMap(document.contents))
    throw new EditFault("it is no map of sections");
  const alias = path.findIndex((_, at) => isAlias(document.getIn(path.slice(0, at + 1), true)));
  if (alias >= 0)
    throw new EditFault(`${path.slice(0, alias + 1).join(".")} is an alias of another place`);
}

/** Without the lines of the file that follow: these may hold a secret. */
function placeOnly(message: string): string {
  return message.split(":\n", 1)[0] ?? message;
}
