/** Templates for the structures of a server: a definition for each type, a name for each definition, as long as the adapter runs. */
import { createHash } from "node:crypto";
import type { MetricValue, TemplateDefinition, TemplateMember } from "@unshub/sparkplug";
import type { Leaf } from "./leaf.ts";

/** Keeps definitions apart from metrics, which may have the name of their type. */
const FOLDER = "Types/";
/** So many letters of a hash tell types of one name apart. */
const HASH_LETTERS = 8;

export class TemplateBook {
  /** By name. One that is not used any more stays: values of it may still be on their way. */
  readonly #definitions = new Map<string, TemplateDefinition>();

  get definitions(): readonly TemplateDefinition[] {
    return [...this.#definitions.values()];
  }

  /** The name of the definition with these members: that of the type, longer where another type has it already. */
  nameFor(type: string, members: readonly Leaf[]): string {
    const metrics = members.map(memberOf);
    const shape = JSON.stringify(metrics);
    const plain = `${FOLDER}${type}`;
    const hash = createHash("sha256").update(shape).digest("hex").slice(0, HASH_LETTERS);
    const name = [plain, `${plain}_${hash}`].find((each) => this.#isFreeFor(each, shape)) ?? plain;
    this.#definitions.set(name, {
      name,
      template: { isDefinition: true, metrics, parameters: [] },
    });
    return name;
  }

  #isFreeFor(name: string, shape: string): boolean {
    const known = this.#definitions.get(name)?.template.metrics;
    return known === undefined || JSON.stringify(known) === shape;
  }
}

/** What a definition says of a member: nothing is known of its value. */
function memberOf({ suffix: name, datatype, properties, shape }: Leaf): TemplateMember {
  const value = shape.kind === "template" ? emptyInstance(shape.template, shape.members) : null;
  return { name, datatype, value, ...(properties.length > 0 && { properties }) };
}

function emptyInstance(templateRef: string, members: readonly Leaf[]): MetricValue {
  const metrics = members.map(memberOf);
  return { isDefinition: false, templateRef, metrics, parameters: [] };
}
