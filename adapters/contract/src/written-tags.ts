/** Tags as they stand written, for those who show and change them: in the words of the protocol, nothing checked. */

/** One tag. */
export interface WrittenTag {
  readonly name: string;
  /** As written: `{ name, at, type, … }`. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Where the value lives in its device in one form, whatever was written: `hr:100` for `400101`. */
  readonly address?: string;
  readonly from: "entry" | "table" | "template";
  /** Which item of the list at `WrittenTags.path` it is; `undefined`: it stands in a file. */
  readonly index: number | undefined;
  /** The file and where in it, for people: `tags.csv:12`; `undefined`: it stands in the entry. */
  readonly where: string | undefined;
}

/** The tags of one device. */
export interface WrittenTags {
  readonly deviceId: string;
  /** Where the entry keeps the list of its own tags: `["devices", 0, "tags"]`. There may be no list yet. */
  readonly path: readonly (string | number)[];
  /** The groups that a tag of it may name. */
  readonly groups: readonly string[];
  /** How often each of them is read, as written: `100ms`; those without an interval are not in it. */
  readonly intervals: ReadonlyMap<string, string>;
  readonly tags: readonly WrittenTag[];
}

/** The intervals of `groups:` of an entry or a device, whatever stands there. */
export function intervalsIn(groups: unknown): ReadonlyMap<string, string> {
  if (typeof groups !== "object" || groups === null) return new Map();
  return new Map(
    Object.entries(groups).flatMap(([name, group]: [string, unknown]) => {
      if (typeof group !== "object" || group === null || !("interval" in group)) return [];
      return typeof group.interval === "string" ? [[name, group.interval] as const] : [];
    }),
  );
}
