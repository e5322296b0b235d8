/**
 * Where everything stands in the plant: the path of each metric, and what stands at a path. Devices and edge nodes have
 * places, which are kept; the path of a metric is made of its place and its name when somebody asks, and costs no memory.
 */
import type { Logger } from "@unshub/adapter";
import { metricName, ROOT, type UnsTree } from "../tree/index.ts";
import { Claims } from "./claims.ts";
import { UnsFindings } from "./findings.ts";
import { PlaceTree, rowsBelow, type PlaceNode } from "./place-tree.ts";
import {
  memberDescriptor,
  fallbackPath,
  levelOf,
  levelsOfName,
  memberNamed,
  nameOf,
  placementOf,
  type MemberId,
  type PlacementRule,
} from "./placement/index.ts";

/** Where a device or an edge node stands. */
export interface Place {
  /** Its row in the tree. */
  readonly row: number;
  readonly member: MemberId;
  readonly path: string;
  /** Whether a rule gave it this place. */
  readonly isPlaced: boolean;
  /** Whether somebody else stands above or below it, so that two metrics may have one path. */
  isNested: boolean;
}

export interface UnsPathsOptions {
  readonly tree: UnsTree;
  readonly placement: readonly PlacementRule[];
  readonly findings: UnsFindings;
  readonly log: Logger;
  /** Where it is kept who had a place first; left out: it is not. */
  readonly claimsFile?: string;
}

export class UnsPaths {
  readonly places = new PlaceTree();
  readonly #options: UnsPathsOptions;
  readonly #placeOf: ReturnType<typeof placementOf>;
  readonly #claims: Claims;
  readonly #byRow = new Map<number, Place>();
  /** Metrics whose path another one had first: they stand where those without a place do. */
  readonly #displaced = new Set<number>();
  #stop: () => void = () => undefined;

  constructor(options: UnsPathsOptions) {
    this.#options = options;
    this.#placeOf = placementOf(options.placement);
    this.#claims = new Claims(options.claimsFile, options.log);
  }

  /** Takes what is in the tree, and what comes. */
  start(): void {
    const { rows } = this.#options.tree;
    for (let id = 1; id < rows.size; id += 1) this.#rowAdded(id);
    this.#stop = this.#options.tree.observe({ rowAdded: (id) => this.#rowAdded(id) });
  }

  stop(): void {
    this.#stop();
  }

  /** Of a device or an edge node. */
  place(row: number): Place | undefined {
    return this.#byRow.get(row);
  }

  /** Devices and edge nodes that there are. */
  get size(): number {
    return this.#byRow.size;
  }

  /** Devices and edge nodes with their places, the first that came first. */
  all(): Iterable<Place> {
    return this.#byRow.values();
  }

  /** The path of a metric, a folder in its name, a device or an edge node; `undefined` for anything else. */
  pathOf(id: number): string | undefined {
    const place = this.#placeAbove(id);
    if (place === undefined) return undefined;
    return place.row === id ? place.path : this.#partsBelow(place, id).join("/");
  }

  /** The path of a metric in two: where its device stands, and its name; `undefined` for anything else. */
  partsOf(metric: number): readonly [place: string, name: string] | undefined {
    const place = this.#placeAbove(metric);
    return place === undefined || place.row === metric
      ? undefined
      : this.#partsBelow(place, metric);
  }

  #partsBelow(place: Place, id: number): readonly [place: string, name: string] {
    const name = levelsOfName(metricName(this.#options.tree, place.row, id));
    return [this.#displaced.has(id) ? fallbackPath(place.member) : place.path, name];
  }

  /** Whether another metric had its path first, so that it does not stand below its device. */
  isDisplaced(metric: number): boolean {
    return this.#displaced.has(metric);
  }

  /** What stands at a path: a metric before anything else; `undefined`: nothing, or a level of the plant. */
  find(path: string): number | undefined {
    const levels = path.split("/");
    let found: number | undefined;
    for (const [node, depth] of this.places.along(levels)) {
      const here =
        depth === levels.length ? memberOf(node) : this.#below(node, levels.slice(depth));
      if (here !== undefined && this.#options.tree.rows.isMetric(here)) return here;
      found = here ?? found;
    }
    return found;
  }

  /** The metric or folder of those who stand at a node. */
  #below({ row, displacedRow }: PlaceNode, levels: readonly string[]): number | undefined {
    const own = row < 0 ? undefined : this.#rowBelow(row, levels);
    if (own !== undefined && !this.#displaced.has(own)) return own;
    const displaced = displacedRow < 0 ? undefined : this.#rowBelow(displacedRow, levels);
    return displaced !== undefined && this.#displaced.has(displaced) ? displaced : undefined;
  }

  /** Of metrics before folders; only names that are written as `levelOf` writes them count. */
  #rowBelow(memberRow: number, levels: readonly string[]): number | undefined {
    const { rows } = this.#options.tree;
    const names = namesOf(levels);
    if (names === undefined) return undefined;
    const name = names.at(-1) ?? "";
    const parent = this.#folder(memberRow, names.slice(0, -1));
    const found =
      parent && (rows.child(parent, "metric", name) ?? rows.child(parent, "folder", name));
    return found ?? rows.child(memberRow, "metric", names.join("/")); // very deep names are one row
  }

  #folder(memberRow: number, names: readonly string[]): number | undefined {
    let row: number | undefined = memberRow;
    for (const name of names) row = row && this.#options.tree.rows.child(row, "folder", name);
    return row;
  }

  /** The devices, edge nodes and folders whose metrics stand below a path. */
  branchesAt(path: string): readonly number[] {
    const levels = path.split("/");
    const found: number[] = [];
    for (const [{ row, displacedRow }, depth] of this.places.along(levels)) {
      const names = namesOf(levels.slice(depth));
      if (names === undefined) continue;
      for (const member of [row, displacedRow]) {
        const branch = member < 0 ? undefined : this.#folder(member, names);
        if (branch !== undefined) found.push(branch);
      }
    }
    return found;
  }

  #placeAbove(id: number): Place | undefined {
    const { rows } = this.#options.tree;
    for (let row = id; row !== ROOT; row = rows.parent(row)) {
      const kind = rows.kind(row);
      if (kind === "device" || kind === "edgeNode") return this.#byRow.get(row);
      if (kind === "group") return undefined;
    }
    return undefined;
  }

