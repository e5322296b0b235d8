/**
 * A node by the names on the way to it: `/Objects/2:Line1/Motor`. A name is `Name` (the standard's own namespace),
 * `2:Name` (index) or `nsu=<namespace uri>;Name`; `&` before `/`, `:` or `&` takes it as it is.
 */
import type { NodeNamespace } from "../node-id.ts";

/** One step of the way. */
export interface PathStep {
  readonly namespace: NodeNamespace;
  readonly name: string;
}

/** The way from the root of the address space. */
export interface BrowsePath {
  readonly path: readonly PathStep[];
}

/** Deeper is no plant, but a mistake. */
const MOST_STEPS = 100;

/** The path in `text`, or what is wrong with it, as a sentence. */
export function parseBrowsePath(
  text: string,
): { readonly path: BrowsePath } | { readonly fault: string } {
  const path: PathStep[] = [];
  let at = 0;
  while (at < text.length) {
    const step = stepAt(text, at);
    if ("fault" in step) return step;
    path.push(step.step);
    at = step.end;
  }
  if (path.length === 0) return { fault: `"${text}" names no node; write e.g. /Objects/2:Line1` };
  if (path.length > MOST_STEPS) return { fault: `has more than ${MOST_STEPS} steps` };
  return { path: { path } };
}

/** The path as it is written; `parseBrowsePath` reads it as the same. */
export function browsePathText({ path }: BrowsePath): string {
  return path.map(({ namespace, name }) => `/${qualifier(namespace)}${escaped(name)}`).join("");
}

const STEP = /\/(?:nsu=(?<uri>[^;]+);|(?<index>\d{1,5}):)?(?<name>(?:&[\s\S]|[^/&])+)/y;

function stepAt(
  text: string,
  at: number,
): { readonly step: PathStep; readonly end: number } | { readonly fault: string } {
  STEP.lastIndex = at;
  const found = STEP.exec(text);
  const { uri, index, name } = found?.groups ?? {};
  if (found === null || name === undefined) {
    const rest = text.slice(at, at + 40);
    return { fault: `"${rest}" is no step of a path; a path is e.g. /Objects/2:Line1/Motor` };
  }
  const namespace = uri === undefined ? { index: Number(index ?? 0) } : { uri };
  return {
    step: { namespace, name: name.replaceAll(/&([\s\S])/g, "$1") },
    end: STEP.lastIndex,
  };
}

function qualifier(namespace: NodeNamespace): string {
  if ("uri" in namespace) return `nsu=${namespace.uri};`;
  return namespace.index === 0 ? "" : `${namespace.index}:`;
}

function escaped(name: string): string {
  const plain = name.replaceAll(/[&/]/g, "&$&");
  // What would be read as a namespace is none.
  return /^(?:\d{1,5}:|nsu=)/.test(plain) ? `&${plain}` : plain;
}
