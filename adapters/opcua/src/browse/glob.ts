/** Globs over paths: `*` within a name, `?` one character, `**` any number of names. */

/** Which paths a rule wants. */
export class PathFilter {
  readonly #include: readonly RegExp[];
  readonly #exclude: readonly RegExp[];
  readonly #prunes: readonly RegExp[];

  constructor(include: readonly string[], exclude: readonly string[]) {
    this.#include = include.map(globPattern);
    this.#exclude = exclude.map(globPattern);
    // Below what is excluded as a whole nobody need look.
    this.#prunes = exclude
      .filter((glob) => glob.endsWith("/**"))
      .map((glob) => globPattern(glob.slice(0, -3)));
  }

  /** `path`: names joined by slashes. */
  wants(path: string): boolean {
    return matches(this.#include, path) && !matches(this.#exclude, path);
  }

  /** Whether nothing below `path` is wanted. */
  prunes(path: string): boolean {
    return matches(this.#prunes, path);
  }
}

/** The pattern of a whole path. */
function globPattern(glob: string): RegExp {
  const source = glob.replaceAll(/\*\*\/|\/\*\*$|\*\*|\*|\?|[\\^$.|+()[\]{}]/g, (part) => {
    switch (part) {
      case "**/":
        return "(?:[^/]+/)*";
      case "/**":
        return "/.+";
      case "**":
        return ".*";
      case "*":
        return "[^/]*";
      case "?":
        return "[^/]";
      default:
        return `\\${part}`;
    }
  });
  return new RegExp(`^${source}$`, "su");
}

function matches(patterns: readonly RegExp[], path: string): boolean {
  return patterns.some((pattern) => pattern.test(path));
}
