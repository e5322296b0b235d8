/** What a command asks of an edge node, metric by metric: a rebirth, a write that can be done, or a refusal. */
import type { AliasTable } from "./alias.ts";
import { REBIRTH } from "./command.ts";
import type { Member } from "./edge-node-member.ts";
import { templateFault, type TemplateTable } from "./edge-node-template.ts";
import { SparkplugError } from "./errors.ts";
import type { MetricValue } from "./metric.ts";
import { metricValue, type Metric } from "./payload.ts";
import type { TemplateTypes } from "./template.ts";

/** One metric of a command, understood. */
export type Order =
  | { readonly kind: "rebirth" }
  | { readonly kind: "write"; readonly metric: string; readonly value: MetricValue }
  | { readonly kind: "nothing" }
  | { readonly kind: "refused"; readonly because: string };

/** What a command is read with. */
export interface OrderContext {
  readonly member: Member;
  readonly aliases: AliasTable;
  readonly templates: TemplateTable;
  /** For template members that come without datatype. */
  readonly types: TemplateTypes;
}

/**
 * Reads one metric of an NCMD or DCMD for `member`, by name or by alias. Never throws.
 * [tck-id-operational-behavior-data-commands-rebirth-action-1]
 */
export function readOrder(metric: Metric, context: OrderContext): Order {
  try {
    const isOwn = context.member.deviceId === undefined;
    return isOwn && metric.name === REBIRTH ? readRebirth(metric) : readWrite(metric, context);
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return { kind: "refused", because: error.message };
  }
}

/** `false` asks for nothing. */
function readRebirth(metric: Metric): Order {
  return metricValue(metric, "Boolean") === true ? { kind: "rebirth" } : { kind: "nothing" };
}

function readWrite(metric: Metric, { member, aliases, templates, types }: OrderContext): Order {
  const name = metric.name ?? nameOf(metric.alias, member, aliases);
  const born = name === undefined ? undefined : member.metrics.get(name);
  const whose = member.deviceId === undefined ? "this edge node" : `device "${member.deviceId}"`;
  if (born === undefined) {
    const asked = name === undefined ? `alias ${metric.alias}` : `"${name}"`;
    return { kind: "refused", because: `${asked} is no metric of ${whose}` };
  }
  if (!born.writable) {
    return { kind: "refused", because: `"${born.name}" of ${whose} is read-only` };
  }
  const value = metricValue(metric, born.datatype, types);
  const fault = value === null ? "a write needs a value" : templateFault(value, templates, "data");
  if (fault !== undefined) return { kind: "refused", because: `"${born.name}": ${fault}` };
  return { kind: "write", metric: born.name, value };
}

function nameOf(
  alias: number | bigint | undefined,
  member: Member,
  aliases: AliasTable,
): string | undefined {
  const place = alias === undefined ? undefined : aliases.placeOf(alias);
  return place?.deviceId === member.deviceId ? place?.name : undefined;
}
