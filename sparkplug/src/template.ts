/**
 * Templates, datatype 19: structured values. A definition in the NBIRTH says which members and parameters there are,
 * instances fill them in, and in data their members come without datatype, often by alias only. Whoever reads data
 * keeps a `TemplateTypes` per edge node and hands it to `metricValue`.
 */
import { basicDatatypeOf, datatypeOf, type BasicDatatype, type Datatype } from "./datatype.ts";
import { isTemplate, type Template, type TemplateMember } from "./metric.ts";
import type { Metric, Payload, WireTemplate } from "./payload.ts";

/** What a birth said of one member. */
export interface MemberType {
  readonly name: string;
  readonly datatype: Datatype;
}

interface Members {
  readonly byName: Map<string, MemberType>;
  readonly parameters: Map<string, BasicDatatype>;
}

/** How deep templates are followed into each other; the decoder refuses deeper ones anyway. */
const DEEPEST = 100;

/** The datatypes of template members and parameters, as the births of one edge node announced them. */
export class TemplateTypes {
  /** By the name of the definition. */
  readonly #templates = new Map<string, Members>();
  /** Members have aliases of the edge node's one number space. [tck-id-payloads-alias-uniqueness] */
  readonly #byAlias = new Map<number | bigint, MemberType>();

  /** A new NBIRTH begins: what earlier ones said no longer holds. */
  clear(): void {
    this.#templates.clear();
    this.#byAlias.clear();
  }

  /** Takes definitions and instances from an NBIRTH or DBIRTH. [tck-id-payloads-template-definition-nbirth] */
  learn(birth: Payload): void {
    for (const metric of birth.metrics) this.#learnMetric(metric, 0);
  }

  /** The member that stands in an instance of `templateRef`; `undefined` when no birth named it. */
  member(templateRef: string | undefined, metric: Metric): MemberType | undefined {
    if (metric.name === undefined) {
      return metric.alias === undefined ? undefined : this.#byAlias.get(metric.alias);
    }
    return this.#templates.get(templateRef ?? "")?.byName.get(metric.name);
  }

  /** The datatype of a parameter of `templateRef`; `undefined` when no birth named it. */
  parameter(templateRef: string | undefined, name: string): BasicDatatype | undefined {
    return this.#templates.get(templateRef ?? "")?.parameters.get(name);
  }

  #learnMetric(metric: Metric, depth: number): void {
    if (metric.value?.field !== "template" || depth > DEEPEST) return;
    const template = metric.value.raw;
    const name = template.isDefinition === true ? metric.name : template.templateRef;
    this.#learnTemplate(this.#membersOf(name ?? ""), template);
    for (const member of template.metrics) this.#learnMetric(member, depth + 1);
  }

  #learnTemplate(members: Members, template: WireTemplate): void {
    for (const { name, alias, datatype: code } of template.metrics) {
      const datatype = datatypeOf(code ?? 0);
      if (name === undefined || datatype === undefined) continue;
      members.byName.set(name, { name, datatype });
      if (alias !== undefined) this.#byAlias.set(alias, { name, datatype });
    }
    for (const { name, type: code } of template.parameters) {
      const datatype = basicDatatypeOf(code ?? 0);
      if (name !== undefined && datatype !== undefined) members.parameters.set(name, datatype);
    }
  }

  #membersOf(name: string): Members {
    const known = this.#templates.get(name);
    if (known !== undefined) return known;
    const members: Members = { byName: new Map(), parameters: new Map() };
    this.#templates.set(name, members);
    return members;
  }
}

/**
 * The instance as it is after `data`: what data left out stays as it was.
 * [tck-id-payloads-template-instance-members-data]
 */
export function mergedTemplate(before: Template, data: Template): Template {
  const members = new Map(before.metrics.map((member) => [keyOf(member), member]));
  for (const member of data.metrics) {
    const known = members.get(keyOf(member));
    members.set(keyOf(member), known === undefined ? member : mergedMember(known, member));
  }
  const parameters = new Map(before.parameters.map((parameter) => [parameter.name, parameter]));
  for (const parameter of data.parameters) parameters.set(parameter.name, parameter);
  return {
    ...before,
    ...data,
    metrics: [...members.values()],
    parameters: [...parameters.values()],
  };
}

function mergedMember(before: TemplateMember, data: TemplateMember): TemplateMember {
  const [a, b] = [before.value, data.value];
  const bothTemplates = isTemplate(a) && isTemplate(b);
  return { ...before, ...data, value: bothTemplates ? mergedTemplate(a, b) : b };
}

function keyOf({ name, alias }: TemplateMember): string | number | bigint | undefined {
  return name ?? alias;
}
