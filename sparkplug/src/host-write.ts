/** Writes of a host: by name or alias and in the datatype that the birth told, or a sentence that says why not. */
import { commandMessage, type NodeId } from "./command.ts";
import { valueFault } from "./encode.ts";
import { SparkplugError } from "./errors.ts";
import type { HostMetric } from "./host-listener.ts";
import type { HostNode } from "./host-node.ts";
import { isTemplateWrite, typedTemplate, type TemplateWrite } from "./host-template-write.ts";
import type { MetricValue } from "./metric.ts";
import { propertyValue } from "./payload.ts";
import type { SparkplugMessage } from "./transport.ts";

/** One metric to be written; of the edge node itself when there is no `deviceId`. */
export interface HostWrite extends NodeId {
  readonly deviceId?: string | undefined;
  readonly metric: string;
  /** Of a template: the members that shall change; their datatypes may be left out. */
  readonly value: MetricValue | TemplateWrite;
}

/** Whether a command was sent, or a sentence that says why not. */
export type WriteResult =
  /** Sent. It is done only when the metric says so itself. */
  { readonly sent: true } | { readonly sent: false; readonly because: string };

export type CheckedWrite =
  | { readonly ok: true; readonly server: string; readonly message: SparkplugMessage }
  | { readonly ok: false; readonly because: string };

export interface WriteForm {
  /** Milliseconds UTC. */
  readonly timestamp: number;
  /** Whether the datatype stands in the command, as many edge nodes in the field need it. */
  readonly tellDatatype: boolean;
}

/**
 * The command that writes one metric, or why there is none.
 * [tck-id-operational-behavior-data-commands-ncmd-metric-name]
 * [tck-id-operational-behavior-data-commands-ncmd-metric-value]
 * [tck-id-operational-behavior-data-commands-dcmd-metric-name]
 * [tck-id-operational-behavior-data-commands-dcmd-metric-value]
 */
export function checkWrite(
  node: HostNode | undefined,
  write: HostWrite,
  form: WriteForm,
): CheckedWrite {
  const { groupId, edgeNodeId, deviceId } = write;
  if (node?.session.kind !== "online") {
    return refused(`edge node "${groupId}/${edgeNodeId}" is not online`);
  }
  const member = deviceId === undefined ? node.own : node.devices.get(deviceId);
  if (member?.state.kind !== "online") return refused(`device "${deviceId ?? ""}" is not online`);
  const metric = member.metrics.get(write.metric);
  if (metric === undefined) return refused(`the birth told no metric "${write.metric}"`);
  const { server } = node.session;
  try {
    return built(
      server,
      { ...write, value: typedValue(write.value, metric, node), born: metric },
      form,
    );
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return refused(`"${metric.name}": ${error.message}`);
  }
}

/** @throws {SparkplugError} VALUE_MISFIT when a member of a template is not the birth's. */
function typedValue(
  value: HostWrite["value"],
  born: HostMetric,
  { templates }: HostNode,
): MetricValue {
  if (!isTemplateWrite(value)) return value;
  if (born.datatype === "Template") return typedTemplate(value, born.value, templates);
  throw new SparkplugError("VALUE_MISFIT", `${born.datatype} takes no template`);
}

function built(
  server: string,
  write: Omit<HostWrite, "value"> & { readonly value: MetricValue; readonly born: HostMetric },
  { timestamp, tellDatatype }: WriteForm,
): CheckedWrite {
  const { born, value, deviceId } = write;
  const { name, alias, datatype } = born;
  if (datatype === undefined) return refused(`the birth told no datatype of "${name}"`);
  if (propertyValue(born.properties.get("readOnly")) === true)
    return refused(`"${name}" is read-only`);
  if (value === null) return refused(`"${name}": a write needs a value`);
  const misfit = valueFault(datatype, value);
  if (misfit !== undefined) return refused(`"${name}": ${misfit}`);
  const label = alias === undefined ? { name } : { alias }; // [tck-id-payloads-alias-data-cmd-requirement]
  const metrics = [{ ...label, datatype, tellDatatype, value, timestamp }];
  return { ok: true, server, message: commandMessage(write, { deviceId, timestamp, metrics }) };
}

function refused(because: string): CheckedWrite {
  return { ok: false, because };
}
