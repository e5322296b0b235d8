/** An object of i3X as JSON text: written by hand, because a plant has a hundred thousand of them. */
import { isTemplate } from "@unshub/sparkplug";
import type { Sight } from "../../feed/index.ts";
import type { UnsTree } from "../../tree/index.ts";
import { nameOf } from "../../uns/index.ts";
import { quoted } from "../exact-json.ts";
import type { Adapters } from "./adapters.ts";
import type { AddressSpace } from "./address-space.ts";
import type { Element, MemberElement } from "./element.ts";
import { seesMetrics, type Member, type Members } from "./members.ts";
import { MetricJson } from "./metric-json.ts";
import type { Relationship } from "./namespaces.ts";
import {
  ADAPTER,
  datatypeType,
  EDGE_NODE,
  FOLDER,
  GROUP,
  placeType,
  sourceOf,
  templateType,
  UNKNOWN,
} from "./object-types.ts";

export interface ObjectJsonOptions {
  readonly tree: UnsTree;
  readonly space: AddressSpace;
  readonly members: Members;
  readonly levels: readonly string[];
  readonly adapters: Adapters;
}

/** Tops that are of the hub, not of the plant. */
const SPARKPLUG_TOP = "spBv1.0";
const UNPLACED_TOP = "unplaced";

export class ObjectJson {
  readonly #options: ObjectJsonOptions;
  readonly #metrics: MetricJson;

  constructor(options: ObjectJsonOptions) {
    this.#options = options;
    this.#metrics = new MetricJson(options);
  }

  typeOf(element: Element): string {
    switch (element.kind) {
      case "place":
        return this.#placeType(element.path);
      case "member":
        return this.#options.members.of(element.row)?.typeId || EDGE_NODE;
      case "adapter":
        return ADAPTER;
      case "adapters":
        return FOLDER;
      case "metric":
      case "part":
        return this.#leafType(element);
    }
  }

  /** `sight`: whose edges are in the metadata; `undefined`: without metadata. */
  text(element: Element, sight: Sight | undefined): string {
    if (element.kind === "metric" && !this.#isTemplate(element.id))
      return this.#metrics.text(element, sight !== undefined);
    const { space } = this.#options;
    const typeId = this.typeOf(element);
    const parent = space.parentOf(element);
    const isComposition = space.isComposition(element);
    return `{"elementId":${quoted(element.path)},"displayName":${quoted(this.#nameOf(element))},"typeElementId":${quoted(typeId)},"parentId":${parent === undefined ? "null" : quoted(parent.path)},"isComposition":${isComposition},"isExtended":false${sight === undefined ? "" : `,"metadata":${this.#metadata(element, typeId, sight)}`}}`;
  }

  /** As `text`, of metrics of a device that are no templates; with commas between them. */
  metricTexts(member: Member, ids: Int32Array, hasMetadata: boolean): string {
    return this.#metrics.texts(member, ids, hasMetadata);
  }

  /** As `typeOf`, of a metric that is no template. */
  typeOfMetric(id: number): string {
    return this.#metrics.typeOf(id);
  }

  #isTemplate(id: number): boolean {
    return this.#options.tree.definitions.datatype(id) === "Template";
  }

  #placeType(path: string): string {
    const levels = path.split("/");
    const isOfHub = levels[0] === SPARKPLUG_TOP || levels[0] === UNPLACED_TOP;
    if (!isOfHub) return placeType(this.#options.levels, levels.length - 1);
    return levels.length === 2 ? GROUP : FOLDER;
  }

  #leafType(element: Extract<Element, { kind: "metric" | "part" }>): string {
    const { tree, space } = this.#options;
    const datatype =
      element.kind === "part" ? element.member.datatype : tree.definitions.datatype(element.id);
    if (datatype === undefined) return UNKNOWN;
    if (datatype !== "Template") return datatypeType(datatype);
    const value = space.valueOf(element);
    const node = this.#options.members.of(tree.definitions.memberRow(element.id));
    return templateType(node?.place.member.groupId ?? "", isTemplate(value) ? value : undefined);
  }

  #nameOf(element: Element): string {
    switch (element.kind) {
      case "metric": {
        const { tree, members } = this.#options;
        return members.names.name(tree.definitions.memberRow(element.id), element.id);
      }
      case "part":
        return element.names.at(-1) ?? "";
      case "member":
        return this.#memberName(element);
      case "adapter":
        return element.adapter.name;
      case "adapters":
        return "Adapters";
      case "place": {
        const level = element.path.slice(element.path.lastIndexOf("/") + 1);
        return nameOf(level) ?? level;
      }
    }
  }

  /** The last level of its place; of devices without one their own name, which is the same. */
  #memberName({ path }: MemberElement): string {
    const level = path.slice(path.lastIndexOf("/") + 1);
    return nameOf(level) ?? level;
  }

  #metadata(element: Element, typeId: string, sight: Sight): string {
    const { namespaceUri, sourceTypeId } = sourceOf(typeId);
    const source = `"typeNamespaceUri":${quoted(namespaceUri)},"sourceTypeId":${quoted(sourceTypeId)}`;
    const relationships = `"relationships":${this.#relationships(element, sight)}`;
    return `{${source},${relationships}${this.#system(element)}}`;
  }

  #relationships(element: Element, sight: Sight): string {
    const found = new Map<Relationship, string[]>();
    const add = (relationship: Relationship, id: string): void => {
      const ids = found.get(relationship);
      if (ids === undefined) found.set(relationship, [id]);
      else ids.push(id);
    };
    const { space, members } = this.#options;
    for (const [relationship, other] of space.edgesBesideComponents(element, sight))
      add(relationship, quoted(other.path));
    const member = element.kind === "member" ? members.of(element.row) : undefined;
    if (member === undefined || member.place.isNested) {
      for (const component of space.componentsOf(element))
        if (space.sees(component, sight)) add("HasComponent", quoted(component.path));
    } else if (seesMetrics(member, sight)) {
      add("HasComponent", this.#metrics.paths(member, member.metrics));
    }
    const texts = Array.from(found, ([relationship, ids]) => {
      const isOne = relationship === "HasParent" || relationship === "ComponentOf";
      return `"${relationship}":${isOne ? ids[0] : `[${ids.join(",")}]`}`;
    });
    return `{${texts.join(",")}}`;
  }

  /** Where it comes from, in the words of Sparkplug. */
  #system(element: Element): string {
    if (element.kind === "member") return `,${this.#metrics.systemText(element.row, "")}`;
    if (element.kind !== "metric" && element.kind !== "part") return "";
    const { tree, members } = this.#options;
    const memberRow = tree.definitions.memberRow(element.id);
    const metric = members.names.name(memberRow, element.id);
    const name = `,"metric":${quoted(metric)}`;
    const parts = element.kind === "metric" ? "" : `,"members":${JSON.stringify(element.names)}`;
    const datatype = element.kind === "metric" ? "Template" : element.member.datatype;
    const more = `${name}${parts},"datatype":"${datatype}"`;
    return `,${this.#metrics.systemText(memberRow, more, metric)}`;
  }
}
