/**
 * The plant as i3X has it: which element has an id, what stands above, below and beside it. Nothing is kept here: everything
 * is found in the tree and in the paths when somebody asks.
 */
import {
  isTemplate,
  type MetricValue,
  type Template,
  type TemplateMember,
} from "@unshub/sparkplug";
import type { Sight } from "../../feed/index.ts";
import type { UnsTree } from "../../tree/index.ts";
import { levelsOfName, type PlaceNode, type UnsPaths } from "../../uns/index.ts";
import type { Adapters } from "./adapters.ts";
import {
  ADAPTERS,
  OWN_LEAF,
  type Adapter,
  type Element,
  type MemberElement,
  type MetricElement,
  type PartElement,
  type PlaceElement,
} from "./element.ts";
import type { Member, Members } from "./members.ts";
import type { Relationship } from "./namespaces.ts";

export interface SpaceOptions {
  readonly tree: UnsTree;
  readonly paths: UnsPaths;
  readonly members: Members;
  readonly adapters: Adapters;
}

/** How an element stands to another one. */
export type Edge = readonly [relationship: Relationship, other: Element];

/** A path is a topic at most. */
const MOST_LETTERS = 65_535;
/** Levels that a part of a template may stand below its metric. */
const MOST_LEVELS = 64;

const ADAPTERS_ELEMENT = { kind: "adapters", path: ADAPTERS } as const;

export class AddressSpace {
  readonly #options: SpaceOptions;

  constructor(options: SpaceOptions) {
    this.#options = options;
  }

  /** What has an id; `undefined`: nothing that may be seen. */
  find(elementId: string, sight: Sight): Element | undefined {
    const element = this.#at(elementId);
    return element !== undefined && this.sees(element, sight) ? element : undefined;
  }

  sees(element: Element, sight: Sight): boolean {
    switch (element.kind) {
      case "place":
        return hasMember(element.node, (row) => sight.sees(row));
      case "member":
        return sight.sees(element.row);
      case "metric":
      case "part":
        return sight.sees(element.id);
      case "adapter":
        return this.#seesAdapter(element.adapter, sight);
      case "adapters":
        return this.#options.adapters.all.some((adapter) => this.#seesAdapter(adapter, sight));
    }
  }

  /** The path of a metric that is an object. */
  pathOf(id: number): string {
    const { paths, tree, members } = this.#options;
    const memberRow = tree.definitions.memberRow(id);
    const place = paths.place(memberRow);
    if (place === undefined) return "";
    if (!place.isNested) return `${place.path}/${members.names.of(memberRow, id).level}`;
    const path = paths.pathOf(id) ?? "";
    const node = paths.places.at(path.split("/"));
    return node !== undefined && hasMember(node, anyone) ? `${path}/${OWN_LEAF}` : path;
  }

  metric(id: number): MetricElement {
    return { kind: "metric", id, path: this.pathOf(id) };
  }

  member({ row, place }: Pick<Member, "row" | "place">): MemberElement {
    return { kind: "member", row, path: place.path };
  }

