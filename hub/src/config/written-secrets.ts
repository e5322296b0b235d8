/**
 * Secrets that stand in the text of a configuration itself, for whoever is shown that text: each gives way to a mark, and a
 * text that comes back with marks gets what stood in the same places. References (`${env:…}`, `${file:…}`) are no secrets.
 */
import { KEPT_SECRET } from "@unshub/adapter";
import { isPerhapsAnother } from "./renamed-entries.ts";
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type Node,
  type Scalar,
  type YAMLSeq,
} from "yaml";

/** The keys whose values are secrets, wherever they stand; a test holds them against the schemas. */
const SECRET_KEYS: ReadonlySet<unknown> = new Set(["password", "token"]);
const MAY_HAVE_SECRETS = /password|token/;
const REFERENCE = /^\$\{(?:env|file):/;
/** Where a text is so broken that no places are known in it. */
const SECRET_LINES = /((?:password|token)["']?[ \t]*:[ \t]*)\S[^\r\n]*/g;

/** Keys, and places in lists, from the top. */
type Place = readonly (string | Listed)[];

/** One of a list: by its name, where it has one. */
interface Listed {
  readonly index: number;
  readonly names: readonly (string | undefined)[];
  /** All of the list, without secrets. */
  readonly contents: () => readonly unknown[];
}

/** A scalar where it stands, or where an alias of it does. */
interface Standing {
  readonly place: Place;
  readonly node: Scalar;
}

interface WrittenSecret extends Standing {
  readonly range: readonly [start: number, end: number];
}

const MARK = JSON.stringify(KEPT_SECRET);

/** With a mark in the place of each secret. */
export function withoutSecrets(text: string): string {
  if (!MAY_HAVE_SECRETS.test(text)) return text;
  const document = parseDocument(text);
  const secrets = secretsIn(document).filter(({ node }) => node.value !== KEPT_SECRET);
  const shown = replaced(text, secrets, () => MARK);
  if (document.errors.length === 0) return shown;
  return shown.replaceAll(SECRET_LINES, (_line, key: string) => `${key}${MARK}`);
}

/** A value as it was written, with marks likewise. */
export function valueWithoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(valueWithoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]: [string, unknown]) => [
      key,
      SECRET_KEYS.has(key) && isSecret(one) ? KEPT_SECRET : valueWithoutSecrets(one),
    ]),
  );
}

/**
 * With what stands in `before` in the place of each mark; a mark for which nothing stands there stays. So does one of which
 * there is an alias where the secret has not been: that would tell it in a name; and one in an entry that may be another one
 * which was given this name.
 */
export function withSecretsOf(text: string, before: string): string {
  if (!text.includes(KEPT_SECRET)) return text;
  const [document, known] = [parseDocument(text), parseDocument(before)];
  if (document.errors.length > 0 || known.errors.length > 0) return text;
  const marks = scalarsIn(document).filter(({ node }) => node.value === KEPT_SECRET);
  const found = marks.flatMap((mark) => {
    const everywhere = marks.filter(({ node }) => node === mark.node);
    const [value, ...others] = everywhere.map(({ place }) => valueAt(known, place));
    const isKept = isSecret(value) && others.every((other) => other === value);
    return secretAt(mark).flatMap((secret) => (isKept ? [{ ...secret, value }] : []));
  });
  return replaced(text, found, ({ value }) => JSON.stringify(value));
}

/** Where marks stand in the place of secrets: `adapters[press].identity.password`; none where the text is broken. */
export function marksIn(text: string): readonly string[] {
  if (!text.includes(KEPT_SECRET)) return [];
  const document = parseDocument(text);
  if (document.errors.length > 0) return [];
  return secretsIn(document).flatMap(({ node, place }) =>
    node.value === KEPT_SECRET ? [place.map(stepText).join("").replace(/^\./, "")] : [],
  );
}

function stepText(step: Place[number]): string {
  if (typeof step === "string") return `.${step}`;
  return `[${step.names[step.index] ?? step.index}]`;
}

function isSecret(value: unknown): value is string | number {
  if (typeof value === "number") return true;
  return typeof value === "string" && value !== "" && !REFERENCE.test(value);
}

