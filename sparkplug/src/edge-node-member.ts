/**
 * What an edge node knows of one of its devices, or of itself: the metrics of the last birth with their last readings.
 * Nothing gets in that could not be sent: what misfits is told and left out or made null.
 */
import type { Datatype } from "./datatype.ts";
import { encodePayload, valueFault } from "./encode.ts";
import type { EdgeNodeEvent } from "./edge-node-options.ts";
import {
  changedMembers,
  mergedInstance,
  templateFault,
  type TemplateTable,
} from "./edge-node-template.ts";
import { SparkplugError } from "./errors.ts";
import { isTemplate, type MetricReading } from "./metric.ts";
import { birthMetric, isNews, type AnnouncedMetric } from "./reading.ts";
import type { SampleBatch } from "./sample-batch.ts";
import { renewed, SampleColumns, type AdmittedBatch } from "./sample-columns.ts";

/** The metrics of a device or of the edge node itself, by name, with their last readings. */
export interface Member {
  /** `undefined`: the edge node itself. */
  readonly deviceId: string | undefined;
  readonly metrics: Map<string, AnnouncedMetric>;
  /** As handed to `born`, also those that were refused: batches name metrics by their place in this list. */
  readonly names: readonly string[];
  /** Last samples that are not yet among `metrics`; `undefined` as long as there was no batch. */
  columns: SampleColumns | undefined;
}

type Tell = (event: EdgeNodeEvent) => void;

/** What the checks need to know of the rest of the edge node. */
export interface MemberRules {
  readonly templates: TemplateTable;
  /** Names that are the edge node's own. */
  readonly reserved: readonly string[];
  readonly tell: Tell;
  /** Milliseconds UTC. */
  now(): number;
}

/** A member as its birth shall announce it. Of two metrics with one name the later stands. */
export function openMember(
  deviceId: string | undefined,
  metrics: readonly AnnouncedMetric[],
  rules: MemberRules,
): Member {
  const names = metrics.map(({ name }) => name);
  const member: Member = { deviceId, metrics: new Map(), names, columns: undefined };
  for (const metric of metrics) {
    const because = announce(member, metric, rules);
    const refused = { kind: "refused", deviceId, metric: metric.name } as const;
    if (because !== undefined) rules.tell({ ...refused, because });
  }
  tellTwins(deviceId, [...member.metrics.keys()], rules.tell);
  return member;
}

/**
 * Report by exception: what is news among the readings, kept as the last ones. Readings of metrics that the birth did
 * not announce are left out; of template instances only the members that changed are news.
 */
export function takeNews(
  member: Member,
  readings: readonly MetricReading[],
  rules: MemberRules,
): readonly MetricReading[] {
  member.columns?.fold(member.metrics, readings);
  return readings.flatMap((reading) => {
    const born = member.metrics.get(reading.name);
    if (born === undefined) return [];
    // a part says nothing where there is no whole before it
    const message = isTemplate(born.value) ? "data" : "birth";
    const because = templateFault(reading.value, rules.templates, message);
    const { datatype } = born;
    if (because === undefined)
      return newsOf(member, born, fitting(member, reading, { datatype, rules }));
    rules.tell({ kind: "refused", deviceId: member.deviceId, metric: reading.name, because });
    return [];
  });
}

/** Keeps the last samples of a batch; what misfits is told and made bad. */
export function takeSamples(member: Member, batch: SampleBatch, rules: MemberRules): AdmittedBatch {
  member.columns ??= new SampleColumns(member.names, member.metrics);
  return member.columns.admit(batch, (reading, datatype) =>
    fitting(member, reading, { datatype, rules }),
  );
}

/** The metrics with their last values, wherever these are. */
export function settled({ columns, metrics }: Member): ReadonlyMap<string, AnnouncedMetric> {
  columns?.fold(metrics);
  return metrics;
}

/** Takes a metric in, or says why not. */
function announce(member: Member, metric: AnnouncedMetric, rules: MemberRules): string | undefined {
  const because = announceFault(metric, rules);
  if (because !== undefined) return because;
  const fit = fitting(member, metric, { datatype: metric.datatype, rules });
  const fault = birthFault(fit);
  if (fault === undefined) member.metrics.set(metric.name, fit);
  return fault;
}

function newsOf(
  member: Member,
  born: AnnouncedMetric,
  reading: MetricReading,
): readonly MetricReading[] {
  const whole = { ...reading, value: mergedInstance(born.value, reading.value) };
  if (!isNews(born, whole)) return [];
  member.metrics.set(reading.name, renewed(born, whole));
  return [{ ...reading, value: changedMembers(born.value, reading.value) }];
}

function announceFault(metric: AnnouncedMetric, rules: MemberRules): string | undefined {
  if (rules.reserved.includes(metric.name)) return "this name belongs to the edge node itself";
  if (rules.templates.has(metric.name)) return "a template definition has this name";
  return templateFault(metric.value, rules.templates, "birth");
}

/** Unit, description and properties are checked by nobody else. */
function birthFault(metric: AnnouncedMetric): string | undefined {
  try {
    encodePayload({ metrics: [birthMetric(metric, undefined)] });
    return undefined;
  } catch (error) {
    if (error instanceof SparkplugError) return error.message;
    throw error;
  }
}

/** Why a reading cannot be sent as `datatype`, as a sentence; `undefined` when it can. */
export function readingFault(datatype: Datatype, reading: MetricReading): string | undefined {
  const { timestamp, value, reason = "", code = null, since = null } = reading;
  if (!isTime(timestamp)) {
    return `the timestamp ${timestamp} is no whole number of milliseconds`;
  }
  return (
    valueFault(datatype, value) ??
    valueFault("String", reason) ??
    valueFault("UInt32", code) ??
    valueFault("DateTime", since)
  );
}

/** The reading, or a bad one that says why when its value or its time cannot be sent. */
function fitting<Reading extends MetricReading>(
  member: Member,
  reading: Reading,
  { datatype, rules }: { readonly datatype: Datatype; readonly rules: MemberRules },
): Reading {
  const because = readingFault(datatype, reading);
  if (because === undefined) return reading;
  const { deviceId } = member;
  rules.tell({ kind: "refused", deviceId, metric: reading.name, because });
  const bad = {
    value: null,
    quality: "bad",
    reason: "value_misfit",
    code: undefined,
    since: undefined,
    isKept: undefined,
    isOverflow: undefined,
  } as const;
  return { ...reading, ...bad, ...(isTime(reading.timestamp) ? {} : { timestamp: rules.now() }) };
}

function isTime(timestamp: number): boolean {
  return Number.isSafeInteger(timestamp) && timestamp >= 0;
}

/** [tck-id-case-sensitivity-metric-names] [tck-id-case-sensitivity-sparkplug-ids] */
export function tellTwins(
  deviceId: string | undefined,
  names: readonly string[],
  tell: Tell,
): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const lower = name.toLowerCase();
    const twin = seen.get(lower);
    if (twin !== undefined) tell({ kind: "differOnlyInCase", deviceId, names: [twin, name] });
    seen.set(lower, name);
  }
}
