/** Structs that are told whole: the templates that their values are instances of. */
import { limitProperties } from "@unshub/adapter";
import type { TemplateDefinition, TemplateMember } from "@unshub/sparkplug";
import type { LinkedDevices } from "./config/config.ts";
import type { Tag } from "./tag.ts";

/** A tag whose values are instances of a template. */
export interface TemplateUser {
  /** `device/tag` */
  readonly name: string;
  /** Where its link stands in the entry. */
  readonly path: LinkedDevices["path"];
  readonly definition: TemplateDefinition;
}

/** All tags whose values are instances of a template. */
export function templateUsers(links: readonly LinkedDevices[]): readonly TemplateUser[] {
  return links.flatMap(({ path, devices }) =>
    devices.flatMap((device) =>
      device.groups
        .flatMap(({ tags }) => tags)
        .flatMap((tag) => {
          const definition = definitionOf(tag);
          const name = `${device.name}/${tag.name}`;
          return definition === undefined ? [] : [{ name, path, definition }];
        }),
    ),
  );
}

/** Every template of these links, once. */
export function templatesOf(links: readonly LinkedDevices[]): readonly TemplateDefinition[] {
  const all = templateUsers(links).map(({ definition }) => [definition.name, definition] as const);
  return [...new Map(all).values()];
}

/** What hosts learn of it: names and datatypes of its members, in their order. */
function definitionOf({
  type,
  membersAs,
  templateRef,
  members = [],
}: Tag): TemplateDefinition | undefined {
  if (type !== "struct" || membersAs !== "template" || templateRef === undefined) return undefined;
  const metrics = members.map(memberOf);
  return { name: templateRef, template: { isDefinition: true, metrics, parameters: [] } };
}

function memberOf({ name, datatype, unit, description, limits = {} }: Tag): TemplateMember {
  const words = [
    { key: "engUnit", value: unit },
    { key: "Documentation", value: description },
  ];
  const texts = words.flatMap(({ key, value }) =>
    value === undefined ? [] : [{ key, datatype: "String" as const, value }],
  );
  const properties = [...texts, ...limitProperties(limits)];
  return { name, datatype, value: null, ...(properties.length > 0 && { properties }) };
}
