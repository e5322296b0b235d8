/**
 * What is in a device, for whoever makes tags: the nodes of a server, the registers that answer. It is asked over the
 * adapter's own connection, since many devices take one only.
 */
import type { TagFields } from "./table/cells.ts";

/** Where to look, and how much of it. */
export interface BrowseRequest {
  /** Left out: the only one. */
  readonly deviceId?: string | undefined;
  /** In the protocol's words: a path or node of a server, `hr:0..199`. Left out: where one begins to look. */
  readonly root?: string | undefined;
  /** Patterns of names, as in a browse rule; for servers whose nodes have names. */
  readonly include?: readonly string[] | undefined;
  /** Steps below the root; for servers whose nodes stand below each other. */
  readonly depth?: number | undefined;
  /** It ends after so many tags, and says so. */
  readonly maxNodes: number;
}

/** One thing that was found. It survives the structured clone. */
export type BrowseNode =
  /** As it can be written as a tag. */
  | { readonly kind: "tag"; readonly fields: TagFields }
  /** A sentence about what was not found, or why the rest is left out. */
  | { readonly kind: "problem"; readonly because: string };