/** From the end on, so that the places before stay where they are. */
function replaced<Secret extends WrittenSecret>(
  text: string,
  secrets: readonly Secret[],
  by: (secret: Secret) => string,
): string {
  const places = new Map(secrets.map((secret) => [secret.range[0], secret])); // an alias is its source
  let made = text;
  for (const secret of [...places.values()].toSorted((a, b) => b.range[0] - a.range[0])) {
    const [start, end] = secret.range;
    const lineEnd = /\r?\n$/.exec(text.slice(start, end))?.[0] ?? ""; // of a block of lines
    made = `${made.slice(0, start)}${by(secret)}${lineEnd}${made.slice(end)}`;
  }
  return made;
}

function secretsIn(document: Document): readonly WrittenSecret[] {
  return scalarsIn(document).flatMap(secretAt);
}

function secretAt({ place, node }: Standing): readonly WrittenSecret[] {
  const { range, value } = node;
  if (!SECRET_KEYS.has(place.at(-1)) || !isSecret(value) || !range) return [];
  return [{ place, node, range: [range[0], range[1]] }];
}

/** Each where it stands, and where an alias of it does; in their order, for an alias names what stands before it. */
function scalarsIn(document: Document): readonly Standing[] {
  const found: Standing[] = [];
  const anchors = new Map<string, Node>();
  const walk = (node: unknown, place: Place): void => {
    if (isNode(node) && !isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isSeq(node)) {
      const list = { names: namesIn(node), contents: contentsOf(node, document) };
      for (const [index, item] of node.items.entries()) walk(item, [...place, { index, ...list }]);
    } else if (isMap(node)) {
      for (const { key, value } of node.items) {
        walk(key, [...place, ""]);
        walk(value, [...place, isScalar(key) ? String(key.value) : ""]);
      }
    } else {
      const source = isAlias(node) ? anchors.get(node.source) : node;
      if (isScalar(source)) found.push({ place, node: source });
    }
  };
  walk(document.contents, []);
  return found;
}

/** What stands in lists, for all secrets in them. */
const CONTENTS = new WeakMap<YAMLSeq, readonly unknown[]>();

/** Read once, when it is asked for. */
function contentsOf(list: YAMLSeq, document: Document): Listed["contents"] {
  return () => {
    const contents =
      CONTENTS.get(list) ?? list.items.map((item: unknown) => plainly(item, document));
    CONTENTS.set(list, contents);
    return contents;
  };
}

/** `undefined`: what cannot be put together, as aliases without end; whoever reads the text says so. */
function plainly(item: unknown, document: Document): unknown {
  try {
    return isNode(item) ? valueWithoutSecrets(item.toJS(document)) : item;
  } catch {
    return undefined;
  }
}

function namesIn({ items }: YAMLSeq): Listed["names"] {
  return items.map((item) => {
    const name: unknown = isMap(item) ? item.get("name") : undefined;
    return typeof name === "string" ? name : undefined;
  });
}

function valueAt(document: Document, place: Place): unknown {
  let node: unknown = document.contents;
  for (const step of place) {
    const inside: unknown =
      typeof step === "string" ? keyed(node, step) : listed(node, step, document);
    node = isAlias(inside) ? inside.resolve(document) : inside;
  }
  return isScalar(node) ? node.value : undefined;
}

function keyed(node: unknown, key: string): unknown {
  return isMap(node) ? node.get(key, true) : undefined;
}

/** The one of the same name; one that has another name now, where nothing else has. */
function listed(node: unknown, { index, names, contents }: Listed, document: Document): unknown {
  if (!isSeq(node)) return undefined;
  const before = namesIn(node);
  const name = names[index];
  const same = name === undefined ? -1 : before.indexOf(name);
  if (name !== undefined && same >= 0) {
    const change = { before: contentsOf(node, document)(), after: contents() };
    return isPerhapsAnother(name, change) ? undefined : node.items[same];
  }
  const isRenamed =
    before.length === names.length && before.every((one, at) => at === index || one === names[at]);
  return isRenamed ? node.items[index] : undefined;
}
