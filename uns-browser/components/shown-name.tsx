import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";

/** A name from the plant, everything in it visible; an empty one says so. */
export function ShownName({ name }: { readonly name: string }) {
  const { text, isEmpty } = visibleText(name);
  return isEmpty ? <EmptyName /> : text;
}

/** Stands where a name has no characters; muted and italic, so that a metric called "(empty)" looks different. */
export function EmptyName() {
  return <span className="font-normal text-mute italic">{texts.emptyName}</span>;
}