  #rowAdded(id: number): void {
    const kind = this.#options.tree.rows.kind(id);
    if (kind === "device" || kind === "edgeNode") this.#memberAdded(id);
    if (kind === "metric") this.#metricAdded(id);
  }

  #memberAdded(row: number): void {
    const member = memberAt(this.#options.tree, row);
    const { path, because } = this.#freePath(member);
    const { node, above } = this.places.open(path);
    node.row = row;
    const below = [...rowsBelow(node)];
    const isNested = above.length > 0 || below.length > 0;
    this.#byRow.set(row, { row, member, path, isPlaced: because === undefined, isNested });
    for (const other of [...above, ...below]) {
      const place = this.#byRow.get(other);
      if (place !== undefined) place.isNested = true;
    }
  }

  /** The place that a rule gives, when nobody has it; else that of all who have none, and why. */
  #freePath(member: MemberId): { readonly path: string; readonly because?: string } {
    const placed = this.#placeOf(member);
    const instead = fallbackPath(member);
    if (placed.kind === "unplaced") {
      if (member.deviceId !== undefined) this.#tell("U01", member, instead, placed.because);
      return { path: instead, because: placed.because };
    }
    const { path } = placed;
    const name = memberDescriptor(member);
    const owner = this.#ownerOf(path, name);
    if (owner === undefined || owner === name) return { path };
    this.#claims.set(path, owner);
    const because = `${owner} stands at ${path} already, and rule ${placed.rule} of uns.placement puts ${name} there too`;
    this.#tell("U02", member, path, `${because}; it stands at ${instead}`);
    return { path: instead, because };
  }

  /** Who stands at a path, or did when two wanted it; somebody whom the rules put elsewhere now has lost it. */
  #ownerOf(path: string, asking: string): string | undefined {
    const { row } = this.places.at(path.split("/")) ?? { row: -1 };
    const present = this.#byRow.get(row);
    if (present !== undefined) return memberDescriptor(present.member);
    const claimed = this.#claims.ownerOf(path);
    if (claimed === undefined || claimed === asking) return undefined;
    const placed = this.#placeOf(memberNamed(claimed));
    if (placed.kind === "placed" && placed.path === path) return claimed;
    this.#claims.delete(path);
    return undefined;
  }

  /** Only where places stand below each other can a metric meet another one. */
  #metricAdded(id: number): void {
    const place = this.#placeAbove(id);
    if (place?.isNested !== true) return;
    const path = this.pathOf(id) ?? "";
    const first = this.#otherAt(path, id);
    if (first === undefined) return;
    const name = metricName(this.#options.tree, place.row, id);
    const top = fallbackPath(place.member);
    this.places.open(top).node.displacedRow = place.row;
    this.#displaced.add(id);
    const instead = this.pathOf(id);
    const owner = this.#nameOf(first);
    const because = `${owner} stands at ${path} already, and so would ${memberDescriptor(place.member)} ${name}`;
    this.#tell("U02", place.member, path, `${because}; it stands at ${instead}`, name);
  }

  #otherAt(path: string, id: number): number | undefined {
    const levels = path.split("/");
    for (const [node, depth] of this.places.along(levels)) {
      const other = depth === levels.length ? undefined : this.#below(node, levels.slice(depth));
      if (other !== undefined && other !== id && this.#options.tree.rows.isMetric(other))
        return other;
    }
    return undefined;
  }

  #nameOf(id: number): string {
    const place = this.#placeAbove(id);
    if (place === undefined) return "something";
    return `${memberDescriptor(place.member)} ${metricName(this.#options.tree, place.row, id)}`;
  }

  // oxlint-disable-next-line max-params -- what, of whom, where, why; and of which metric, if of one
  #tell(code: "U01" | "U02", member: MemberId, path: string, because: string, metric = ""): void {
    const what = member.deviceId === undefined ? "edge node" : "device";
    const subject = `${what} ${memberDescriptor(member)}${metric === "" ? "" : ` ${metric}`}`;
    const isFirst = this.#options.findings.note({ code, subject, topic: path, because });
    if (isFirst) this.#options.log.warn({ subject, path, because }, MESSAGES[code]);
  }
}

const MESSAGES = {
  U01: "no rule places a device",
  U02: "two want the same path",
} as const;

function memberOf({ row }: PlaceNode): number | undefined {
  return row < 0 ? undefined : row;
}

/** What the levels are written from; `undefined`: they are not written as `levelOf` writes them. */
function namesOf(levels: readonly string[]): readonly string[] | undefined {
  const names = levels.map((level) => nameOf(level));
  const isWritten = names.every((name, at) => name !== undefined && levelOf(name) === levels[at]);
  return isWritten ? names.filter((name) => name !== undefined) : undefined;
}

function memberAt({ rows }: UnsTree, row: number): MemberId {
  const isDevice = rows.kind(row) === "device";
  const nodeRow = isDevice ? rows.parent(row) : row;
  return {
    groupId: rows.name(rows.parent(nodeRow)),
    edgeNodeId: rows.name(nodeRow),
    deviceId: isDevice ? rows.name(row) : undefined,
  };
}
