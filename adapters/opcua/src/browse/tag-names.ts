/** What tags found by browsing are called: paths without characters that Sparkplug or MQTT forbid, none twice. */
import { createHash } from "node:crypto";
import { OWN_PREFIXES } from "@unshub/adapter";

/** What a name is made of. */
export interface NameParts {
  /** Names from the root, or from the device, to the node. */
  readonly path: readonly string[];
  /** With `{path}` in it. */
  readonly template: string;
}

/** A name, and what it would be if everything were allowed. */
export interface TagName {
  readonly name: string;
  /** Left out when nothing had to be replaced. */
  readonly original?: string;
}

const LONGEST_BYTES = 255;
/** Wildcards of MQTT, the separator of paths, and what nobody can see. */
const FORBIDDEN = /[/+#]|\p{Cc}/gu;

/** One level of a name. */
export function cleanLevel(text: string): string {
  const clean = text.replaceAll(FORBIDDEN, "_").trim();
  return clean === "" ? "_" : clean;
}

export function nameOf({ path, template }: NameParts): TagName {
  const filled = (levels: readonly string[]): string =>
    template.replaceAll("{path}", () => levels.join("/"));
  const clean = filled(path.map(cleanLevel));
  const name = OWN_PREFIXES.some((prefix) => clean.startsWith(prefix)) ? `_${clean}` : clean;
  const original = filled(path);
  return name === original ? { name } : { name, original };
}

/**
 * Names that differ: whoever shares one gets a suffix made of its node id, which stays the same whatever else is found.
 * `taken`: names that are given already.
 */
export function distinctNames(
  named: readonly { readonly name: TagName; readonly nodeId: string }[],
  taken: ReadonlySet<string>,
): readonly TagName[] {
  const counts = new Map<string, number>();
  for (const { name } of named) counts.set(name.name, (counts.get(name.name) ?? 0) + 1);
  return named.map(({ name, nodeId }) => {
    const isAlone = counts.get(name.name) === 1 && !taken.has(name.name);
    if (isAlone && Buffer.byteLength(name.name) <= LONGEST_BYTES) return name;
    const suffix = `~${createHash("sha256").update(nodeId).digest("hex").slice(0, 6)}`;
    const kept = cut(name.name, LONGEST_BYTES - suffix.length);
    return { name: `${kept}${suffix}`, original: name.original ?? name.name };
  });
}

/** At most so many bytes, whole characters only, no level left empty. */
function cut(name: string, bytes: number): string {
  const decoder = new TextDecoder();
  // A character that is cut in two is decoded as U+FFFD.
  const kept = decoder.decode(Buffer.from(name).subarray(0, bytes)).replace(/\uFFFD+$/, "");
  return kept.replace(/\/$/, "");
}
