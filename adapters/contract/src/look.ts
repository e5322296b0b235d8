/**
 * What an engineer asks of a running adapter while he makes tags: what stands in registers, and what a server has
 * (`browse.ts`). Everything here survives the structured clone.
 */
import type { BrowseRequest } from "./browse.ts";

export interface RegistersQuestion {
  readonly kind: "registers";
  readonly deviceId: string;
  /** As in a tag: `hr:100`. */
  readonly at: string;
  readonly count: number;
  /** What a display shows: the ways to read that give it come first. Left out: every way to read the first ones. */
  readonly seen?: number | undefined;
  /** How far off it may be, in the unit of the display. */
  readonly tolerance?: number | undefined;
}

interface NodesQuestion {
  readonly kind: "nodes";
  /** Whose children are asked for: a path or node, as in a browse rule. */
  readonly parent: string;
}

export type LookQuestion =
  | RegistersQuestion
  | NodesQuestion
  | ({ readonly kind: "browse" } & BrowseRequest);

/** One node of a server; what it holds is asked for on its own. */
export interface NodeLook {
  /** As in a tag. */
  readonly node: string;
  readonly name: string;
  readonly kind: "object" | "variable";
  /** `false`: there is nothing below it. */
  readonly mayHaveChildren: boolean;
  /** Of a variable, as its server names it: `Double`, `Double[]`. */
  readonly type?: string;
  /** Of a variable, now. */
  readonly value?: unknown;
  /** Why there is no value, or why it is no tag. */
  readonly reason?: string;
  /** How it could be written as a tag. */
  readonly tag?: Readonly<Record<string, unknown>>;
}

/** One way to read registers. */
export interface RegisterLook {
  /** As in a tag. */
  readonly at: string;
  readonly type: string;
  readonly byteOrder: string;
  readonly registers: number;
  /** 64-bit integers as text. */
  readonly value?: unknown;
  /** Why there is none. */
  readonly reason?: string;
  /** value × scale is what was seen. */
  readonly scale?: number;
}

export interface RegistersAnswer {
  readonly kind: "registers";
  /** 0 to 65 535, of bits 0 or 1, from the first that was asked for. */
  readonly words: readonly number[];
  readonly readings: readonly RegisterLook[];
}

export interface NodesAnswer {
  readonly kind: "nodes";
  readonly nodes: readonly NodeLook[];
  /** Sentences about what was left out. */
  readonly problems: readonly string[];
}

export type LookAnswer =
  | RegistersAnswer
  | {
      readonly kind: "browse";
      /** As they can be written as tags. */
      readonly tags: readonly Readonly<Record<string, unknown>>[];
      /** Sentences about what was not found. */
      readonly problems: readonly string[];
    }
  | NodesAnswer;
