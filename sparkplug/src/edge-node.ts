/**
 * An edge node: ties what devices say to the messages, counters and order of a Sparkplug session.
 * It opens no connection: whoever owns the MQTT client asks `beginSession` for the Will before each CONNECT, says
 * `sessionOpened` once the subscriptions are acknowledged, hands over what arrives, and says `sessionLost`.
 */
import { AliasTable } from "./alias.ts";
import { BD_SEQ, bdSeqOfBytes, deathMessage } from "./death.ts";
import { decodePayload } from "./decode.ts";
import type { Datatype } from "./datatype.ts";
import { encodePayload, type MetricToSend } from "./encode.ts";
import { SparkplugError } from "./errors.ts";
import type { BornMetric, MetricReading, MetricValue } from "./metric.ts";
import { metricValue, type Metric } from "./payload.ts";
import { birthMetric, changedSince, dataMetric } from "./reading.ts";
import { nextBdSeq, nextSeq } from "./sequence.ts";
import { deviceTopic, NAMESPACE, nodeTopic, readTopic, type DeviceMessageType } from "./topic.ts";
import type { SparkplugMessage, Transport } from "./transport.ts";

/** [tck-id-operational-behavior-data-commands-rebirth-name] */
export const REBIRTH = "Node Control/Rebirth";

/** Further rebirth requests within this time after one was served change nothing. */
const REBIRTH_DEBOUNCE_MS = 2000;

/** One metric that somebody asked to be written. */
export interface WriteCommand {
  readonly deviceId: string;
  readonly metric: string;
  readonly value: MetricValue;
}

export interface EdgeNodeOptions {
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly transport: Transport;
  /** The `bdSeq` of the last CONNECT, kept across restarts; `undefined` when there was none. */
  readonly lastBdSeq: number | undefined;
  /** Keeps a `bdSeq` before it is used. */
  saveBdSeq(bdSeq: number): void;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** A DCMD that names a writable metric of a living device with a value that fits. */
  onWrite(command: WriteCommand): void;
  /** A command that was not carried out, and why; also anything undecodable. */
  onRefused(topic: string, because: string): void;
}

interface Device {
  readonly metrics: Map<string, BornMetric>;
}

export class EdgeNode {
  readonly #options: EdgeNodeOptions;
  readonly #devices = new Map<string, Device>();
  readonly #aliases = new AliasTable();
  #session: { seq: number } | undefined;
  #bdSeq: number | undefined;
  #rebornAt = Number.NEGATIVE_INFINITY;

  constructor(options: EdgeNodeOptions) {
    this.#options = options;
    this.#bdSeq = options.lastBdSeq;
  }

  /** What to subscribe at QoS 1 before `sessionOpened`. [tck-id-message-flow-edge-node-ncmd-subscribe] */
  get filters(): readonly string[] {
    const { groupId, edgeNodeId } = this.#options;
    return [
      nodeTopic("NCMD", groupId, edgeNodeId),
      `${NAMESPACE}/${groupId}/DCMD/${edgeNodeId}/+`, // [tck-id-message-flow-device-dcmd-subscribe]
      nodeTopic("NDEATH", groupId, edgeNodeId),
    ];
  }

