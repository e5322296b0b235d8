/**
 * The types of objects: levels of the plant, datatypes, templates, and what the births of devices say. Only types of objects
 * that may be seen are listed.
 */
import { DATATYPES, isTemplate, type Template } from "@unshub/sparkplug";
import type { Sight } from "../../feed/index.ts";
import type { UnsTree } from "../../tree/index.ts";
import { levelOf } from "../../uns/index.ts";
import { Breath } from "../breath.ts";
import { memberSchemas, schemaOf, templateSchema, type JsonSchema } from "./datatype-schema.ts";
import type { Member, Members } from "./members.ts";
import { ISA95, MODELS, SPARKPLUG } from "./namespaces.ts";

export interface ObjectType {
  readonly elementId: string;
  readonly displayName: string;
  readonly namespaceUri: string;
  readonly sourceTypeId: string;
  readonly schema: JsonSchema;
}

export const EDGE_NODE = "type:spb.EdgeNode";
export const GROUP = "type:spb.Group";
export const FOLDER = "type:unshub.Folder";
export const ADAPTER = "type:unshub.Adapter";
/** Of metrics whose datatype is none of Sparkplug's, and of templates without a value. */
export const UNKNOWN = "UnknownType";
/** Of what stands deeper than the levels have names. */
const DEEPER_PLACE = "type:isa95.Place";

/** The value is an object of what stands below, or nothing. */
const ANY_OBJECT: JsonSchema = { type: "object" };

/** Where a type comes from, for the metadata of its objects. */
export function sourceOf(typeId: string): Pick<ObjectType, "namespaceUri" | "sourceTypeId"> {
  const name = typeId.slice(typeId.indexOf(".") + 1);
  if (typeId.startsWith("type:isa95.")) return { namespaceUri: ISA95, sourceTypeId: name };
  if (typeId.startsWith("type:spb.") || typeId.startsWith("type:tpl."))
    return { namespaceUri: SPARKPLUG, sourceTypeId: name };
  return { namespaceUri: MODELS, sourceTypeId: name };
}

export function datatypeType(datatype: string): string {
  return `type:spb.${datatype}`;
}

/** `depth`: counts from 0. */
export function placeType(levels: readonly string[], depth: number): string {
  const level = levels[depth];
  return level === undefined ? DEEPER_PLACE : `type:isa95.${levelOf(level)}`;
}

/** `undefined`: it says not of which template it is. */
export function templateType(groupId: string, template: Template | undefined): string {
  const name = template?.templateRef;
  return name === undefined ? UNKNOWN : `type:tpl.${levelOf(groupId)}.${levelOf(name)}`;
}

export interface ObjectTypesOptions {
  readonly tree: UnsTree;
  readonly members: Members;
  /** What the levels of a path are called. */
  readonly levels: readonly string[];
}

interface Kept {
  /** Of the births. */
  readonly version: number;
  readonly types: ReadonlyMap<string, ObjectType>;
}

/** Views of the plant whose types are kept. */
const MOST_KEPT = 8;

export class ObjectTypes {
  readonly #options: ObjectTypesOptions;
  readonly #fixed: readonly ObjectType[];
  /** By what may be seen. */
  readonly #kept = new Map<string, Kept>();

  constructor(options: ObjectTypesOptions) {
    this.#options = options;
    this.#fixed = fixedTypes(options.levels);
  }

  /** All that somebody may see, by their ids. Kept until a birth says something else. */
  async seenBy(sight: Sight): Promise<ReadonlyMap<string, ObjectType>> {
    const members = await this.#options.members.all();
    const { version } = this.#options.members;
    const known = this.#kept.get(sight.key);
    if (known?.version === version) return known.types;
    const types = await this.#make(members.filter(({ row }) => sight.sees(row)));
    this.#kept.delete(sight.key);
    this.#kept.set(sight.key, { version, types }); // the last one that was asked for
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return types;
  }

  /** What a device is by its birth, or a metric by its template; `undefined`: it is neither, or nobody says what. */
  modelOf(row: number): ObjectType | undefined {
    const { tree, members } = this.#options;
    if (!tree.rows.isMetric(row)) {
      const device = members.of(row);
      return device === undefined || device.typeId === ""
        ? undefined
        : this.#birth(device.typeId, device, [device]);
    }
    const { definitions: metrics, values } = tree;
    const value = metrics.has(row) ? values.value(row) : undefined;
    if (value === undefined || !isTemplate(value)) return undefined;
    const member = members.of(metrics.memberRow(row));
    if (member === undefined) return undefined;
    const elementId = templateType(member.place.member.groupId, value);
    if (elementId === UNKNOWN) return undefined;
    const definitions = members.definitionsOf(member.session);
    const defined = definitions.get(value.templateRef ?? "") ?? value;
    return ofTemplate(elementId, memberSchemas(defined, definitions));
  }

  /** The name of what `modelOf` says of a device; `undefined`: the row is none. */
  modelIdOf(row: number): string | undefined {
    return this.#options.members.of(row)?.typeId || undefined;
  }

