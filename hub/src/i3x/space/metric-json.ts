/**
 * A metric as JSON text, put together from what is the same for all metrics of its device, of its datatype and of its set of
 * properties: nearly all objects of a plant are metrics.
 */
import { datatypeOf, propertiesToSend, SparkplugError, type Properties } from "@unshub/sparkplug";
import { propertiesJson, type UnsTree } from "../../tree/index.ts";
import { quoted } from "../exact-json.ts";
import type { Adapters } from "./adapters.ts";
import { OWN_LEAF, type MetricElement } from "./element.ts";
import type { Member, Members } from "./members.ts";
import { datatypeType, sourceOf, UNKNOWN } from "./object-types.ts";

export interface MetricJsonOptions {
  readonly tree: UnsTree;
  readonly members: Members;
  readonly adapters: Adapters;
}

/** What all metrics of a device say. */
interface OfMember {
  readonly member: Member;
  /** Of the adapters. */
  readonly version: number;
  readonly parent: string;
  readonly relationships: string;
  /** Up to the name of the metric. */
  readonly system: string;
  readonly end: string;
}

/** What all metrics of a datatype say. */
interface OfType {
  readonly typeId: string;
  readonly source: string;
  readonly datatype: string;
}

/** What all metrics with a set of properties say. */
interface OfSet {
  readonly facts: string;
  readonly properties: string;
}

/** Sets of properties that are kept. */
const MOST_SETS = 4096;

export class MetricJson {
  readonly #options: MetricJsonOptions;
  readonly #types = new Map<number, OfType>();
  readonly #sets = new Map<number, OfSet>();
  /** Metrics of one device come one after the other. */
  #last: OfMember | undefined;

  constructor(options: MetricJsonOptions) {
    this.#options = options;
  }

  /** Of one that is no template. */
  text({ id, path }: MetricElement, hasMetadata: boolean): string {
    const { definitions } = this.#options.tree;
    const memberRow = definitions.memberRow(id);
    const own = this.#ofMember(memberRow);
    const type = this.#ofType(definitions.datatypeCode(id));
    const word = this.#options.members.names.name(memberRow, id);
    const name = quoted(word);
    const head = `{"elementId":${quoted(path)},"displayName":${word === "" ? `"${OWN_LEAF}"` : name},${type.typeId},${own.parent}`;
    if (!hasMetadata) return `${head}}`;
    const set = this.#ofSet(definitions.properties(id));
    const alias = definitions.alias(id);
    const aliasText = alias === undefined ? "" : `,"alias":${alias}`;
    return `${head},"metadata":{${set.facts}${type.source},${own.relationships},${own.system},"metric":${name}${aliasText},${type.datatype}${set.properties}${own.end}}}`;
  }

  /** `"system":{ … }`; `more`: what follows the names, with a comma in front. */
  systemText(memberRow: number, more: string): string {
    const { system, end } = this.#ofMember(memberRow);
    return `${system}${more}${end}`;
  }

  #ofMember(row: number): OfMember {
    const member = this.#options.members.of(row);
    const { version } = this.#options.adapters;
    if (this.#last?.member === member && this.#last?.version === version) return this.#last;
    if (member === undefined) throw new RangeError(`row ${row} is no device and no edge node`);
    const { path, member: names } = member.place;
    const { groupId, edgeNodeId, deviceId } = names;
    const device = deviceId === undefined ? "" : `,"device":${quoted(deviceId)}`;
    const adapter = this.#options.adapters.of(groupId, edgeNodeId);
    const source = adapter === undefined ? "" : `,"source":{"adapter":${quoted(adapter.name)}}`;
    this.#last = {
      member,
      version,
      parent: `"parentId":${quoted(path)},"isComposition":false,"isExtended":false`,
      relationships: `"relationships":{"ComponentOf":${quoted(path)}}`,
      system: `"system":{"sparkplug":{"group":${quoted(groupId)},"node":${quoted(edgeNodeId)}${device}`,
      end: `}${source}}`,
    };
    return this.#last;
  }

  #ofType(code: number): OfType {
    const known = this.#types.get(code);
    if (known !== undefined) return known;
    const datatype = datatypeOf(code);
    const typeId = datatype === undefined ? UNKNOWN : datatypeType(datatype);
    const { namespaceUri, sourceTypeId } = sourceOf(typeId);
    const type = {
      typeId: `"typeElementId":"${typeId}"`,
      source: `"typeNamespaceUri":"${namespaceUri}","sourceTypeId":"${sourceTypeId}"`,
      datatype: `"datatype":${datatype === undefined ? code : `"${datatype}"`}`,
    };
    this.#types.set(code, type);
    return type;
  }

  #ofSet(set: number): OfSet {
    const known = this.#sets.get(set);
    if (known !== undefined) return known;
    if (this.#sets.size >= MOST_SETS) this.#sets.clear();
    const { unit, description, properties } = this.#options.tree.properties.facts(set);
    const unitText = unit === undefined ? "" : `"engUnit":${quoted(unit)},`;
    const said = description === undefined ? "" : `"description":${quoted(description)},`;
    const found = { facts: `${unitText}${said}`, properties: propertiesText(properties) };
    this.#sets.set(set, found);
    return found;
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
