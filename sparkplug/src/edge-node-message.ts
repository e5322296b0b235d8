/**
 * The messages of an edge node, as drafts: which topic, which metrics, by which name or alias. When they go out, and with
 * which `seq`, is not decided here.
 */
import { AliasTable } from "./alias.ts";
import { REBIRTH, type NodeId } from "./command.ts";
import { BD_SEQ } from "./death.ts";
import { readingFault, settled, type Member } from "./edge-node-member.ts";
import { definitionMetrics, type TemplateTable } from "./edge-node-template.ts";
import type { MetricToSend } from "./encode.ts";
import { SampleHeads } from "./encode-samples.ts";
import type { MetricReading } from "./metric.ts";
import type { Draft } from "./outgoing.ts";
import { birthMetric, dataMetric, type MetricLabel } from "./reading.ts";
import { rowReading } from "./sample-batch.ts";
import type { AdmittedBatch, SampleColumns } from "./sample-columns.ts";
import { deviceTopic, nodeTopic } from "./topic.ts";

/** What an NBIRTH tells. */
export interface NodeBirth {
  readonly bdSeq: number;
  /** Milliseconds UTC. */
  readonly timestamp: number;
  readonly own: Member;
  readonly templates: TemplateTable;
  /** Those whose births follow. */
  readonly devices: ReadonlyMap<string, Member>;
}

export class EdgeNodeMessages {
  readonly #node: NodeId;
  readonly #aliases: AliasTable | undefined;
  readonly #heads = new WeakMap<SampleColumns, SampleHeads>();

  /** `aliases`: left out, metrics go by name. */
  constructor(node: NodeId, aliases: AliasTable | undefined) {
    this.#node = node;
    this.#aliases = aliases;
  }

  /** The aliases of all that is announced. */
  get aliases(): AliasTable {
    return this.#aliases ?? new AliasTable();
  }

