/** Rows of the log in the words of targets: where their metric stands in the plant, its unit, its value by kind. */
import { matchesFilter } from "../broker/index.ts";
import type { LogEntry } from "../history/index.ts";
import { joinPath, valueJson, type UnsTree } from "../tree/index.ts";
import { contentOf, type RecordSubject, type SinkRecord } from "./record.ts";

export interface DescribeOptions {
  readonly tree: UnsTree;
  /** Where the device of a metric stands and the metric's name; `undefined`: nowhere. */
  readonly partsOf: (id: number) => readonly [place: string, name: string] | undefined;
  /** What the levels of a place are called. */
  readonly levels: readonly string[];
}

type MetricName = LogEntry["metric"];

/** Of one sink: the rows that its filters let pass. */
export class Describer {
  readonly #options: DescribeOptions;
  readonly #filters: readonly string[];
  /** All rows of one read that are of one metric have its name in common. */
  readonly #subjects = new WeakMap<MetricName, RecordSubject | "left out">();

  constructor(options: DescribeOptions, filters: readonly string[]) {
    this.#options = options;
    this.#filters = filters;
  }

  records(entries: readonly LogEntry[]): readonly SinkRecord[] {
    const records: SinkRecord[] = [];
    for (const entry of entries) {
      const subject = this.#subjectOf(entry.metric);
      if (subject !== "left out") records.push(recordOf(entry, subject));
    }
    return records;
  }

  #subjectOf(metric: MetricName): RecordSubject | "left out" {
    const known = this.#subjects.get(metric);
    if (known !== undefined) return known;
    if (isControl(metric)) {
      this.#subjects.set(metric, "left out");
      return "left out";
    }
    const source = sourcePath(metric);
    const subject = this.#describe(metric, source);
    const isWanted = this.#filters.some(
      (filter) => matchesFilter(filter, subject.path) || matchesFilter(filter, source),
    );
    const made = isWanted ? subject : "left out";
    this.#subjects.set(metric, made);
    return made;
  }

  #describe(metric: MetricName, source: string): RecordSubject {
    const { tree, partsOf } = this.#options;
    const { groupId, edgeNodeId, deviceId, name } = metric;
    const id = tree.find(source);
    const parts = id === undefined ? undefined : partsOf(id);
    const [place, ownName] = parts ?? [joinPath(memberOf(metric)), name];
    return {
      path: parts === undefined ? source : `${place}/${ownName}`,
      groupId,
      edgeNodeId,
      deviceId,
      metric: name,
      place,
      levels: parts === undefined ? [] : this.#levelsOf(place),
      unit: id === undefined ? undefined : tree.info(id)?.unit,
    };
  }

  #levelsOf(place: string): RecordSubject["levels"] {
    const values = place.split("/");
    return this.#options.levels.flatMap((name, at) => {
      const value = values[at];
      return value === undefined ? [] : [[name, value] as const];
    });
  }
}

function recordOf(entry: LogEntry, subject: RecordSubject): SinkRecord {
  const { value, datatype } = entry;
  return {
    subject,
    offset: entry.offset,
    time: entry.time,
    receivedAt: entry.receivedAt,
    datatype,
    content: contentOf(value, datatype, (one) => valueJson(one, datatype)),
    quality: entry.quality,
    reason: entry.reason,
    isHistorical: entry.isHistorical,
    isCorrected: entry.isCorrected,
  };
}

/** What Sparkplug needs itself is nobody's value. */
function isControl({ name }: MetricName): boolean {
  return name === "bdSeq" || name.startsWith("Node Control/") || name.startsWith("Device Control/");
}

function memberOf({ groupId, edgeNodeId, deviceId }: MetricName): readonly string[] {
  return deviceId === "" ? [groupId, edgeNodeId] : [groupId, edgeNodeId, deviceId];
}

/** Where a metric stands in the tree. */
export function sourcePath(metric: MetricName): string {
  return joinPath([...memberOf(metric), ...metric.name.split("/")]);
}
