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
import type { Named } from "./names.ts";
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
  /** Its path, as it stands between quotes. */
  readonly path: string;
  readonly parent: string;
  readonly relationships: string;
  /** Up to the name of the metric. */
  readonly system: string;
  /** The adapter that it comes from, with a comma in front; empty: of the hub's own it is none. */
  readonly source: string;
  /** Where its metrics live in the device, by their names. */
  readonly addresses: ReadonlyMap<string, string> | undefined;
}

/** What all metrics of a device with one datatype and one set of properties say. */
interface Form {
  readonly own: OfMember;
  readonly code: number;
  readonly set: number;
  /** Behind the name, where there is no metadata. */
  readonly bare: string;
  /** Behind the name, up to where it comes again in the metadata. */
  readonly middle: string;
  /** Behind the alias, up to the source. */
  readonly end: string;
}

/** What all metrics of a datatype say. */
interface OfType {
  readonly id: string;
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
  /** Metrics of one device come one after the other, and so do those that are alike. */
  #last: OfMember | undefined;
  #form: Form | undefined;

  constructor(options: MetricJsonOptions) {
    this.#options = options;
  }

  typeOf(id: number): string {
    return this.#ofType(this.#options.tree.definitions.datatypeCode(id)).id;
  }

  /** Of one that is no template. */
  text({ id, path }: MetricElement, hasMetadata: boolean): string {
    const row = this.#options.tree.definitions.memberRow(id);
    const own = this.#ofMember(this.#memberAt(row));
    const named = this.#options.members.names.of(row, id);
    return `{"elementId":${quoted(path)}${this.#behindPath(own, { named, id, hasMetadata })}`;
  }

  /** Of metrics that are no templates and have the path of their device before their names; with commas between them. */
  texts(member: Member, ids: Int32Array, hasMetadata: boolean): string {
    const own = this.#ofMember(member);
    const { names } = this.#options.members;
    const head = `{"elementId":"${own.path}/`;
    let text = "";
    for (const id of ids) {
      const named = names.of(member.row, id);
      const comma = text === "" ? "" : ",";
      text += `${comma}${head}${named.levelJson}"${this.#behindPath(own, { named, id, hasMetadata })}`;
    }
    return text;
  }

  /** The paths of such metrics, each in quotes, with commas between them. */
  paths(member: Member, ids: Int32Array): string {
    const { path } = this.#ofMember(member);
    const { names } = this.#options.members;
    return Array.from(ids, (id) => `"${path}/${names.of(member.row, id).levelJson}"`).join(",");
  }

  #behindPath(
    own: OfMember,
    {
      named,
      id,
      hasMetadata,
    }: { readonly named: Named; readonly id: number; readonly hasMetadata: boolean },
  ): string {
    const { definitions } = this.#options.tree;
    const form = this.#formOf(own, definitions.datatypeCode(id), definitions.properties(id));
    const shown = named.name === "" ? OWN_LEAF : named.nameJson;
    if (!hasMetadata) return `,"displayName":"${shown}"${form.bare}`;
    const alias = definitions.alias(id);
    const aliasText = alias === undefined ? "" : `,"alias":${alias}`;
    return `,"displayName":"${shown}"${form.middle}"${named.nameJson}"${aliasText}${form.end}${sourceText(own, named.name)}}}}`;
  }

  /** `"system":{ … }`; `more`: what follows the names, with a comma in front; `name`: of a metric. */
  systemText(memberRow: number, more: string, name = ""): string {
    const own = this.#ofMember(this.#memberAt(memberRow));
    return `${own.system}${more}}${sourceText(own, name)}}`;
  }

  #memberAt(row: number): Member {
    const member = this.#options.members.of(row);
    if (member === undefined) throw new RangeError(`row ${row} is no device and no edge node`);
    return member;
  }

  #ofMember(member: Member): OfMember {
    const { version } = this.#options.adapters;
    if (this.#last?.member === member && this.#last.version === version) return this.#last;
    const { path, member: names } = member.place;
    const { groupId, edgeNodeId, deviceId } = names;
    const device = deviceId === undefined ? "" : `,"device":${quoted(deviceId)}`;
    const adapter = this.#options.adapters.of(groupId, edgeNodeId);
    this.#last = {
      member,
      version,
      path: quoted(path).slice(1, -1),
      parent: `"parentId":${quoted(path)},"isComposition":false,"isExtended":false`,
      relationships: `"relationships":{"ComponentOf":${quoted(path)}}`,
      system: `"system":{"sparkplug":{"group":${quoted(groupId)},"node":${quoted(edgeNodeId)}${device}`,
      source: adapter === undefined ? "" : `,"source":{"adapter":${quoted(adapter.name)}`,
      addresses:
        adapter === undefined || deviceId === undefined
          ? undefined
          : this.#options.adapters.addressesOf(groupId, edgeNodeId, deviceId),
    };
    return this.#last;
  }

  #formOf(own: OfMember, code: number, set: number): Form {
    const last = this.#form;
    if (last?.own === own && last.code === code && last.set === set) return last;
    const { typeId, source, datatype } = this.#ofType(code);
    const { facts, properties } = this.#ofSet(set);
    const head = `,${typeId},${own.parent}`;
    this.#form = {
      own,
      code,
      set,
      bare: `${head}}`,
      middle: `${head},"metadata":{${facts}${source},${own.relationships},${own.system},"metric":`,
      end: `,${datatype}${properties}}`,
    };
    return this.#form;
  }

  #ofType(code: number): OfType {
    const known = this.#types.get(code);
    if (known !== undefined) return known;
    const datatype = datatypeOf(code);
    const typeId = datatype === undefined ? UNKNOWN : datatypeType(datatype);
    const { namespaceUri, sourceTypeId } = sourceOf(typeId);
    const type = {
      id: typeId,
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

/** The adapter, and where the metric lives in its device, when that is known. */
function sourceText({ source, addresses }: OfMember, name: string): string {
  if (source === "") return "";
  const address = addresses?.get(name);
  return address === undefined ? `${source}}` : `${source},"address":${quoted(address)}}`;
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
