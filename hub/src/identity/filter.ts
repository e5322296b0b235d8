/** Topic filters against topics and against each other. Filters are legal MQTT filters, `$share/…/` cut off. */

/** Whether `filter` matches `topic`; a leading wildcard does not match `$…`. [MQTT5-4.7.2-1] */
export function matches(filter: string, topic: string): boolean {
  return covers(filter, topic);
}

/**
 * Whether everything that `inner` can match is matched by `outer`. "Some of it" is not enough: `#` is not allowed
 * because a part of it is.
 */
export function covers(outer: string, inner: string): boolean {
  const wide = outer.split("/");
  const narrow = inner.split("/");
  if (isWild(wide[0]) && narrow[0]?.startsWith("$") === true) return false;
  for (const [depth, level] of wide.entries()) {
    if (level === "#") return true;
    const other = narrow[depth];
    // `#` also stands for the level above it: `a/#` matches `a`, so `a` alone does not cover it.
    if (other === undefined || other === "#") return false;
    if (level !== "+" && level !== other) return false;
  }
  return endsTogether(wide.length, narrow);
}

/** `a/#` may also be covered by `a` and what is below it, which no single filter without `#` does. */
function endsTogether(levels: number, narrow: readonly string[]): boolean {
  return narrow.length === levels;
}

function isWild(level: string | undefined): boolean {
  return level === "+" || level === "#";
}

/** Why `text` is no topic filter; `undefined` when it is one. */
export function filterFault(text: string): string | undefined {
  const levels = text.split("/");
  if (text === "") return "is empty";
  if (text.includes("\0")) return "contains U+0000";
  const at = levels.findIndex((level) => level.includes("#"));
  if (at >= 0 && (levels[at] !== "#" || at !== levels.length - 1)) {
    return "has a # that is not the whole last level";
  }
  const plus = levels.some((level) => level.includes("+") && level !== "+");
  return plus ? "has a + that is not a whole level" : undefined;
}
