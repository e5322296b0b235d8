/**
 * Devices and edge nodes with what is of the plant in them. What a birth says is worked out once and kept until the next
 * birth, which brings a new list of rows.
 */
import { createHash } from "node:crypto";
import { isTemplate, type Template } from "@unshub/sparkplug";
import type { Sight } from "../../feed/index.ts";
import { type NodeSession, type NodeSessions, type UnsTree } from "../../tree/index.ts";
import type { Place, UnsPaths } from "../../uns/index.ts";
import { Breath } from "../breath.ts";
import { Names, type Named } from "./names.ts";

export interface Member {
  readonly row: number;
  readonly place: Place;
  /** `undefined`: only its row is known. */
  readonly session: NodeSession | undefined;
  /** The rows of its metrics that are of the plant. */
  readonly metrics: Int32Array;
  /** Those of them that are templates. */
  readonly templates: Int32Array;
  /** Of devices: what its birth says, as a type; of edge nodes empty. */
  readonly typeId: string;
  /** Counts from 1; grows when something of it changed. */
  readonly version: number;
}

interface Kept {
  readonly member: Member;
  /** Of its birth, by which it was worked out. */
  readonly ids: Int32Array;
}

/** What its birth says of a device: metrics and their names in the same order, and those that are templates. */
interface Born extends Pick<Member, "metrics" | "templates"> {
  readonly names: readonly Named[];
}

/** What its birth says of a device without templates, and the type that this makes. */
interface Shape {
  readonly names: readonly Named[];
  readonly codes: readonly number[];
  readonly typeId: string;
}

export interface MembersOptions {
  readonly tree: UnsTree;
  readonly sessions: Pick<NodeSessions, "groups">;
  readonly paths: UnsPaths;
}

const NO_IDS = new Int32Array(0);

export class Members {
  readonly names: Names;
  readonly #options: MembersOptions;
  readonly #kept = new Map<number, Kept>();
  /** Which content a type was given for, by its id. */
  readonly #signatures = new Map<string, string>();
  /** By the rows of the birth of their edge node. */
  readonly #definitions = new WeakMap<Int32Array, ReadonlyMap<string, Template>>();
  #version = 0;
  /** Of the device that was looked at last: the next one is often like it. */
  #last: Shape | undefined;

  constructor(options: MembersOptions) {
    this.#options = options;
    this.names = new Names(options.tree);
  }

  /** Grows when something of any of them changed. */
  get version(): number {
    return this.#version;
  }

  /** A device or edge node; `undefined`: the row is none. */
  of(row: number): Member | undefined {
    const place = this.#options.paths.place(row);
    if (place === undefined) return undefined;
    const { groupId, edgeNodeId, deviceId } = place.member;
    const session = this.#options.sessions.groups.get(groupId)?.get(edgeNodeId);
    const born = deviceId === undefined ? session?.own : session?.devices.get(deviceId);
    const ids = born?.ids ?? NO_IDS;
    const kept = this.#kept.get(row);
    if (kept?.ids === ids) return kept.member;
    const member = this.#make(place, session, ids);
    this.#kept.set(row, { member, ids });
    return member;
  }

  /** All of them, the first that came first; takes a few turns of the event loop. */
  async all(): Promise<readonly Member[]> {
    const breath = new Breath();
    const members: Member[] = [];
    for (const { row } of this.#options.paths.all()) {
      const member = this.of(row);
      if (member !== undefined) members.push(member);
      if (breath.isOver) await breath.take();
    }
    return members;
  }

  /** Whether a metric is an object: its birth names it, and it is of the plant. */
  isPlants(id: number): boolean {
    const { definitions } = this.#options.tree;
    return definitions.has(id) && definitions.isBorn(id) && this.#isOfThePlant(id);
  }

  /** The templates that the edge node of a device has defined, by their names. */
  definitionsOf(session: NodeSession | undefined): ReadonlyMap<string, Template> {
    if (session === undefined) return new Map();
    const { ids, rowId } = session.own;
    const known = this.#definitions.get(ids);
    if (known !== undefined) return known;
    const found = new Map<string, Template>();
    for (const id of ids) {
      const template = this.#templateAt(id);
      if (template?.isDefinition === true) found.set(this.names.name(rowId, id), template);
    }
    this.#definitions.set(ids, found);
    return found;
  }

  #make(place: Place, session: NodeSession | undefined, ids: Int32Array): Member {
    const { row } = place;
    const { definitions } = this.#options.tree;
    const names: Named[] = [];
    const metrics = ids.filter((id) => {
      const named = this.names.of(row, id);
      const isPlants = named.isOfThePlant && this.#templateAt(id)?.isDefinition !== true;
      if (isPlants) names.push(named);
      return isPlants;
    });
    const templates = metrics.filter((id) => definitions.datatype(id) === "Template");
    const isDevice = place.member.deviceId !== undefined;
    const typeId = isDevice ? this.#typeOf({ metrics, names, templates }) : "";
    this.#version += 1;
    return { row, place, session, metrics, templates, typeId, version: this.#version };
  }

  #isOfThePlant(id: number): boolean {
    const memberRow = this.#options.tree.definitions.memberRow(id);
    return this.names.of(memberRow, id).isOfThePlant && this.#templateAt(id)?.isDefinition !== true;
  }

  #templateAt(id: number): Template | undefined {
    const { definitions, values } = this.#options.tree;
    if (definitions.datatype(id) !== "Template") return undefined;
    const value = values.value(id);
    return isTemplate(value) ? value : undefined;
  }

  /** Devices whose births name the same metrics share a type. */
  #typeOf({ metrics, names, templates }: Born): string {
    if (templates.length > 0) return this.#typeSaying(this.#told(metrics, names));
    const { definitions } = this.#options.tree;
    const codes = Array.from(metrics, (id) => definitions.datatypeCode(id));
    if (this.#last === undefined || !isLike(this.#last, names, codes)) {
      this.#last = { names, codes, typeId: this.#typeSaying(this.#told(metrics, names)) };
    }
    return this.#last.typeId;
  }

  /** Name and datatype of each metric. */
  #told(metrics: Int32Array, names: readonly Named[]): readonly string[] {
    const { definitions } = this.#options.tree;
    return Array.from(metrics, (id, at) => {
      const datatype = definitions.datatype(id) ?? String(definitions.datatypeCode(id));
      const template = this.#templateAt(id)?.templateRef;
      const suffix = template === undefined ? "" : `:${template}`;
      return `${names[at]?.name ?? ""}:${datatype}${suffix}`;
    });
  }

  #typeSaying(told: readonly string[]): string {
    const signature = createHash("sha256").update(told.toSorted().join("\n")).digest("hex");
    const short = `type:birth.${signature.slice(0, 8)}`;
    const known = this.#signatures.get(short);
    this.#signatures.set(short, known ?? signature);
    return known === undefined || known === signature ? short : `type:birth.${signature}`;
  }
}

/** Whether somebody may see the metrics of a device or edge node: all of them, or none, where there are any. */
export function seesMetrics({ metrics: [first] }: Member, sight: Sight): boolean {
  return first !== undefined && sight.sees(first);
}

function isLike(shape: Shape, names: readonly Named[], codes: readonly number[]): boolean {
  return (
    shape.names.length === names.length &&
    names.every((named, at) => named === shape.names[at] && codes[at] === shape.codes[at])
  );
}
