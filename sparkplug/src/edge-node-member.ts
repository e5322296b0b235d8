/**
 * What an edge node knows of one of its devices, or of itself: the metrics of the last birth with their last readings.
 * Nothing gets in that could not be sent: what misfits is told and left out or made null.
 */
import { valueFault } from "./encode.ts";
import type { EdgeNodeEvent } from "./edge-node-options.ts";
import {
  changedMembers,
  mergedInstance,
  templateFault,
  type TemplateTable,
} from "./edge-node-template.ts";
import type { MetricReading } from "./metric.ts";
import { isNews, type AnnouncedMetric } from "./reading.ts";

/** The metrics of a device or of the edge node itself, by name, with their last readings. */
export interface Member {
  /** `undefined`: the edge node itself. */
  readonly deviceId: string | undefined;
  readonly metrics: Map<string, AnnouncedMetric>;
}

type Tell = (event: EdgeNodeEvent) => void;

/** What the checks need to know of the rest of the edge node. */
export interface MemberRules {
  readonly templates: TemplateTable;
  /** Names that are the edge node's own. */
  readonly reserved: readonly string[];
  readonly tell: Tell;
}

/** A member as its birth shall announce it. Of two metrics with one name the later stands. */
export function openMember(
  deviceId: string | undefined,
  metrics: readonly AnnouncedMetric[],
  rules: MemberRules,
): Member {
  const member: Member = { deviceId, metrics: new Map() };
  for (const metric of metrics) {
    const { name } = metric;
    const because = announceFault(metric, rules);
    if (because !== undefined) rules.tell({ kind: "refused", deviceId, metric: name, because });
    else member.metrics.set(name, fitting(member, metric, metric, rules.tell));
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
  return readings.flatMap((reading) => {
    const born = member.metrics.get(reading.name);
    if (born === undefined) return [];
    const because = templateFault(reading.value, rules.templates, "data");
    if (because === undefined)
      return newsOf(member, born, fitting(member, reading, born, rules.tell));
    rules.tell({ kind: "refused", deviceId: member.deviceId, metric: reading.name, because });
    return [];
  });
}

function newsOf(
  member: Member,
  born: AnnouncedMetric,
  reading: MetricReading,
): readonly MetricReading[] {
  const whole = { ...reading, value: mergedInstance(born.value, reading.value) };
  if (!isNews(born, whole)) return [];
  const { reason: _before, ...rest } = born;
  member.metrics.set(reading.name, { ...rest, ...whole });
  return [{ ...reading, value: changedMembers(born.value, reading.value) }];
}

function announceFault(metric: AnnouncedMetric, rules: MemberRules): string | undefined {
  if (rules.reserved.includes(metric.name)) return "this name belongs to the edge node itself";
  if (rules.templates.has(metric.name)) return "a template definition has this name";
  return templateFault(metric.value, rules.templates, "birth");
}

/** The reading, or a bad one that says why when its value does not fit its datatype. */
function fitting<Reading extends MetricReading>(
  member: Member,
  reading: Reading,
  { datatype }: AnnouncedMetric,
  tell: Tell,
): Reading {
  const because = valueFault(datatype, reading.value);
  if (because === undefined) return reading;
  tell({ kind: "refused", deviceId: member.deviceId, metric: reading.name, because });
  return { ...reading, value: null, quality: "bad", reason: "value_misfit" };
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
