/**
 * A live certificate as JSON, for those who do not speak Sparkplug: what the Sparkplug form says, in the six qualities of
 * the tree. Integers are exact, times are RFC 3339 in UTC, bytes are base64; DataSets and Templates are whole.
 */
import type { MetricValue } from "@unshub/sparkplug";
import { metricName, propertiesJson, timeText, valueJson, type UnsTree } from "../../tree/index.ts";
import { announcedProperties, seqOf } from "./live-payload.ts";
import type { LiveCertificate } from "./live-topics.ts";

/** `now`: milliseconds since 1970 UTC. */
export function liveJson(tree: UnsTree, certificate: LiveCertificate, now: number): string {
  const { session, deviceId, member } = certificate;
  return JSON.stringify({
    group: session.groupId,
    edgeNode: session.edgeNodeId,
    device: deviceId,
    online: member.state === "online",
    state: member.state,
    timestamp: timeText(now),
    seq: seqOf(certificate),
    bdSeq: deviceId === undefined ? session.bdSeq : undefined,
    metrics: Array.from(member.ids, (id) => metricJson(tree, member.rowId, id)),
  });
}

function metricJson(tree: UnsTree, memberRow: number, id: number): object {
  const { definitions, values } = tree;
  const datatype = definitions.datatype(id);
  const alias = definitions.alias(id);
  const properties = announcedProperties(tree.propertiesOf(id));
  const value = values.value(id);
  return {
    name: metricName(tree, memberRow, id),
    alias: alias === undefined ? undefined : valueJson(alias),
    datatype: datatype ?? definitions.datatypeCode(id),
    value: valueJson(value, datatype),
    timestamp: timeText(values.timestamp(id)),
    ...qualityOf(tree, id, value),
    properties: properties.length === 0 ? undefined : propertiesJson(properties),
  };
}

/** What JSON has no form for is no value, and says so. */
function qualityOf(
  { values }: UnsTree,
  id: number,
  value: MetricValue,
): { readonly quality: string; readonly reason: string | undefined } {
  const quality = values.quality(id);
  const reason = values.reason(id);
  if (typeof value !== "number" || Number.isFinite(value)) return { quality, reason };
  return { quality: "bad", reason: reason ?? `JSON has no ${value}` };
}
