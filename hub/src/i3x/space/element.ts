/** What i3X calls an object: something of the plant with an `elementId`, its path. */
import type { TemplateMember } from "@unshub/sparkplug";
import type { PlaceNode } from "../../uns/index.ts";

/** A level of the plant where nothing stands by itself. */
export interface PlaceElement {
  readonly kind: "place";
  readonly path: string;
  readonly node: PlaceNode;
}

/** A device or an edge node. */
export interface MemberElement {
  readonly kind: "member";
  readonly path: string;
  readonly row: number;
}

export interface MetricElement {
  readonly kind: "metric";
  readonly path: string;
  /** Its row in the tree. */
  readonly id: number;
}

/** A member of a template instance, or of a template in it. */
export interface PartElement {
  readonly kind: "part";
  readonly path: string;
  /** The row of the metric whose value it is in. */
  readonly id: number;
  /** The members on the way to it. */
  readonly names: readonly string[];
  readonly member: TemplateMember;
}

/** An adapter of the hub. */
interface AdapterElement {
  readonly kind: "adapter";
  readonly path: string;
  readonly adapter: Adapter;
}

/** Where the adapters stand. */
interface AdaptersElement {
  readonly kind: "adapters";
  readonly path: typeof ADAPTERS;
}

export type Element =
  | PlaceElement
  | MemberElement
  | MetricElement
  | PartElement
  | AdapterElement
  | AdaptersElement;

/** What the configuration says of an adapter. */
export interface Adapter {
  readonly name: string;
  readonly protocol: string;
  readonly groupId: string;
  readonly edgeNodeId: string;
}

/** No path of the plant begins with `$`. */
export const ADAPTERS = "$unshub/adapters";

/** The last level of a metric that has the path of a place; no name of a metric is written with `_` in front. */
export const OWN_LEAF = "_value";
