/** Template definitions and instances, datatype 19, against each other. */
import type { Metric, Payload, WireParameter, WireTemplate } from "@unshub/sparkplug";
import { isBirth } from "./head-check.ts";
import { called, type Definition, type Definitions, type MetricsAbout } from "./metric-about.ts";

/** Definitions that an edge node may have. */
const MAX_DEFINITIONS = 10_000;

/** The definitions in an NBIRTH. */
export function definitionsIn({ metrics }: Payload): Definitions {
  const found = new Map<string, Definition>();
  for (const { name, value } of metrics) {
    if (name === undefined || value?.field !== "template" || value.raw.isDefinition !== true)
      continue;
    if (found.size < MAX_DEFINITIONS) found.set(name, definitionOf(value.raw));
  }
  return found;
}

function namesOf(parts: readonly { readonly name: string | undefined }[]): ReadonlySet<string> {
  return new Set(parts.flatMap(({ name }) => (name === undefined ? [] : [name])));
}

function definitionOf({ metrics, parameters }: WireTemplate): Definition {
  return { members: namesOf(metrics), parameters: namesOf(parameters) };
}

export function checkTemplate(metric: Metric, about: MetricsAbout): void {
  if (metric.value?.field !== "template") return;
  const template = metric.value.raw;
  const { isDefinition } = template;
  about.saw(isDefinition === true ? "template definition" : "template instance");
  if (isDefinition === true) checkDefinition(metric, template, about);
  else checkInstance(metric, template, about);
  for (const parameter of template.parameters) checkParameter(metric, parameter, about);
  for (const member of template.metrics) checkTemplate(member, about);
}

function checkDefinition(metric: Metric, template: WireTemplate, about: MetricsAbout): void {
  const { faults } = about;
  const { templateRef } = template;
  const occasion = { occasion: "template definition" } as const;
  if (about.type !== "NBIRTH")
    faults.add(
      "M17",
      () => `${called(metric)} is a template definition in ${about.type}`,
      occasion,
    );
  if (templateRef !== undefined)
    faults.add(
      "M18",
      () => `${called(metric)} is a definition and refers to "${templateRef}"`,
      occasion,
    );
}

function checkInstance(metric: Metric, template: WireTemplate, about: MetricsAbout): void {
  const { faults } = about;
  const { templateRef, isDefinition } = template;
  const occasion = { occasion: "template instance" } as const;
  if (isDefinition === undefined)
    faults.add("M18", () => `${called(metric)} does not say whether it is a definition`, occasion);
  if (templateRef === undefined) {
    faults.add("M18", () => `${called(metric)} is an instance without template_ref`, occasion);
    return;
  }
  const definition = about.definitions.get(templateRef);
  if (definition === undefined) {
    faults.add(
      "M19",
      () => `${called(metric)} refers to "${templateRef}", which is not in NBIRTH`,
      occasion,
    );
    return;
  }
  const misfit = misfitOf(template, definition, isBirth(about.type));
  if (misfit !== undefined)
    faults.add(
      "M19",
      () => `${called(metric)}, an instance of "${templateRef}", ${misfit}`,
      occasion,
    );
}

/** The first member or parameter that is too much, or missing. */
function misfitOf(
  template: WireTemplate,
  definition: Definition,
  isWhole: boolean,
): string | undefined {
  const members = definitionOf(template);
  const extra = [...members.members].find((name) => !definition.members.has(name));
  if (extra !== undefined) return `has the member "${extra}", which the definition lacks`;
  const parameter = [...members.parameters].find((name) => !definition.parameters.has(name));
  if (parameter !== undefined)
    return `has the parameter "${parameter}", which the definition lacks`;
  const missing = isWhole && [...definition.members].find((name) => !members.members.has(name));
  return typeof missing === "string" ? `lacks the member "${missing}"` : undefined;
}

function checkParameter(
  metric: Metric,
  { name, type, value }: WireParameter,
  about: MetricsAbout,
): void {
  const { faults } = about;
  about.saw("template parameter");
  const found = parameterFault(type, value, isBirth(about.type));
  const occasion = { occasion: "template parameter" } as const;
  if (name === undefined)
    faults.add("M20", () => `a parameter of ${called(metric)} has no name`, occasion);
  else if (found !== undefined)
    faults.add("M20", () => `parameter "${name}" of ${called(metric)} ${found}`, occasion);
}

function parameterFault(
  type: number | undefined,
  value: WireParameter["value"],
  typeNeeded: boolean,
): string | undefined {
  if (type === undefined) return typeNeeded ? "has no type" : undefined;
  if (type < 1 || type > 14) return `has type ${type}, which is not basic`;
  return value?.field === "extension" ? "has a value that is no scalar" : undefined;
}