  /** The levels of the plant where nothing stands by itself, each before what stands below it. */
  *places(): Generator<PlaceElement> {
    yield* placesBelow(this.#options.paths.places.root, "");
  }

  /** What stands above all else, in no order. */
  *roots(): Generator<Element> {
    yield* this.#children(this.#options.paths.places.root, "");
    if (this.#options.adapters.all.length > 0) yield ADAPTERS_ELEMENT;
  }

  *adapters(): Generator<Element> {
    if (this.#options.adapters.all.length === 0) return;
    yield ADAPTERS_ELEMENT;
    for (const adapter of this.#options.adapters.all) yield adapterElement(adapter);
  }

  /** The one element that it is a child or a component of. */
  parentOf(element: Element): Element | undefined {
    switch (element.kind) {
      case "metric":
        return this.#memberAt(this.#options.tree.definitions.memberRow(element.id));
      case "part":
        return this.#wholeOf(element);
      case "adapter":
        return ADAPTERS_ELEMENT;
      case "adapters":
        return undefined;
      case "place":
      case "member": {
        const end = element.path.lastIndexOf("/");
        return end < 0 ? undefined : this.#placeAt(element.path.slice(0, end));
      }
    }
  }

  /** What its value is made of. */
  *componentsOf(element: Element): Generator<Element> {
    if (element.kind === "member") {
      for (const id of this.#options.members.of(element.row)?.metrics ?? []) yield this.metric(id);
    }
    if (element.kind === "metric") yield* this.#partsOf({ ...element, names: [] });
    if (element.kind === "part") yield* this.#partsOf(element);
  }

  /** All components down to a depth as i3X counts it: 1 none, 2 those of the element itself, 0 all. */
  *componentsWithin(element: Element, maxDepth: number): Generator<Element> {
    if (maxDepth === 1) return;
    for (const component of this.componentsOf(element)) {
      yield component;
      if (this.isComposition(component))
        yield* this.componentsWithin(component, maxDepth === 0 ? 0 : maxDepth - 1);
    }
  }

  /** Whether its value is made of others. */
  isComposition(element: Element): boolean {
    if (element.kind === "member") return this.#isCompound(element.row);
    const value = this.valueOf(element);
    return isTemplate(value) && !value.isDefinition;
  }

  /** Of metrics and their parts. */
  valueOf(element: Element): MetricValue {
    if (element.kind === "part") return element.member.value;
    return element.kind === "metric" ? this.#options.tree.values.value(element.id) : null;
  }

  /** How it stands to others, as far as these may be seen; each edge is there from both sides. */
  *edgesOf(element: Element, sight: Sight): Generator<Edge> {
    yield* this.edgesBesideComponents(element, sight);
    for (const component of this.componentsOf(element))
      if (this.sees(component, sight)) yield ["HasComponent", component];
  }

  /** The same without what its value is made of. */
  *edgesBesideComponents(element: Element, sight: Sight): Generator<Edge> {
    for (const edge of this.#edges(element)) if (this.sees(edge[1], sight)) yield edge;
  }

  *#edges(element: Element): Generator<Edge> {
    const parent = this.parentOf(element);
    const isPart = element.kind === "metric" || element.kind === "part";
    if (parent !== undefined) yield [isPart ? "ComponentOf" : "HasParent", parent];
    if (element.kind === "place") yield* this.#below(element.node, element.path);
    if (element.kind === "adapters") {
      for (const adapter of this.#options.adapters.all)
        yield ["HasChildren", adapterElement(adapter)];
    }
    if (element.kind === "adapter") {
      const node = this.#nodeOf(element.adapter);
      if (node !== undefined) yield ["Feeds", node];
    }
    if (element.kind === "member") yield* this.#memberEdges(element);
  }

  *#memberEdges({ path, row }: MemberElement): Generator<Edge> {
    const { tree, paths, adapters } = this.#options;
    const node = paths.places.at(path.split("/"));
    if (node !== undefined) yield* this.#below(node, path);
    if (tree.rows.kind(row) === "device") {
      const publisher = this.#memberAt(tree.rows.parent(row));
      if (publisher !== undefined) yield ["PublishedBy", publisher];
      return;
    }
    for (const child of tree.rows.children(row)) {
      const device = tree.rows.kind(child) === "device" ? this.#memberAt(child) : undefined;
      if (device !== undefined) yield ["Publishes", device];
    }
    const { groupId, edgeNodeId } = paths.place(row)?.member ?? {};
    const adapter =
      groupId === undefined || edgeNodeId === undefined
        ? undefined
        : adapters.of(groupId, edgeNodeId);
    if (adapter !== undefined) yield ["FedBy", adapterElement(adapter)];
  }

  *#below(node: PlaceNode, path: string): Generator<Edge> {
    for (const child of this.#children(node, path)) yield ["HasChildren", child];
  }

  *#children(node: PlaceNode, path: string): Generator<Element> {
    for (const [name, child] of node.children) {
      const element = elementOf(child, path === "" ? name : `${path}/${name}`);
      if (element !== undefined) yield element;
    }
  }

  #at(elementId: string): Element | undefined {
    if (elementId.length > MOST_LETTERS) return undefined;
    const special = this.#specialAt(elementId);
    if (special !== undefined) return special;
    return this.#placeAt(elementId) ?? this.#metricAt(elementId) ?? this.#partAt(elementId);
  }

  #specialAt(elementId: string): Element | undefined {
    if (!elementId.startsWith(ADAPTERS)) return undefined;
    for (const element of this.adapters()) if (element.path === elementId) return element;
    return undefined;
  }

  #placeAt(path: string): Element | undefined {
    const node = this.#options.paths.places.at(path.split("/"));
    return node && elementOf(node, path);
  }

  #memberAt(row: number): MemberElement | undefined {
    const place = this.#options.paths.place(row);
    return place && this.member({ row, place });
  }

