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

export type LookQuestion = RegistersQuestion | ({ readonly kind: "browse" } & BrowseRequest);

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
  /** 0 to 65 535, from the first that was asked for. */
  readonly words: readonly number[];
  readonly readings: readonly RegisterLook[];
}

export type LookAnswer =
  | RegistersAnswer
  | {
      readonly kind: "browse";
      /** As they can be written as tags. */
      readonly tags: readonly Readonly<Record<string, unknown>>[];
      /** Sentences about what was not found. */
      readonly problems: readonly string[];
    };
