/**
 * The types of objects: levels of the plant, datatypes, templates, and what the births of devices say. Only types of objects
 * that may be seen are listed.
 */
import { DATATYPES, isTemplate, type Template } from "@unshub/sparkplug";
import type { Sight } from "../../feed/index.ts";
import type { UnsTree } from "../../tree/index.ts";
import { levelOf } from "../../uns/index.ts";
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

export class ObjectTypes {
  readonly #options: ObjectTypesOptions;
  readonly #fixed: readonly ObjectType[];

  constructor(options: ObjectTypesOptions) {
    this.#options = options;
    this.#fixed = fixedTypes(options.levels);
  }

  /** All that somebody may see, by their ids. */
  async seenBy(sight: Sight): Promise<ReadonlyMap<string, ObjectType>> {
    const members = await this.#options.members.all();
    const seen = members.filter(({ row }) => sight.sees(row));
    const types = new Map(this.#fixed.map((type) => [type.elementId, type]));
    for (const type of this.#births(seen)) types.set(type.elementId, type);
    for (const type of this.#templates(seen)) types.set(type.elementId, type);
    return types;
  }

  #births(members: readonly Member[]): readonly ObjectType[] {
    const devices = members.filter(({ typeId }) => typeId !== "");
    const byType = Map.groupBy(devices, ({ typeId }) => typeId);
    return Array.from(byType, ([elementId, alike]) => ({
      elementId,
      displayName: `Device like ${alike[0]?.place.member.deviceId ?? ""}`,
      ...sourceOf(elementId),
      schema: this.#birthSchema(alike),
    }));
  }

  /** What is said of a metric in all of them; each may be null, and more may come. */
  #birthSchema(alike: readonly Member[]): JsonSchema {
    const [first, ...others] = alike;
    if (first === undefined) return ANY_OBJECT;
    const sharers = others.map((member) => this.#byName(member));
    const properties = Array.from(this.#byName(first), ([name, id]) => {
      const schema = this.#leafSchema(first, id);
      const same = [id, ...sharers.flatMap((names) => names.get(name) ?? [])];
      const unit = this.#sharedUnit(same);
      return [name, unit === undefined ? schema : { ...schema, "x-unit": unit }];
    });
    return {
      type: "object",
      properties: Object.fromEntries(properties),
      additionalProperties: true,
    };
  }

  #byName({ row, metrics }: Member): ReadonlyMap<string, number> {
    const { names } = this.#options.members;
    return new Map(Array.from(metrics, (id) => [names.name(row, id), id]));
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

  /** Devices of one type may have different units: then the type has none. */
  #sharedUnit(ids: readonly number[]): string | undefined {
    const { definitions, properties } = this.#options.tree;
    const sets = new Set(ids.map((id) => definitions.properties(id)));
    const units = new Set(Array.from(sets, (set) => properties.facts(set).unit));
    return units.size === 1 ? [...units][0] : undefined;
  }

  /** Templates that are used; what two edge nodes of a group define differently is left open. */
  #templates(members: readonly Member[]): readonly ObjectType[] {
    const found = new Map<string, Map<string, JsonSchema>>();
    for (const member of members) {
      const definitions = this.#options.members.definitionsOf(member.session);
      for (const id of member.metrics) {
        const value = this.#options.tree.values.value(id);
        if (isTemplate(value))
          learn(found, { groupId: member.place.member.groupId, definitions }, value);
      }
    }
    return Array.from(found, ([elementId, properties]) => ({
      elementId,
      displayName: elementId.slice(elementId.lastIndexOf(".") + 1),
      ...sourceOf(elementId),
      schema: {
        type: "object",
        properties: Object.fromEntries(properties),
        additionalProperties: true,
      },
    }));
  }
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