  /**
   * Drops the aliases of what is announced no more. `bdSeq` and Rebirth carry no alias. [tck-id-operational-behavior-data-commands-rebirth-name-aliases]
   * [tck-id-operational-behavior-data-commands-rebirth-datatype]
   * [tck-id-operational-behavior-data-commands-rebirth-value] [tck-id-payloads-nbirth-rebirth-req]
   * [tck-id-topics-nbirth-bdseq-included] [tck-id-payloads-nbirth-bdseq] [tck-id-payloads-nbirth-bdseq-repeat]
   * [tck-id-message-flow-edge-node-birth-publish-nbirth-payload-bdSeq]
   * [tck-id-topics-nbirth-topic] [tck-id-message-flow-edge-node-birth-publish-nbirth-topic]
   * [tck-id-operational-behavior-data-publish-nbirth]
   */
  nodeBirth({ bdSeq, timestamp, own, templates, devices }: NodeBirth): Draft {
    this.#aliases?.keepOnly(({ deviceId, name }) => {
      const member = deviceId === undefined ? own : devices.get(deviceId);
      return member?.metrics.has(name) === true;
    });
    const common = { timestamp, tellDatatype: true };
    return {
      topic: nodeTopic("NBIRTH", this.#node.groupId, this.#node.edgeNodeId),
      startsSeq: true,
      metrics: [
        { ...common, name: BD_SEQ, datatype: "Int64", value: bdSeq }, // [tck-id-topics-nbirth-bdseq-matching]
        { ...common, name: REBIRTH, datatype: "Boolean", value: false }, // [tck-id-topics-nbirth-rebirth-metric]
        ...definitionMetrics(templates, timestamp),
        ...this.#birthMetrics(own),
      ],
    };
  }

  /**
   * [tck-id-topics-dbirth-topic] [tck-id-message-flow-device-birth-publish-dbirth-topic]
   * [tck-id-message-flow-device-birth-publish-dbirth-match-edge-node-topic] [tck-id-topics-dbirth-metric-reqs]
   * [tck-id-operational-behavior-data-publish-dbirth]
   */
  deviceBirth(device: Member): Draft {
    const topic = deviceTopic("DBIRTH", this.#node, device.deviceId ?? "");
    return { topic, metrics: this.#birthMetrics(device) };
  }

  /** [tck-id-topics-ddeath-topic] [tck-id-topics-ddeath-mqtt] [tck-id-payloads-ddeath-timestamp] */
  deviceDeath(deviceId: string, happenedAt: number): Draft {
    return { topic: deviceTopic("DDEATH", this.#node, deviceId), metrics: [], happenedAt };
  }

  /** [tck-id-topics-ndata-topic] [tck-id-topics-ddata-topic] [tck-id-payloads-ndata-order] [tck-id-payloads-ddata-order] */
  data(member: Member, readings: readonly MetricReading[]): Draft {
    const live = { deviceId: member.deviceId, readings };
    return { topic: this.#dataTopic(member), metrics: this.#dataMetrics(member, readings), live };
  }

  /** Readings of the past. Those that the birth no longer allows, by name or by datatype, are left out. */
  history(member: Member, readings: readonly MetricReading[]): Draft {
    const sendable = readings.filter((reading) => !isOutdated(member, reading));
    const metrics = this.#dataMetrics(member, sendable);
    const past = metrics.map((metric) => ({ ...metric, isHistorical: true }));
    return { topic: this.#dataTopic(member), metrics: past };
  }

  /** What all data messages of a device have in common, for batches. */
  headsOf(member: Member): SampleHeads | undefined {
    const { columns } = member;
    if (columns === undefined) return undefined;
    const known = this.#heads.get(columns);
    if (known !== undefined) return known;
    const heads = new SampleHeads(this.#dataTopic(member), columns, (index) => {
      const metric = columns.metric(index);
      return metric && this.#label(member, metric.name);
    });
    this.#heads.set(columns, heads);
    return heads;
  }

  /** A batch that has to wait, with an object per row like any other message. */
  samples(member: Member, { batch, readings }: AdmittedBatch): Draft {
    const metricOf = (index: number) => member.columns?.metric(index);
    const metrics: MetricToSend[] = [];
    const live: MetricReading[] = [];
    for (let row = 0; row < batch.count; row += 1) {
      const metric = metricOf(batch.metrics[row] ?? 0);
      if (metric === undefined) continue;
      const reading = readings.get(row) ?? rowReading(batch, row, metric);
      const label = this.#label(member, metric.name);
      const isHistorical = batch.historical?.[row] === 1;
      metrics.push({ ...dataMetric(reading, metric.datatype, label), isHistorical });
      live.push(reading);
    }
    const { deviceId } = member;
    return { topic: this.#dataTopic(member), metrics, live: { deviceId, readings: live } };
  }

  #birthMetrics(member: Member): readonly MetricToSend[] {
    return [...settled(member).values()].map((metric) => {
      const label = this.#label(member, metric.name);
      return birthMetric(metric, "alias" in label ? label.alias : undefined);
    });
  }

  #dataTopic({ deviceId }: Member): string {
    const { groupId, edgeNodeId } = this.#node;
    if (deviceId === undefined) return nodeTopic("NDATA", groupId, edgeNodeId);
    return deviceTopic("DDATA", this.#node, deviceId);
  }

  #dataMetrics(member: Member, readings: readonly MetricReading[]): readonly MetricToSend[] {
    return readings.flatMap((reading) => {
      const born = member.metrics.get(reading.name);
      if (born === undefined) return [];
      return [dataMetric(reading, born.datatype, this.#label(member, reading.name))];
    });
  }

  /** [tck-id-payloads-alias-uniqueness] */
  #label({ deviceId }: Member, name: string): MetricLabel {
    if (this.#aliases === undefined) return { name };
    return { alias: this.#aliases.aliasOf({ deviceId, name }) };
  }
}

/** A store may hand out readings of before a device changed, or of before this program did. */
function isOutdated(member: Member, reading: MetricReading): boolean {
  const born = member.metrics.get(reading.name);
  return born === undefined || readingFault(born.datatype, reading) !== undefined;
}