  /**
   * The Will for the next CONNECT: one `bdSeq` on. Call it before every CONNECT that is sent.
   * [tck-id-message-flow-edge-node-birth-publish-will-message] [tck-id-topics-nbirth-bdseq-increment]
   */
  beginSession(): SparkplugMessage {
    this.#session = undefined;
    const bdSeq = this.#bdSeq === undefined ? 0 : nextBdSeq(this.#bdSeq);
    this.#options.saveBdSeq(bdSeq);
    this.#bdSeq = bdSeq;
    return deathMessage(this.#options, bdSeq);
  }

  /** The subscriptions are acknowledged: births go out, the node's first. */
  sessionOpened(): void {
    this.#publishBirths();
  }

  /** The connection is gone; the server publishes the Will. Devices stay as they are for the next session. */
  sessionLost(): void {
    this.#session = undefined;
  }

  /**
   * A device answered and these are all its metrics. Said again for a living device: DDEATH first, since the set may
   * differ.
   */
  born(deviceId: string, metrics: readonly BornMetric[]): void {
    if (this.#devices.has(deviceId)) this.died(deviceId);
    const device = { metrics: new Map(metrics.map((metric) => [metric.name, metric])) };
    this.#devices.set(deviceId, device);
    this.#publishDeviceBirth(deviceId, device);
  }

  /** Publishes what changed since the last message, and only that. Readings of unborn metrics are left out. */
  changed(deviceId: string, readings: readonly MetricReading[]): void {
    const device = this.#devices.get(deviceId);
    if (device === undefined) return;
    const known = readings.filter((reading) => device.metrics.has(reading.name));
    const news = changedSince(device.metrics, known);
    const metrics = news.map((reading) => this.#keep(deviceId, device, reading));
    if (metrics.length > 0) this.#publishForDevice("DDATA", deviceId, metrics);
  }

  /** The device no longer answers. [tck-id-operational-behavior-device-ddeath] */
  died(deviceId: string): void {
    if (this.#devices.delete(deviceId)) this.#publishForDevice("DDEATH", deviceId, []);
  }

  /**
   * An intentional end: DDEATH of each device, then NDEATH, before the client disconnects.
   * [tck-id-operational-behavior-edge-node-intentional-disconnect-ndeath]
   */
  leave(): void {
    for (const deviceId of this.#devices.keys()) this.died(deviceId);
    if (this.#session === undefined || this.#bdSeq === undefined) return;
    this.#options.transport.publish(deathMessage(this.#options, this.#bdSeq, this.#options.now()));
    this.#session = undefined;
  }

  /** A message on one of `filters`. Never throws: what cannot be carried out goes to `onRefused`. */
  received(topic: string, payload: Uint8Array): void {
    try {
      this.#dispatch(topic, payload);
    } catch (error) {
      if (!(error instanceof SparkplugError)) throw error;
      this.#options.onRefused(topic, error.message);
    }
  }

  #dispatch(topic: string, payload: Uint8Array): void {
    const reading = readTopic(topic);
    if (reading.kind !== "sparkplug") return;
    const target = reading.topic;
    if (target.kind === "node" && target.type === "NDEATH") this.#seeOwnDeath(payload);
    else if (target.kind === "node" && target.type === "NCMD") this.#obeyNode(topic, payload);
    else if (target.kind === "device" && target.type === "DCMD") {
      this.#obeyDevice(topic, target.deviceId, payload);
    }
  }

  /** Somebody published our death while we live (a late Will, a double): hosts must see a birth again. */
  #seeOwnDeath(payload: Uint8Array): void {
    if (this.#session === undefined || bdSeqOfBytes(payload) !== this.#bdSeq) return;
    this.#publishBirths();
  }

  #obeyNode(topic: string, payload: Uint8Array): void {
    for (const metric of decodePayload(payload).metrics) {
      if (metric.name !== REBIRTH) {
        const name = metric.name ?? `alias ${metric.alias}`;
        this.#options.onRefused(topic, `"${name}" is no command of this edge node`);
      } else if (metricValue(metric, "Boolean") === true) this.#rebirth();
    }
  }

  #obeyDevice(topic: string, deviceId: string, payload: Uint8Array): void {
    const device = this.#devices.get(deviceId);
    if (device === undefined) {
      this.#options.onRefused(topic, `device "${deviceId}" is not online`);
      return;
    }
    for (const metric of decodePayload(payload).metrics) this.#obeyMetric(topic, deviceId, metric);
  }

  #obeyMetric(topic: string, deviceId: string, metric: Metric): void {
    const name = metric.name ?? this.#nameOf(deviceId, metric.alias);
    const born = name === undefined ? undefined : this.#devices.get(deviceId)?.metrics.get(name);
    if (born === undefined) {
      const asked = name === undefined ? `alias ${metric.alias}` : `"${name}"`;
      this.#options.onRefused(topic, `${asked} is no metric of device "${deviceId}"`);
    } else if (!born.writable) {
      this.#options.onRefused(topic, `"${born.name}" of device "${deviceId}" is read-only`);
    } else {
      const value = metricValue(metric, born.datatype);
      this.#options.onWrite({ deviceId, metric: born.name, value });
    }
  }

  #nameOf(deviceId: string, alias: number | bigint | undefined): string | undefined {
    const place = alias === undefined ? undefined : this.#aliases.placeOf(alias);
    return place?.deviceId === deviceId ? place.name : undefined;
  }

  /** [tck-id-operational-behavior-data-commands-rebirth-action-1] … the same `bdSeq`, `seq` from 0. */
  #rebirth(): void {
    const now = this.#options.now();
    if (this.#session === undefined || now - this.#rebornAt < REBIRTH_DEBOUNCE_MS) return;
    this.#rebornAt = now;
    this.#publishBirths();
  }

  #publishBirths(): void {
    this.#session = { seq: 0 };
    this.#aliases.clear();
    this.#publishNodeBirth(this.#bdSeq ?? 0);
    for (const [deviceId, device] of this.#devices) this.#publishDeviceBirth(deviceId, device);
  }

  /** `bdSeq` and Rebirth carry no alias. [tck-id-operational-behavior-data-commands-rebirth-name-aliases] */
  #publishNodeBirth(bdSeq: number): void {
    const timestamp = this.#options.now();
    const metric = (name: string, datatype: Datatype, value: MetricValue): MetricToSend => ({
      name,
      datatype,
      value,
      timestamp,
      tellDatatype: true,
    });
    const { groupId, edgeNodeId } = this.#options;
    this.#publish(nodeTopic("NBIRTH", groupId, edgeNodeId), [
      metric(BD_SEQ, "Int64", bdSeq), // [tck-id-topics-nbirth-bdseq-matching]
      metric(REBIRTH, "Boolean", false), // [tck-id-topics-nbirth-rebirth-metric]
    ]);
  }

  #publishDeviceBirth(deviceId: string, device: Device): void {
    const metrics = [...device.metrics.values()].map((metric) =>
      birthMetric(metric, this.#aliases.aliasOf({ deviceId, name: metric.name })),
    );
    this.#publishForDevice("DBIRTH", deviceId, metrics);
  }

  #publishForDevice(
    type: DeviceMessageType,
    deviceId: string,
    metrics: readonly MetricToSend[],
  ): void {
    this.#publish(deviceTopic(type, this.#options, deviceId), metrics);
  }

  /** `seq` is dealt here and nowhere else, in the order of sending. [tck-id-payloads-sequence-num-incrementing] */
  #publish(topic: string, metrics: readonly MetricToSend[]): void {
    if (this.#session === undefined) return;
    const { seq } = this.#session;
    const payload = encodePayload({ timestamp: this.#options.now(), seq, metrics });
    this.#options.transport.publish({ topic, payload, qos: 0, retain: false });
    this.#session.seq = nextSeq(seq);
  }

  /** Keeps a reading as the last published one and gives it as it stands in DDATA. */
  #keep(deviceId: string, device: Device, reading: MetricReading): MetricToSend {
    const born = device.metrics.get(reading.name);
    if (born === undefined) throw new TypeError(`unborn metric ${reading.name}`);
    const { reason: _before, ...rest } = born;
    device.metrics.set(reading.name, { ...rest, ...reading });
    const alias = this.#aliases.aliasOf({ deviceId, name: reading.name });
    return dataMetric(reading, born.datatype, alias);
  }
}