  #metricAt(elementId: string): MetricElement | undefined {
    const path = elementId.endsWith(`/${OWN_LEAF}`)
      ? elementId.slice(0, -OWN_LEAF.length - 1)
      : elementId;
    const id = this.#options.paths.find(path);
    if (id === undefined || !this.#options.members.isPlants(id)) return undefined;
    const metric = this.metric(id);
    return metric.path === elementId ? metric : undefined;
  }

  /** Goes up to the metric whose value it is in, and down again by the names of members. */
  #partAt(elementId: string): PartElement | undefined {
    let end = elementId.lastIndexOf("/");
    for (let left = MOST_LEVELS; left > 0 && end > 0; left -= 1) {
      const metric = this.#metricAt(elementId.slice(0, end));
      if (metric !== undefined) return this.#partBelow({ ...metric, names: [] }, elementId);
      end = elementId.lastIndexOf("/", end - 1);
    }
    return undefined;
  }

  #partBelow(whole: Whole, elementId: string): PartElement | undefined {
    for (const part of this.#partsOf(whole)) {
      if (part.path === elementId) return part;
      const found = elementId.startsWith(`${part.path}/`)
        ? this.#partBelow(part, elementId)
        : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  *#partsOf(whole: Whole): Generator<PartElement> {
    const { path, id, names } = whole;
    const template = "member" in whole ? whole.member.value : this.#options.tree.values.value(id);
    if (!isTemplate(template) || template.isDefinition) return;
    for (const [name, member] of membersOf(template)) {
      const below = `${path}/${levelsOfName(name)}`;
      yield { kind: "part", id, path: below, names: [...names, name], member };
    }
  }

  #wholeOf({ id, names }: PartElement): Element {
    let whole: Element = this.metric(id);
    for (const name of names.slice(0, -1)) {
      for (const part of this.componentsOf(whole)) {
        if (part.kind === "part" && part.names.at(-1) === name) whole = part;
      }
    }
    return whole;
  }

  #isCompound(row: number): boolean {
    const { tree, members } = this.#options;
    if (tree.rows.kind(row) === "device") return true;
    return (members.of(row)?.metrics.length ?? 0) > 0;
  }

  #nodeOf({ groupId, edgeNodeId }: Adapter): MemberElement | undefined {
    const { rows } = this.#options.tree;
    const group = rows.child(0, "group", groupId);
    const row = group === undefined ? undefined : rows.child(group, "edgeNode", edgeNodeId);
    return row === undefined ? undefined : this.#memberAt(row);
  }

  /** Adapters whose edge node was never heard are for those who see everything. */
  #seesAdapter(adapter: Adapter, sight: Sight): boolean {
    const node = this.#nodeOf(adapter);
    return node === undefined ? sight.seesAll : sight.sees(node.row);
  }
}

/** A metric, or a part of it, that may have parts. */
type Whole = Pick<PartElement, "path" | "id" | "names"> & { readonly member?: TemplateMember };

/** Each once: the last one of a name counts. */
function membersOf({ metrics }: Template): ReadonlyMap<string, TemplateMember> {
  return new Map(
    metrics.flatMap((member) =>
      member.name === undefined ? [] : [[member.name, member] as const],
    ),
  );
}

function adapterElement(adapter: Adapter): Element {
  return { kind: "adapter", path: `${ADAPTERS}/${adapter.name}`, adapter };
}

const anyone = (): boolean => true;

/** Whether somebody stands at a place or below it. */
function hasMember({ row, children }: PlaceNode, isSeen: (row: number) => boolean): boolean {
  if (row >= 0 && isSeen(row)) return true;
  for (const child of children.values()) if (hasMember(child, isSeen)) return true;
  return false;
}

/** What stands at a node; `undefined`: only displaced metrics do, or nothing. */
function elementOf(node: PlaceNode, path: string): PlaceElement | MemberElement | undefined {
  if (node.row >= 0) return { kind: "member", row: node.row, path };
  return hasMember(node, anyone) ? { kind: "place", node, path } : undefined;
}

function* placesBelow(node: PlaceNode, path: string): Generator<PlaceElement> {
  for (const [name, child] of node.children) {
    const below = path === "" ? name : `${path}/${name}`;
    const element = elementOf(child, below);
    if (element === undefined) continue;
    if (element.kind === "place") yield element;
    yield* placesBelow(child, below);
  }
}