  async #make(seen: readonly Member[]): Promise<ReadonlyMap<string, ObjectType>> {
    const types = new Map(this.#fixed.map((type) => [type.elementId, type]));
    const breath = new Breath();
    const devices = seen.filter(({ typeId }) => typeId !== "");
    for (const [typeId, alike] of Map.groupBy(devices, (device) => device.typeId)) {
      const [first] = alike;
      if (first !== undefined) types.set(typeId, this.#birth(typeId, first, alike));
      if (breath.isOver) await breath.take();
    }
    for (const type of this.#templates(seen)) types.set(type.elementId, type);
    return types;
  }

  #birth(elementId: string, first: Member, alike: readonly Member[]): ObjectType {
    const { names } = this.#options.members;
    const properties = Array.from(first.metrics, (id, at) => {
      const schema = this.#leafSchema(first, id);
      const unit = this.#sharedUnit(alike, at, id);
      const name = names.name(first.row, id);
      return [name, unit === undefined ? schema : { ...schema, "x-unit": unit }] as const;
    });
    return {
      elementId,
      displayName: `Device like ${first.place.member.deviceId ?? ""}`,
      ...sourceOf(elementId),
      schema: {
        type: "object",
        properties: Object.fromEntries(properties),
        additionalProperties: true,
      },
    };
  }

  #leafSchema({ session }: Member, id: number): JsonSchema {
    const { tree, members } = this.#options;
    const datatype = tree.definitions.datatype(id);
    if (datatype === undefined) return { type: ["object", "null"] };
    if (datatype !== "Template") return schemaOf(datatype);
    const value = tree.values.value(id);
    if (!isTemplate(value)) return { type: ["object", "null"] };
    const definitions = members.definitionsOf(session);
    const defined = definitions.get(value.templateRef ?? "") ?? value;
    return templateSchema(defined, definitions);
  }

  /** Devices of one type may have different units: then the type has none. `at`: its place among their metrics. */
  #sharedUnit(alike: readonly Member[], at: number, id: number): string | undefined {
    const { definitions, properties } = this.#options.tree;
    const set = definitions.properties(id);
    const { unit } = properties.facts(set);
    const isShared = alike.every((member) => {
      const own = definitions.properties(this.#alike(member, at, id));
      return own === set || properties.facts(own).unit === unit;
    });
    return isShared ? unit : undefined;
  }

  /** The metric of the same name: births that are alike nearly always have the same order. */
  #alike({ row, metrics }: Member, at: number, id: number): number {
    const { tree, members } = this.#options;
    const name = members.names.name(tree.definitions.memberRow(id), id);
    const guess = metrics[at];
    if (guess !== undefined && members.names.name(row, guess) === name) return guess;
    return metrics.find((own) => members.names.name(row, own) === name) ?? id;
  }

  /** Templates that are used; what two edge nodes of a group define differently is left open. */
  #templates(members: readonly Member[]): readonly ObjectType[] {
    const found = new Map<string, Map<string, JsonSchema>>();
    for (const member of members) {
      const definitions = this.#options.members.definitionsOf(member.session);
      for (const id of member.templates) {
        const value = this.#options.tree.values.value(id);
        if (isTemplate(value))
          learn(found, { groupId: member.place.member.groupId, definitions }, value);
      }
    }
    return Array.from(found, ([elementId, properties]) => ofTemplate(elementId, properties));
  }
}

function ofTemplate(
  elementId: string,
  properties: Iterable<readonly [name: string, schema: JsonSchema]>,
): ObjectType {
  return {
    elementId,
    displayName: elementId.slice(elementId.lastIndexOf(".") + 1),
    ...sourceOf(elementId),
    schema: {
      type: "object",
      properties: Object.fromEntries(properties),
      additionalProperties: true,
    },
  };
}

interface Around {
  readonly groupId: string;
  readonly definitions: ReadonlyMap<string, Template>;
}

/** Takes the members of a template, and those of templates in it. */
function learn(
  found: Map<string, Map<string, JsonSchema>>,
  around: Around,
  template: Template,
): void {
  const { groupId, definitions } = around;
  const elementId = templateType(groupId, template);
  const known = found.get(elementId) ?? new Map<string, JsonSchema>();
  if (elementId !== UNKNOWN) found.set(elementId, known);
  const defined = definitions.get(template.templateRef ?? "") ?? template;
  for (const [name, schema] of memberSchemas(defined, definitions)) {
    const before = known.get(name);
    const isSame = before === undefined || JSON.stringify(before) === JSON.stringify(schema);
    known.set(name, isSame ? schema : {});
  }
  for (const { value } of template.metrics) if (isTemplate(value)) learn(found, around, value);
}

function fixedTypes(levels: readonly string[]): readonly ObjectType[] {
  const places = [...levels.map((_, depth) => placeType(levels, depth)), DEEPER_PLACE];
  const datatypes = DATATYPES.filter((datatype) => datatype !== "Template");
  return [
    ...[...new Set(places)].map((id) => fixed(id, ANY_OBJECT)),
    fixed(FOLDER, ANY_OBJECT),
    fixed(GROUP, ANY_OBJECT),
    fixed(ADAPTER, {
      type: "object",
      properties: { protocol: { type: "string" }, edgeNode: { type: "string" } },
      additionalProperties: true,
    }),
    fixed(EDGE_NODE, EDGE_NODE_SCHEMA),
    ...datatypes.map((datatype) => fixed(datatypeType(datatype), schemaOf(datatype))),
    fixed(UNKNOWN, ANY_OBJECT),
  ];
}

function fixed(elementId: string, schema: JsonSchema): ObjectType {
  const source = sourceOf(elementId);
  return { elementId, displayName: source.sourceTypeId, ...source, schema };
}

const TIME: JsonSchema = { type: ["string", "null"], format: "date-time" };

const EDGE_NODE_SCHEMA: JsonSchema = {
  type: "object",
  properties: {
    online: { type: "boolean" },
    bdSeq: { type: ["integer", "null"] },
    lastBirth: { ...TIME, description: "Null: before the hub started" },
    lastDeath: { ...TIME, description: "While it is offline: since when" },
    rebirths: { type: "integer", description: "Asked for since the hub started" },
    metrics: { type: "object", description: "Its own metrics", additionalProperties: true },
  },
  required: ["online", "bdSeq", "lastBirth", "lastDeath", "rebirths"],
  additionalProperties: true,
};
