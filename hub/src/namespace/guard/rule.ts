/** What a rule of the guard is, and the occasions on which a client can keep or break one. */
import type { RuleCode, RuleLevel } from "../../config/index.ts";

/**
 * What a client did when a rule was looked at: the packet or message, or a part of it. `any`: whatever it sent.
 * Statements of the standard are filed under them, so that a finding cites only those that speak of what happened.
 */
export const OCCASIONS = [
  "any",
  "edge CONNECT",
  "host CONNECT",
  "NBIRTH",
  "DBIRTH",
  "NDATA",
  "DDATA",
  "NDEATH",
  "DDEATH",
  "NCMD",
  "DCMD",
  "STATE online",
  "STATE offline",
  "edge DISCONNECT",
  "host DISCONNECT",
  "primary host",
  "rebirth",
  "alias",
  "properties",
  "quality",
  "DataSet",
  "template definition",
  "template instance",
  "template parameter",
] as const;

export type Occasion = (typeof OCCASIONS)[number];

/** One line of the catalogue. With `profile: observe` every rule observes; `strict` is its level in that profile. */
export interface Rule {
  /** A few words for lists. */
  readonly title: string;
  /**
   * `warn` where refusing would do more harm than the deviation, where nothing can be refused any more, and where the
   * standard says SHOULD.
   */
  readonly strict: RuleLevel;
  /** MQTT 5. */
  readonly reasonCode: number;
  /** What to do about it. */
  readonly advice: string;
  /** Statements of the standard that it breaks, without `tck-id-`, between blanks. */
  readonly ids: Partial<Readonly<Record<Occasion, string>>>;
}

/** The rules whose codes look like `Pattern`, all of them. */
export type RuleTable<Pattern extends string> = Readonly<Record<Extract<RuleCode, Pattern>, Rule>>;
