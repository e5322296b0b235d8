/** Template definitions of an edge node, and whether an instance keeps to its definition. */
import { decodeLenient } from "./decode.ts";
import { encodePayload, valueFault, type MetricToSend } from "./encode.ts";
import type { TemplateDefinition } from "./edge-node-options.ts";
import { isTemplate, type MetricValue, type Template } from "./metric.ts";
import { sameValue } from "./reading.ts";
import { mergedTemplate, TemplateTypes } from "./template.ts";

/** Definitions by name. */
export type TemplateTable = ReadonlyMap<string, Template>;

/** Instances inside instances end here; none that deep is meant seriously. */
const DEEPEST = 16;

/**
 * The definitions that may be announced. `refuse` hears of the others.
 * [tck-id-payloads-template-definition-is-definition] [tck-id-payloads-template-is-definition-definition]
 * [tck-id-payloads-template-definition-ref] [tck-id-payloads-template-ref-definition]
 */
export function templateTable(
  definitions: readonly TemplateDefinition[],
  reserved: readonly string[],
  refuse: (name: string, because: string) => void,
): TemplateTable {
  const table = new Map<string, Template>();
  for (const { name, template } of definitions) {
    const because = definitionFault(name, template, reserved);
    if (because === undefined) table.set(name, template);
    else refuse(name, because);
  }
  return table;
}

function definitionFault(
  name: string,
  template: Template,
  reserved: readonly string[],
): string | undefined {
  if (reserved.includes(name)) return "this name belongs to the edge node itself";
  if (!template.isDefinition) return "a definition needs isDefinition true";
  if (template.templateRef !== undefined) return "a definition refers to no template";
  return aliasFault(template) ?? valueFault("Template", template);
}

/** The edge node deals all aliases, for metrics; members go by name. [tck-id-payloads-alias-uniqueness] */
function aliasFault({ metrics }: Template): string | undefined {
  const wrong = metrics.find(({ alias }) => alias !== undefined);
  return wrong && `member "${wrong.name ?? ""}" has an alias; members go by name`;
}

/** What the definitions say of datatypes, for those who leave them out. */
export function definitionTypes(table: TemplateTable): TemplateTypes {
  const types = new TemplateTypes();
  types.learn(decodeLenient(encodePayload({ metrics: definitionMetrics(table, 0) })));
  return types;
}

/**
 * The definitions as NBIRTH carries them, and only NBIRTH.
 * [tck-id-topics-nbirth-templates] [tck-id-payloads-template-definition-nbirth-only]
 * [tck-id-payloads-template-definition-nbirth] [tck-id-payloads-template-definition-members]
 * [tck-id-payloads-template-definition-parameters] [tck-id-payloads-template-definition-parameters-default]
 * [tck-id-payloads-template-version]
 */
export function definitionMetrics(
  table: TemplateTable,
  timestamp: number,
): readonly MetricToSend[] {
  return [...table].map(([name, value]) => ({
    name,
    timestamp,
    datatype: "Template",
    tellDatatype: true,
    value,
  }));
}

/**
 * What keeps a value from being sent as an instance, as a sentence; `undefined` for all that is no template.
 * [tck-id-payloads-template-instance-is-definition] [tck-id-payloads-template-is-definition-instance]
 * [tck-id-payloads-template-instance-ref] [tck-id-payloads-template-ref-instance]
 * [tck-id-payloads-template-instance-members] [tck-id-payloads-template-instance-members-birth]
 * [tck-id-payloads-template-instance-members-data] [tck-id-payloads-template-instance-parameters]
 */
export function templateFault(
  value: MetricValue,
  table: TemplateTable,
  message: "birth" | "data",
  depth = 0,
): string | undefined {
  if (!isTemplate(value)) return undefined;
  if (depth > DEEPEST) return `templates are nested deeper than ${DEEPEST}`;
  if (value.isDefinition) return "definitions stand in NBIRTH only; hand them in as templates";
  const definition = table.get(value.templateRef ?? "");
  if (definition === undefined) return `there is no template "${value.templateRef ?? ""}"`;
  return (
    aliasFault(value) ??
    instanceFault(value, definition, message) ??
    nestedFault(value, table, message, depth)
  );
}

function instanceFault(
  instance: Template,
  definition: Template,
  message: "birth" | "data",
): string | undefined {
  const members = new Set(instance.metrics.map(({ name }) => name));
  const defined = new Map(definition.metrics.map((member) => [member.name, member.datatype]));
  for (const member of instance.metrics) {
    const datatype = defined.get(member.name);
    if (datatype === undefined) return `its template has no member "${member.name ?? ""}"`;
    if (datatype !== member.datatype)
      return `member "${member.name ?? ""}" is ${datatype} in its template`;
  }
  const missing =
    message === "birth" ? [...defined.keys()].find((name) => !members.has(name)) : undefined;
  if (missing !== undefined) return `member "${missing}" is missing`;
  const parameters = new Map(definition.parameters.map((each) => [each.name, each.datatype]));
  const wrong = instance.parameters.find((each) => parameters.get(each.name) !== each.datatype);
  return wrong === undefined ? undefined : `its template has no such parameter "${wrong.name}"`;
}

function nestedFault(
  instance: Template,
  table: TemplateTable,
  message: "birth" | "data",
  depth: number,
): string | undefined {
  for (const { name, value } of instance.metrics) {
    const because = templateFault(value, table, message, depth + 1);
    if (because !== undefined) return `member "${name ?? ""}": ${because}`;
  }
  return undefined;
}

/** An instance after a message that may tell only some of its members; other values as they came. */
export function mergedInstance(before: MetricValue, now: MetricValue): MetricValue {
  return isTemplate(before) && isTemplate(now) ? mergedTemplate(before, now) : now;
}

/** The members that differ from what was said before; other values as they came. */
export function changedMembers(before: MetricValue, now: MetricValue): MetricValue {
  if (!isTemplate(before) || !isTemplate(now)) return now;
  const last = new Map(before.metrics.map((member) => [member.name, member]));
  const metrics = now.metrics.filter(({ name, value }) => !sameValue(last.get(name)?.value, value));
  return { ...now, metrics };
}
