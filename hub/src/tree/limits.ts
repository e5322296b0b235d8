/** How large the tree may become: what comes from the network must not fill the memory. */

export interface TreeLimits {
  readonly metrics: number;
  /** Groups, edge nodes and devices. */
  readonly members: number;
  readonly folders: number;
  /** Bytes of one part of a name, between two `/`. */
  readonly nameBytes: number;
  /** Bytes of all distinct sets of properties. */
  readonly propertyBytes: number;
}

export const TREE_LIMITS: TreeLimits = {
  metrics: 2_000_000,
  members: 100_000,
  folders: 2_000_000,
  nameBytes: 4096,
  propertyBytes: 268_435_456,
};

/** A metric name with more folders than this is one leaf: one short message must not make thousands of rows. */
export const MAX_DEPTH = 32;

/** What did not fit into the tree, since the start. */
export type Refused = Record<keyof TreeLimits, number>;

/** Told once for each limit, when it is reached. */
export type LimitReached = (limit: keyof TreeLimits, most: number) => void;
