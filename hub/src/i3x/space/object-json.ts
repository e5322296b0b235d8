/** An object of i3X as JSON text: written by hand, because a plant has a hundred thousand of them. */
import { isTemplate, propertiesToSend, SparkplugError, type Properties } from "@unshub/sparkplug";
import type { Sight } from "../../feed/index.ts";
import { metricName, propertiesJson, type UnsTree } from "../../tree/index.ts";
import { nameOf } from "../../uns/index.ts";
import { quoted } from "../exact-json.ts";
import type { AddressSpace } from "./address-space.ts";
import { OWN_LEAF, type Adapter, type Element, type MemberElement } from "./element.ts";
import type { Members } from "./members.ts";
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
  readonly adapters: readonly Adapter[];
}

/** Tops that are of the hub, not of the plant. */
const SPARKPLUG_TOP = "spBv1.0";
const UNPLACED_TOP = "unplaced";
/** Sets of properties whose text is kept. */
const MOST_SETS = 4096;

export class ObjectJson {
  readonly #options: ObjectJsonOptions;
  /** Texts of sets of properties, by their numbers. */
  readonly #properties = new Map<number, string>();
  /** Names of adapters by `group/edge node`. */
  readonly #adapters: ReadonlyMap<string, string>;

  constructor(options: ObjectJsonOptions) {
    this.#options = options;
    this.#adapters = new Map(
      options.adapters.map(({ name, groupId, edgeNodeId }) => [`${groupId}/${edgeNodeId}`, name]),
    );
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
    const { space } = this.#options;
    const typeId = this.typeOf(element);
    const parent = space.parentOf(element);
    const isComposition = space.isComposition(element);
    return `{"elementId":${quoted(element.path)},"displayName":${quoted(this.#nameOf(element))},"typeElementId":${quoted(typeId)},"parentId":${parent === undefined ? "null" : quoted(parent.path)},"isComposition":${isComposition},"isExtended":false${sight === undefined ? "" : `,"metadata":${this.#metadata(element, typeId, sight)}`}}`;
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
        const { tree } = this.#options;
        const name = metricName(tree, tree.definitions.memberRow(element.id), element.id);
        return name === "" ? OWN_LEAF : name;
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
    return `{${this.#facts(element)}${source},${relationships}${this.#system(element)}}`;
  }

  /** Unit and description of a metric. */
  #facts(element: Element): string {
    if (element.kind !== "metric") return "";
    const { definitions, properties } = this.#options.tree;
    const { unit, description } = properties.facts(definitions.properties(element.id));
    const unitText = unit === undefined ? "" : `"engUnit":${quoted(unit)},`;
    return description === undefined
      ? unitText
      : `${unitText}"description":${quoted(description)},`;
  }

  #relationships(element: Element, sight: Sight): string {
    if (element.kind === "metric" && !this.#options.space.isComposition(element)) {
      const parent = this.#options.space.parentOf(element);
      return parent === undefined ? "{}" : `{"ComponentOf":${quoted(parent.path)}}`;
    }
    const found = new Map<string, string[]>();
    for (const [relationship, other] of this.#options.space.edgesOf(element, sight)) {
      const ids = found.get(relationship);
      if (ids === undefined) found.set(relationship, [quoted(other.path)]);
      else ids.push(quoted(other.path));
    }
    const texts = Array.from(found, ([relationship, ids]) => {
      const isOne = relationship === "HasParent" || relationship === "ComponentOf";
      return `"${relationship}":${isOne ? ids[0] : `[${ids.join(",")}]`}`;
    });
    return `{${texts.join(",")}}`;
  }

  /** Where it comes from, in the words of Sparkplug. */
  #system(element: Element): string {
    const { tree, members } = this.#options;
    if (element.kind === "member") {
      return this.#systemText(element.row, "");
    }
    if (element.kind !== "metric" && element.kind !== "part") return "";
    const { id } = element;
    const { definitions } = tree;
    const memberRow = definitions.memberRow(id);
    const name = quoted(metricName(tree, memberRow, id));
    if (element.kind === "part") {
      const parts = `,"metric":${name},"members":${JSON.stringify(element.names)},"datatype":"${element.member.datatype}"`;
      return this.#systemText(memberRow, parts);
    }
    const member = members.of(memberRow);
    if (member === undefined) return "";
    const alias = definitions.alias(id);
    const aliasText = alias === undefined ? "" : `,"alias":${alias}`;
    const datatype = definitions.datatype(id);
    const datatypeText =
      datatype === undefined ? `${definitions.datatypeCode(id)}` : `"${datatype}"`;
    const more = `,"metric":${name}${aliasText},"datatype":${datatypeText}${this.#propertiesText(id)}`;
    return this.#systemText(memberRow, more);
  }

  #systemText(memberRow: number, more: string): string {
    const member = this.#options.members.of(memberRow)?.place.member;
    if (member === undefined) return "";
    const { groupId, edgeNodeId, deviceId } = member;
    const device = deviceId === undefined ? "" : `,"device":${quoted(deviceId)}`;
    const adapter = this.#adapters.get(`${groupId}/${edgeNodeId}`);
    const source = adapter === undefined ? "" : `,"source":{"adapter":${quoted(adapter)}}`;
    return `,"system":{"sparkplug":{"group":${quoted(groupId)},"node":${quoted(edgeNodeId)}${device}${more}}${source}}`;
  }

  #propertiesText(id: number): string {
    const { definitions, properties } = this.#options.tree;
    const set = definitions.properties(id);
    const known = this.#properties.get(set);
    if (known !== undefined) return known;
    if (this.#properties.size >= MOST_SETS) this.#properties.clear();
    const text = propertiesText(properties.facts(set).properties);
    this.#properties.set(set, text);
    return text;
  }
}

function propertiesText(properties: Properties): string {
  if (properties.size === 0) return "";
  try {
    return `,"properties":${JSON.stringify(propertiesJson(propertiesToSend(properties)))}`;
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return ""; // one of them is not of the type that it says
  }
}
