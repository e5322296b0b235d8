/** Writes of templates: some members of an instance, in the datatypes that the births of the edge node told. */
import type { Datatype } from "./datatype.ts";
import { SparkplugError } from "./errors.ts";
import { isTemplate, type MetricValue, type Template, type TemplateMember } from "./metric.ts";
import type { Metric } from "./payload.ts";
import type { TemplateTypes } from "./template.ts";

/** A member to be written. The datatype may be left out; told, it has to be that of the definition. */
export interface MemberWrite extends Omit<TemplateMember, "datatype" | "value"> {
  readonly datatype?: Datatype | undefined;
  readonly value: MetricValue | TemplateWrite;
}

/** The members of a template instance that shall change. Parameters stay as they are unless they are given. */
export interface TemplateWrite extends Pick<Template, "version"> {
  readonly isDefinition?: false;
  /** Left out: that of the value which the metric has now. */
  readonly templateRef?: string | undefined;
  readonly metrics: readonly MemberWrite[];
  readonly parameters?: Template["parameters"];
}

export function isTemplateWrite(value: MetricValue | TemplateWrite): value is TemplateWrite {
  return typeof value === "object" && value !== null && "metrics" in value;
}

/**
 * The instance to send. `before`: the value that is to change.
 * @throws {SparkplugError} VALUE_MISFIT when a member is none of the definition's, or no birth told its datatype.
 */
export function typedTemplate(
  write: TemplateWrite,
  before: MetricValue,
  types: TemplateTypes,
): Template {
  const known = isTemplate(before) ? before : undefined;
  const { templateRef = known?.templateRef, metrics, parameters = [], version } = write;
  if (templateRef === undefined || (known !== undefined && templateRef !== known.templateRef)) {
    const expected = known?.templateRef ?? "nothing known";
    throw misfit(`the write is for template "${templateRef ?? ""}", the metric is ${expected}`);
  }
  return {
    isDefinition: false,
    templateRef,
    ...(version !== undefined && { version }),
    metrics: metrics.map((member) => typedMember(member, { templateRef, known, types })),
    parameters,
  };
}

function typedMember(
  member: MemberWrite,
  context: {
    readonly templateRef: string;
    readonly known: Template | undefined;
    readonly types: TemplateTypes;
  },
): TemplateMember {
  const { templateRef, known, types } = context;
  const born = types.member(templateRef, asked(member));
  const who = member.name === undefined ? `alias ${member.alias}` : `"${member.name}"`;
  if (born === undefined) throw misfit(`template "${templateRef}" has no member ${who}`);
  const { datatype } = born;
  if (member.datatype !== undefined && member.datatype !== datatype) {
    throw misfit(`member ${who} is ${datatype} in its template, not ${member.datatype}`);
  }
  const before = known?.metrics.find(({ name }) => name === born.name)?.value ?? null;
  const { value } = member;
  const told = isTemplateWrite(value) ? typedTemplate(value, before, types) : value;
  return { ...member, datatype, value: told };
}

/** A member as `TemplateTypes` looks for it. */
function asked({ name, alias }: MemberWrite): Metric {
  return {
    name,
    alias,
    timestamp: undefined,
    datatype: undefined,
    isHistorical: false,
    isTransient: false,
    isNull: false,
    metadata: undefined,
    properties: new Map(),
    value: undefined,
    offset: 0,
  };
}

function misfit(because: string): SparkplugError {
  return new SparkplugError("VALUE_MISFIT", because);
}
