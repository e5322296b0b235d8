/**
 * Names as levels of a path that is a legal MQTT topic. What a topic cannot have stands as `%XX`, so that no two names
 * become the same level, and every level can be read back.
 */

/** What stands first in paths that no rule gave: edge nodes themselves, and devices without a place of their own. */
export const SPARKPLUG_TOP = "spBv1.0";
export const UNPLACED_TOP = "unplaced";
/** First levels that are never given to the plant. */
const RESERVED_TOPS: ReadonlySet<string> = new Set([SPARKPLUG_TOP, UNPLACED_TOP]);

/** Whether any level of a name must be written otherwise. */
const SPECIAL = /[%+#\p{Cc}\uD800-\uDFFF]|(?:^|\/)[\s_]|\s(?:\/|$)/u;
const ALWAYS = /[%+#\p{Cc}]/gu;

/** A group, edge node or device id, or what stands between two `/` of a metric's name. */
export function levelOf(name: string): string {
  if (!SPECIAL.test(name)) return name;
  return name
    .toWellFormed()
    .replaceAll(ALWAYS, escaped)
    .replace(/^\s+/u, escaped)
    .replace(/\s+$/u, escaped)
    .replace(/^_/, escaped);
}

/** A metric's name as the end of a path; `/` goes on to separate levels. */
export function levelsOfName(name: string): string {
  if (!SPECIAL.test(name)) return name;
  return name.split("/").map(levelOf).join("/");
}

/** As `levelOf`, for what stands first: neither `$…`, which clients cannot see, nor a top of the hub's own. */
export function topLevelOf(name: string): string {
  const level = levelOf(name);
  if (level.startsWith("$") || RESERVED_TOPS.has(level)) {
    return escaped(level.slice(0, 1)) + level.slice(1);
  }
  return level;
}

/** What `levelOf` or `topLevelOf` made the level of; `undefined`: of nothing. */
export function nameOf(level: string): string | undefined {
  if (!level.includes("%")) return level;
  try {
    return decodeURIComponent(level);
  } catch {
    return undefined; // broken percent signs; it throws on nothing else
  }
}

/** Why `path` cannot stand before the names of metrics; `undefined` when it can. */
export function placeFault(path: string): string | undefined {
  const levels = path.split("/");
  if (levels.some((level) => level === "")) return "has an empty level";
  const wrong = levels.find((level) => SPECIAL.test(level) && !isWritten(level));
  if (wrong !== undefined) return `cannot have "${wrong}" as a level`;
  const [top = ""] = levels;
  if (top.startsWith("$") || RESERVED_TOPS.has(top)) return `cannot begin with "${top}"`;
  return Buffer.byteLength(path) > MAX_PLACE_BYTES ? "is longer than a topic may be" : undefined;
}

/** A topic has 65 535 bytes at most; the rest is for the names of metrics. */
const MAX_PLACE_BYTES = 32_768;

/** Whether a level has nothing but what `levelOf` writes. */
function isWritten(level: string): boolean {
  const name = nameOf(level);
  return name !== undefined && (levelOf(name) === level || topLevelOf(name) === level);
}

function escaped(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `%${HEX[byte] ?? ""}`).join("");
}

const HEX = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).toUpperCase().padStart(2, "0"),
);
