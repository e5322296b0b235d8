/** What a file of another program says of tags, in our words. */
import type { GENERAL_BYTE_ORDERS } from "../types/byte-order.ts";
import type { TableProblem, TagFields } from "@unshub/adapter/table";

/** One tag of the other program. */
export interface ImportedTag {
  /** Where it stands in the file. */
  readonly line: number;
  /** The unit it belongs to, where the file says so. */
  readonly unit?: number;
  readonly fields: TagFields;
}

/** A whole file. */
export interface Imported {
  readonly tags: readonly ImportedTag[];
  /** How often each group is read, as a duration; only what the file says. */
  readonly groups: ReadonlyMap<string, string>;
  /** Columns and settings that have no counterpart here; nothing is left out without a word. */
  readonly ignored: readonly string[];
  /** Tags that are not among `tags`, and why. */
  readonly problems: readonly TableProblem[];
}

/** What the file itself does not say. */
export interface ImportOptions {
  /** Of values in more than one register. Left out: the other program's default. */
  readonly byteOrder?: WordOrder;
  /** Ignition only: the device setting of that name; its default is one-based. */
  readonly zeroBased?: boolean;
}

/** How the words and bytes of a number follow each other; it fits every size. */
export type WordOrder = (typeof GENERAL_BYTE_ORDERS)[number];

/** How a type of the other program is called here, and how many registers it takes. */
export interface TypeName {
  readonly type: string;
  readonly registers: 1 | 2 | 4;
}

/** Numbers by their short names; other programs name them differently, but these are all there are. */
export const NUMBERS = {
  int16: { type: "int16", registers: 1 },
  uint16: { type: "uint16", registers: 1 },
  int32: { type: "int32", registers: 2 },
  uint32: { type: "uint32", registers: 2 },
  int64: { type: "int64", registers: 4 },
  uint64: { type: "uint64", registers: 4 },
  float32: { type: "float32", registers: 2 },
  float64: { type: "float64", registers: 4 },
  bcd16: { type: "bcd16", registers: 1 },
  bcd32: { type: "bcd32", registers: 2 },
} as const satisfies Readonly<Record<string, TypeName>>;

/** The key `byteOrder` of a tag; nothing for one register. */
export function orderOf({ registers }: TypeName, order: WordOrder): { byteOrder?: WordOrder } {
  return registers === 1 ? {} : { byteOrder: order };
}

/** Fields without those that are `undefined`. */
export function defined(fields: Readonly<Record<string, unknown>>): TagFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Collects tags, problems and groups while a file is read. */
export class ImportBuilder {
  readonly #tags: ImportedTag[] = [];
  readonly #groups = new Map<string, string>();
  readonly #ignored = new Set<string>();
  readonly #problems: TableProblem[];

  constructor(problems: readonly TableProblem[] = []) {
    this.#problems = [...problems];
  }

  tag(tag: ImportedTag): void {
    this.#tags.push(tag);
  }

  group(name: string, interval: string): void {
    this.#groups.set(name, interval);
  }

  ignore(what: string): void {
    this.#ignored.add(what);
  }

  problem(line: number, message: string, column?: string): void {
    this.#problems.push({ line, message, ...(column !== undefined && { column }) });
  }

  done(): Imported {
    return {
      tags: this.#tags,
      groups: this.#groups,
      ignored: [...this.#ignored],
      problems: this.#problems,
    };
  }
}
