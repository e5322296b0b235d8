/**
 * Paths of the namespace and the address bar. A path is its parts, each through `encodeURIComponent`, joined by `/`:
 * slashes inside a name become `%2F`, empty parts survive as `//`. In the address bar the path stands as it is after
 * `p=`, so that it stays readable; therefore the query string is read here and not by `URLSearchParams`.
 */
import { visibleText } from "./visible.ts";

export function encodePath(parts: readonly string[]): string {
  return parts.map(encodePart).join("/");
}

export function decodePath(path: string): readonly string[] {
  return path.split("/").map(decodePart);
}

/**
 * For reading, not for copying: `温度` instead of `%E6%B8%A9%E5%BA%A6`, but never a slash that is part of a name, and
 * nothing invisible.
 */
export function readablePath(path: string): string {
  return path.split("/").map(readablePart).join("/");
}

function readablePart(part: string): string {
  const name = decodePart(part);
  return /[/%]/.test(name) ? part : visibleText(name).text;
}

/** The path one part further down; the top has the path `null`. */
export function joinPath(parent: string | null, name: string): string {
  return parent === null ? encodePart(name) : `${parent}/${encodePart(name)}`;
}

/** `encodeURIComponent` refuses half a surrogate pair; such a name is shown with U+FFFD instead. */
function encodePart(part: string): string {
  return encodeURIComponent(part.toWellFormed());
}

/** A part that is not well encoded (typed by hand, `100%`) is taken as it stands. */
function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** How the plant is cut. */
export type Lens = (typeof LENS_NAMES)[number];

export const LENS_NAMES = ["sparkplug", "uns", "topic"] as const;

const OWN: ReadonlySet<string> = new Set(["p", "f", "lens", "at", "since"]);

/** The parts of the address bar that the Namespace page owns. */
export interface PageAddress {
  /** Encoded path of the selected row. */
  readonly path: string | null;
  readonly filter: string;
  readonly lens: Lens;
  /** The instant that is shown, and the one that is compared with: milliseconds since 1970 UTC; `null`: now, and none. */
  readonly at: number | null;
  readonly since: number | null;
}

/** The plant as it is now. */
export const NO_ADDRESS: PageAddress = {
  path: null,
  filter: "",
  lens: "sparkplug",
  at: null,
  since: null,
};

/** @param search with or without its leading `?` */
export function readAddress(search: string): PageAddress {
  const given = new Map(pairsOf(search));
  const path = given.get("p") ?? "";
  return {
    path: path === "" ? null : encodePath(decodePath(path)),
    filter: decodePart((given.get("f") ?? "").replaceAll("+", " ")),
    lens: LENS_NAMES.find((lens) => lens === given.get("lens")) ?? "sparkplug",
    at: readMoment(given.get("at")),
    since: readMoment(given.get("since")),
  };
}

/** As RFC 3339; what is none is left out. */
function readMoment(raw: string | undefined): number | null {
  const ms = Date.parse(decodePart(raw ?? ""));
  return Number.isNaN(ms) ? null : ms;
}

function momentText(ms: number): string {
  return new Date(ms).toISOString();
}

/** `search` with the address written into it; parameters of others stay, in their order. */
export function writeAddress(search: string, address: PageAddress): string {
  const others = pairsOf(search).filter(([key]) => !OWN.has(key));
  const parts = others.map(([key, raw]) => (raw === "" ? key : `${key}=${raw}`));
  if (address.path !== null) parts.push(`p=${address.path}`);
  if (address.lens !== "sparkplug") parts.push(`lens=${address.lens}`);
  if (address.filter !== "") parts.push(`f=${encodeURIComponent(address.filter.toWellFormed())}`);
  if (address.at !== null) parts.push(`at=${momentText(address.at)}`);
  if (address.since !== null) parts.push(`since=${momentText(address.since)}`);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

export function pairsOf(search: string): readonly (readonly [key: string, raw: string])[] {
  const text = search.startsWith("?") ? search.slice(1) : search;
  if (text === "") return [];
  return text.split("&").map((pair) => {
    const at = pair.indexOf("=");
    return at < 0 ? ([pair, ""] as const) : ([pair.slice(0, at), pair.slice(at + 1)] as const);
  });
}
