/**
 * What an engineer asks of a running adapter while he makes tags: what stands in registers, and what a server has
 * (`browse.ts`). Everything here survives the structured clone.
 */
import type { BrowseRequest } from "./browse.ts";
import type { TrialStep } from "./trial.ts";

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

/** One read of the first tag of a device, besides the polls. */
interface OnceQuestion {
  readonly kind: "once";
  readonly deviceId: string;
}

/** What the values of some tags were made of. Asked again and again as long as somebody looks. */
export interface RawQuestion {
  readonly kind: "raw";
  readonly deviceId: string;
  /** Names, as in the device. */
  readonly tags: readonly string[];
}

export type LookQuestion =
  | RegistersQuestion
  | OnceQuestion
  | RawQuestion
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

/** Milliseconds. */
export interface AskedSpan {
  readonly askedMs: number;
  readonly grantedMs: number;
}

/** What the value of one tag was made of. */
export interface RawLook {
  readonly tag: string;
  /** As it came: bytes in hex, `40 9A 3D 71`, or the value that a server sent, as text. Long ones end with `…`. */
  readonly raw: string;
  /** As its server names it: `Double`, `Double[]`. Bytes have none. */
  readonly type?: string;
  /** What the server says of the value. */
  readonly status?: { readonly code: number; readonly name: string };
  /** When it was here, in milliseconds since 1970 UTC. */
  readonly at: number;
  /** How often the server looks at the node; left out: it does not say. */
  readonly sampling?: AskedSpan;
  /** How often it sends what has changed. */
  readonly publishing?: AskedSpan;
}

export interface RawAnswer {
  readonly kind: "raw";
  /** Of those of which something came; of the others it is there after their next reading. */
  readonly raws: readonly RawLook[];
}

export type LookAnswer =
  | RegistersAnswer
  | { readonly kind: "once"; readonly step: TrialStep }
  | RawAnswer
  | {
      readonly kind: "browse";
      /** As they can be written as tags. */
      readonly tags: readonly Readonly<Record<string, unknown>>[];
      /** Sentences about what was not found. */
      readonly problems: readonly string[];
    }
  | NodesAnswer;
