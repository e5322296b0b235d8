/** Which sections of a configuration are written otherwise in another text of it, before anything of them is filled in. */
import { isDeepStrictEqual } from "node:util";
import { parseDocument } from "yaml";

/** `undefined`: one of them cannot be read. */
export function sectionsWrittenOtherwise(
  before: string,
  after: string,
): readonly string[] | undefined {
  const [old, young] = [sectionsOf(before), sectionsOf(after)];
  if (old === undefined || young === undefined) return undefined;
  return [...new Set([...old.keys(), ...young.keys()])].filter(
    (section) => !isDeepStrictEqual(old.get(section), young.get(section)),
  );
}

function sectionsOf(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const document = parseDocument(text);
    const content: unknown = document.errors.length > 0 ? undefined : document.toJS();
    return typeof content === "object" && content !== null
      ? new Map(Object.entries(content))
      : undefined;
  } catch {
    return undefined; // what yaml throws for aliases of nothing
  }
}
