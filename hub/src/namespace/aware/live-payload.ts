/**
 * A live certificate as Sparkplug payload: the metrics of the last birth in its order, with name, alias, datatype and
 * properties from there, and value, time and quality as the tree has them now. Two metrics more say whether its source
 * is there. Why it is made like this: docs/adr/0009-live-certificates.md.
 */
import {
  encodePayload,
  propertiesToSend,
  SparkplugError,
  type MetricToSend,
  type Properties,
  type PropertyToSend,
} from "@unshub/sparkplug";
import { metricName, type NodeState, type TreeQuality, type UnsTree } from "../../tree/index.ts";
import type { LiveCertificate } from "./live-topics.ts";

/**
 * Sparkplug has three qualities. Good is left out; what is not heard any more is stale, whatever the reason; what cannot
 * be trusted is bad. [tck-id-payloads-propertyset-quality-value-value]
 */
const QUALITIES: Readonly<Record<TreeQuality, number | undefined>> = {
  good: undefined,
  bad: 0,
  uncertain: 0,
  stale: 500,
  offline: 500,
  "last-known": 500,
  none: 500,
};

/** `now`: milliseconds since 1970 UTC. */
export function livePayload(tree: UnsTree, certificate: LiveCertificate, now: number): Uint8Array {
  const { member, deviceId } = certificate;
  const own = presence(deviceId === undefined ? "Node" : "Device", member.state, now);
  const ownNames = new Set(own.map(({ name }) => name));
  const metrics: MetricToSend[] = [];
  for (const id of member.ids) {
    const metric = metricNow(tree, member.rowId, id);
    if (metric !== undefined && !ownNames.has(metric.name)) metrics.push(metric);
  }
  const head = { timestamp: now, seq: seqOf(certificate) };
  return encoded({ ...head, metrics: [...metrics, ...own] });
}

/**
 * The `seq` of the last message of the edge node that is in here: who follows its data goes on with the next one. There
 * is none while nothing goes on.
 */
export function seqOf({ session }: Pick<LiveCertificate, "session">): number | undefined {
  if (session.own.state !== "online" || session.expectedSeq === undefined) return undefined;
  return (session.expectedSeq + 255) % 256;
}

/** Whether its source is there, as metrics that any decoder shows. */
function presence(
  whose: "Node" | "Device",
  state: NodeState,
  timestamp: number,
): readonly MetricToSend[] {
  return [
    {
      name: `${whose} Info/Online`,
      datatype: "Boolean",
      tellDatatype: true,
      value: state === "online",
      timestamp,
    },
    {
      name: `${whose} Info/State`,
      datatype: "String",
      tellDatatype: true,
      value: state,
      timestamp,
    },
  ];
}

/** `undefined` when its datatype is none of Sparkplug's: nobody could read it. */
function metricNow(tree: UnsTree, memberRow: number, id: number): MetricToSend | undefined {
  const { definitions, values } = tree;
  const datatype = definitions.datatype(id);
  if (datatype === undefined) return undefined;
  return {
    name: metricName(tree, memberRow, id),
    alias: definitions.alias(id),
    timestamp: values.timestamp(id),
    datatype,
    tellDatatype: true,
    value: values.value(id),
    properties: propertiesNow(tree, id),
  };
}

function propertiesNow(tree: UnsTree, id: number): readonly PropertyToSend[] {
  const announced = announcedProperties(tree.propertiesOf(id));
  const quality = QUALITIES[tree.values.quality(id)];
  const reason = tree.values.reason(id);
  if (quality === undefined && reason === undefined) return announced;
  const worth: PropertyToSend[] = [];
  if (quality !== undefined) worth.push({ key: "Quality", datatype: "Int32", value: quality });
  if (reason !== undefined) worth.push({ key: "Reason", datatype: "String", value: reason });
  return [...announced, ...worth];
}

/** The tree gives sets that many metrics share as one object. */
const ANNOUNCED = new WeakMap<Properties, readonly PropertyToSend[]>();

/** What a birth announced; nothing of a set that contradicts itself. */
export function announcedProperties(properties: Properties): readonly PropertyToSend[] {
  const known = ANNOUNCED.get(properties);
  if (known !== undefined) return known;
  const list = sendable(properties);
  ANNOUNCED.set(properties, list);
  return list;
}

function sendable(properties: Properties): readonly PropertyToSend[] {
  try {
    return propertiesToSend(properties);
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return [];
  }
}

type Whole = Parameters<typeof encodePayload>[0];

/** What the tree keeps can be sent again nearly always; a metric that cannot is sent without value and properties. */
function encoded(payload: Whole): Uint8Array {
  try {
    return encodePayload(payload);
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return encodePayload({ ...payload, metrics: payload.metrics.map(encodable) });
  }
}

function encodable(metric: MetricToSend): MetricToSend {
  try {
    encodePayload({ metrics: [metric] });
    return metric;
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    const reason = `the hub cannot send its value: ${error.message}`;
    const properties: readonly PropertyToSend[] = [
      { key: "Quality", datatype: "Int32", value: QUALITIES.uncertain ?? 0 },
      { key: "Reason", datatype: "String", value: reason },
    ];
    return { ...metric, value: null, properties };
  }
}
