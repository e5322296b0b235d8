/**
 * An edge node: ties what devices say to the messages, counters and order of a Sparkplug session.
 * It opens no connection: whoever owns the MQTT client asks `beginSession` for the Will before each CONNECT, says
 * `sessionOpened` once the subscriptions are acknowledged, hands over what arrives, and says `sessionLost`.
 * `EdgeNodeSession` does just that, with servers and a primary host.
 */
import { REBIRTH } from "./command.ts";
import { BD_SEQ, bdSeqOfBytes, deathMessage } from "./death.ts";
import { decodeLenient } from "./decode.ts";
import { readOrder } from "./edge-node-command.ts";
import {
  openMember,
  takeNews,
  tellTwins,
  type Member,
  type MemberRules,
} from "./edge-node-member.ts";
import { EdgeNodeMessages } from "./edge-node-message.ts";
import type { EdgeNodeEvent, EdgeNodeOptions, OwnMetrics, SkipCause } from "./edge-node-options.ts";
import { templateTable, type TemplateTable } from "./edge-node-template.ts";
import { encodePayload } from "./encode.ts";
import { SparkplugError } from "./errors.ts";
import type { MetricReading } from "./metric.ts";
import { OutgoingQueue, type Draft } from "./outgoing.ts";
import { inTimeOrder, type AnnouncedMetric } from "./reading.ts";
import { nextBdSeq, nextSeq } from "./sequence.ts";
import { deviceTopic, NAMESPACE, nodeTopic, readTopic } from "./topic.ts";
import type { SparkplugMessage } from "./transport.ts";

const REBIRTH_DEBOUNCE_MS = 2000;
const QUEUE_LIMIT = 1000;
/** Historical readings in one message. */
const HISTORY_BATCH = 200;

type Session =
  | { readonly kind: "none" }
  /** Subscribed, and births were said. `seq`: that of the next message. `born`: NBIRTH really left. */
  | { readonly kind: "open"; seq: number; born: boolean }
  /** The queue was full; births are due as soon as the transport takes messages again. */
  | { readonly kind: "choked"; seq: number; born: boolean };

/** An edge node without a connection: values and messages go in, messages come out through its `transport`. */
export class EdgeNode {
  readonly #options: EdgeNodeOptions;
  readonly #devices = new Map<string, Member>();
  readonly #messages: EdgeNodeMessages;
  readonly #queue: OutgoingQueue;
  #templates: TemplateTable = new Map();
  #own: Member = { deviceId: undefined, metrics: new Map() };
  #session: Session = { kind: "none" };
  #bdSeq: number | undefined;
  #rebornAt = Number.NEGATIVE_INFINITY;

  /** @throws {SparkplugError} ID_ILLEGAL when an id cannot stand in a topic. */
  constructor(options: EdgeNodeOptions) {
    nodeTopic("NBIRTH", options.groupId, options.edgeNodeId);
    this.#options = options;
    this.#bdSeq = options.lastBdSeq;
    const { transport, queueLimit = QUEUE_LIMIT, aliases = "dealt" } = options;
    this.#messages = new EdgeNodeMessages(options, aliases);
    this.#queue = new OutgoingQueue(transport, queueLimit, (draft) => this.#send(draft));
    this.#define(options);
  }

  /**
   * What to subscribe at QoS 1 before `sessionOpened`. [tck-id-message-flow-edge-node-ncmd-subscribe]
   * [tck-id-message-flow-device-dcmd-subscribe]
   */
  get filters(): readonly string[] {
    const { groupId, edgeNodeId } = this.#options;
    return [
      nodeTopic("NCMD", groupId, edgeNodeId),
      `${NAMESPACE}/${groupId}/DCMD/${edgeNodeId}/+`,
      nodeTopic("NDEATH", groupId, edgeNodeId),
    ];
  }

  /** Whether hosts have heard this session's NBIRTH. */
  get isBorn(): boolean {
    return this.#session.kind !== "none" && this.#session.born;
  }

  /**
   * The Will for the next CONNECT: one `bdSeq` on. Call it before every CONNECT that is sent.
   * [tck-id-message-flow-edge-node-birth-publish-will-message] [tck-id-topics-nbirth-bdseq-increment]
   */
  beginSession(): SparkplugMessage {
    this.sessionLost();
    const bdSeq = this.#bdSeq === undefined ? 0 : nextBdSeq(this.#bdSeq);
    this.#options.saveBdSeq(bdSeq);
    this.#bdSeq = bdSeq;
    return deathMessage(this.#options, bdSeq);
  }

  /**
   * The subscriptions are acknowledged: births go out, the node's first, then what was kept for later.
   * [tck-id-message-flow-edge-node-birth-publish-connect] [tck-id-principles-birth-certificates-order]
   */
  sessionOpened(): void {
    this.#publishBirths("connection lost");
    this.#flush();
  }

  /** The connection is gone; the server publishes the Will. Devices stay as they are for the next session. */
  sessionLost(): void {
    this.#session = { kind: "none" };
    this.#setAside(this.#queue.takeBack(), "connection lost");
  }

  /** The transport takes messages again. */
  drained(): void {
    if (this.#session.kind === "choked") {
      this.#publishBirths("queue full");
      this.#tell({ kind: "reborn", because: "queue was full" });
    }
    if (this.#session.kind === "open") this.#queue.drain();
    this.#flush();
  }

  /**
   * A device answered and these are all its metrics. Said again for a living device: DDEATH first, since the set may
   * differ. [tck-id-topic-structure-namespace-unique-device-id]
   * @throws {SparkplugError} ID_ILLEGAL when the id cannot stand in a topic.
   */
  born(deviceId: string, metrics: readonly AnnouncedMetric[]): void {
    deviceTopic("DBIRTH", this.#options, deviceId);
    if (this.#devices.has(deviceId)) this.died(deviceId);
    const device = openMember(deviceId, metrics, this.#rules);
    this.#devices.set(deviceId, device);
    tellTwins(undefined, [...this.#devices.keys()], (event) => this.#tell(event));
    if (this.#session.kind === "open") {
      this.#queue.addAlways(this.#messages.deviceBirth(device));
    }
    this.#flush();
  }

  /**
   * Publishes what changed since the last message, and only that. Readings of unborn metrics are left out.
   * `deviceId` is `undefined` for the edge node's own metrics.
   * [tck-id-topics-ndata-payload] [tck-id-topics-ddata-payload]
   */
  changed(deviceId: string | undefined, readings: readonly MetricReading[]): void {
    const member = this.#member(deviceId);
    if (member === undefined) return;
    const news = takeNews(member, readings, this.#rules);
    if (news.length === 0) return;
    if (this.#session.kind === "none") this.#store(deviceId, news);
    else if (this.#session.kind === "choked")
      this.#skip([{ deviceId, readings: news }], "queue full");
    else this.#publish(this.#messages.data(member, news));
  }

  /** The device no longer answers. [tck-id-operational-behavior-device-ddeath] */
  died(deviceId: string): void {
    if (this.#devices.delete(deviceId) && this.#session.kind === "open") {
      this.#publish(this.#messages.deviceDeath(deviceId, this.#options.now()));
    }
  }

  /**
   * Says anew what the edge node's own metrics and the templates are: births go out again with the same `bdSeq`.
   * [tck-id-topics-nbirth-metric-reqs]
   */
  redefine(own: OwnMetrics): void {
    this.#define(own);
    if (this.#session.kind === "none") return;
    this.#publishBirths("rebirth");
    this.#tell({ kind: "reborn", because: "redefined" });
    this.#flush();
  }

  /**
   * An intentional end: DDEATH of each device, then NDEATH, before the client disconnects. Devices are forgotten.
   * [tck-id-operational-behavior-edge-node-intentional-disconnect-ndeath]
   * [tck-id-payloads-ndeath-will-message-publisher]
   */
  leave(): void {
    const devices = [...this.#devices.keys()];
    this.#devices.clear();
    this.#setAside(this.#queue.takeBack(), "leaving");
    if (this.isBorn)
      for (const deviceId of devices)
        this.#send(this.#messages.deviceDeath(deviceId, this.#options.now()));
    this.endSession();
  }

  /**
   * Ends this session, not the edge node: NDEATH when it was born, and devices stay for the next session.
   * [tck-id-operational-behavior-edge-node-termination-host-offline]
   */
  endSession(): void {
    this.#setAside(this.#queue.takeBack(), "leaving");
    if (this.isBorn && this.#bdSeq !== undefined) {
      const death = deathMessage(this.#options, this.#bdSeq, this.#options.now());
      this.#options.transport.publish(death);
    }
    this.#session = { kind: "none" };
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

  get #rules(): MemberRules {
    const tell = (event: EdgeNodeEvent): void => this.#tell(event);
    return { templates: this.#templates, reserved: [], tell };
  }

  #define({ metrics = [], templates = [] }: OwnMetrics): void {
    this.#templates = templateTable(templates, (metric, because) =>
      this.#tell({ kind: "refused", deviceId: undefined, metric, because }),
    );
    this.#own = openMember(undefined, metrics, { ...this.#rules, reserved: [BD_SEQ, REBIRTH] });
  }

  #dispatch(topic: string, payload: Uint8Array): void {
    const reading = readTopic(topic);
    if (reading.kind !== "sparkplug") return;
    const target = reading.topic;
    if (target.kind === "state") return;
    const { groupId, edgeNodeId } = this.#options;
    if (target.groupId !== groupId || target.edgeNodeId !== edgeNodeId) return;
    if (target.type === "NDEATH") this.#seeOwnDeath(payload);
    else if (target.type === "NCMD") this.#obey(topic, this.#own, payload);
    else if (target.type === "DCMD") {
      const device = this.#devices.get(target.deviceId);
      if (device !== undefined) this.#obey(topic, device, payload);
      else this.#options.onRefused(topic, `device "${target.deviceId}" is not online`);
    }
  }

  /** Somebody published our death while we live (a late Will, a double): hosts must see a birth again. */
  #seeOwnDeath(payload: Uint8Array): void {
    if (this.#session.kind === "none" || bdSeqOfBytes(payload) !== this.#bdSeq) return;
    this.#publishBirths("rebirth");
    this.#tell({ kind: "reborn", because: "own death seen" });
  }

  #obey(topic: string, member: Member, payload: Uint8Array): void {
    for (const metric of decodeLenient(payload).metrics) {
      const order = readOrder(metric, member, this.#messages.aliases);
      if (order.kind === "rebirth") this.#rebirth();
      else if (order.kind === "refused") this.#options.onRefused(topic, order.because);
      else if (order.kind === "write") {
        const { metric: name, value } = order;
        if (member.deviceId === undefined) this.#options.onNodeWrite?.({ metric: name, value });
        else this.#options.onWrite({ deviceId: member.deviceId, metric: name, value });
      }
    }
  }

  /**
   * What waits to be sent is dropped, births go out with the same `bdSeq`, `seq` from 0.
   * [tck-id-operational-behavior-data-commands-rebirth-action-1]
   * [tck-id-operational-behavior-data-commands-rebirth-action-2]
   * [tck-id-operational-behavior-data-commands-rebirth-action-3]
   */
  #rebirth(): void {
    const now = this.#options.now();
    const { rebirthDebounceMs = REBIRTH_DEBOUNCE_MS } = this.#options;
    const since = now - this.#rebornAt; // negative when the clock was set back
    if (this.#session.kind === "none" || (since >= 0 && since < rebirthDebounceMs)) return;
    this.#rebornAt = now;
    this.#publishBirths("rebirth");
    this.#tell({ kind: "reborn", because: "asked" });
    this.#flush();
  }

  /** [tck-id-payloads-dbirth-order] [tck-id-message-flow-device-birth-publish-nbirth-wait] */
  #publishBirths(because: SkipCause): void {
    const born = this.isBorn;
    this.#setAside(this.#queue.takeBack(), because);
    this.#session = { kind: "open", seq: 0, born };
    const birth = { bdSeq: this.#bdSeq ?? 0, timestamp: this.#options.now() };
    const own = { own: this.#own, templates: this.#templates };
    this.#queue.addAlways(this.#messages.nodeBirth({ ...birth, ...own }));
    for (const device of this.#devices.values()) {
      this.#queue.addAlways(this.#messages.deviceBirth(device));
    }
  }

  /** Sends what the store kept, as historical values, while the transport takes it. */
  #flush(): void {
    if (this.#session.kind !== "open" || this.#options.store === undefined) return;
    for (const member of [this.#own, ...this.#devices.values()]) this.#flushMember(member);
  }

  #flushMember(member: Member): void {
    const { store } = this.#options;
    const { deviceId } = member;
    if (store === undefined) return;
    while (this.#queue.isFree) {
      const readings = store.oldest(deviceId, HISTORY_BATCH);
      if (readings.length === 0) return;
      const draft = this.#messages.history(member, readings);
      const sent = draft.metrics.length;
      if (sent > 0) this.#publish(draft);
      store.forget(deviceId, readings.length);
      const lost = readings.length - sent;
      if (lost > 0)
        this.#tell({ kind: "lost", because: "metric no longer born", deviceId, readings: lost });
    }
  }

  /** Into the queue; when that is full, everything in it gives way to births that tell the last values. */
  #publish(draft: Draft): void {
    if (this.#queue.add(draft) || this.#session.kind !== "open") return;
    this.#session = { ...this.#session, kind: "choked" };
    this.#setAside([...this.#queue.takeBack(), draft], "queue full");
  }

  /**
   * `seq` is dealt here and nowhere else, in the order of sending.
   * [tck-id-payloads-sequence-num-incrementing] [tck-id-payloads-sequence-num-always-included]
   * [tck-id-topics-nbirth-timestamp] [tck-id-topics-dbirth-timestamp] [tck-id-topics-ndata-timestamp]
   * [tck-id-topics-ddata-timestamp] [tck-id-payloads-nbirth-timestamp] [tck-id-payloads-dbirth-timestamp]
   * [tck-id-payloads-ndata-timestamp] [tck-id-payloads-ddata-timestamp]
   * [tck-id-topics-nbirth-mqtt] [tck-id-topics-dbirth-mqtt] [tck-id-topics-ndata-mqtt] [tck-id-topics-ddata-mqtt]
   * [tck-id-payloads-nbirth-qos] [tck-id-payloads-dbirth-qos] [tck-id-payloads-ndata-qos] [tck-id-payloads-ddata-qos]
   * [tck-id-payloads-nbirth-retain] [tck-id-payloads-dbirth-retain] [tck-id-payloads-ndata-retain]
   * [tck-id-payloads-ddata-retain] [tck-id-message-flow-edge-node-birth-publish-nbirth-qos]
   * [tck-id-message-flow-edge-node-birth-publish-nbirth-retained]
   * [tck-id-message-flow-device-birth-publish-dbirth-qos]
   * [tck-id-message-flow-device-birth-publish-dbirth-retained]
   * [tck-id-message-flow-edge-node-birth-publish-nbirth-payload]
   * [tck-id-message-flow-device-birth-publish-dbirth-payload]
   * [tck-id-payloads-nbirth-seq] [tck-id-payloads-sequence-num-req-nbirth]
   * [tck-id-message-flow-edge-node-birth-publish-nbirth-payload-seq]
   * [tck-id-payloads-dbirth-seq] [tck-id-topics-dbirth-seq] [tck-id-payloads-dbirth-seq-inc]
   * [tck-id-message-flow-device-birth-publish-dbirth-payload-seq]
   * [tck-id-payloads-ndata-seq] [tck-id-topics-ndata-seq-num] [tck-id-payloads-ndata-seq-inc]
   * [tck-id-payloads-ddata-seq] [tck-id-topics-ddata-seq-num] [tck-id-payloads-ddata-seq-inc]
   * [tck-id-payloads-ddeath-seq] [tck-id-payloads-ddeath-seq-number] [tck-id-topics-ddeath-seq-num]
   * [tck-id-payloads-ddeath-seq-inc]
   */
  #send(draft: Draft): void {
    if (this.#session.kind === "none") return;
    const { seq } = this.#session;
    const timestamp = draft.happenedAt ?? this.#options.now();
    const payload = encodePayload({ timestamp, seq, metrics: inTimeOrder(draft.metrics) });
    this.#options.transport.publish({ topic: draft.topic, payload, qos: 0, retain: false });
    this.#session.seq = nextSeq(seq);
    this.#session.born = true; // births are always first
  }

  /** What did not leave: into the store if there is one, and told in any case. */
  #setAside(drafts: readonly Draft[], because: SkipCause): void {
    this.#skip(
      drafts.flatMap(({ live }) => live ?? []),
      because,
    );
  }

  #skip(
    skipped: readonly { deviceId: string | undefined; readings: readonly MetricReading[] }[],
    because: SkipCause,
  ): void {
    const readings = skipped.reduce((sum, each) => sum + each.readings.length, 0);
    if (readings === 0) return;
    for (const each of skipped) this.#store(each.deviceId, each.readings);
    this.#tell({ kind: "skipped", because, readings, kept: this.#options.store !== undefined });
  }

  #store(deviceId: string | undefined, readings: readonly MetricReading[]): void {
    const lost = this.#options.store?.append(deviceId, readings) ?? 0;
    if (lost > 0) this.#tell({ kind: "lost", because: "store full", deviceId, readings: lost });
  }

  #member(deviceId: string | undefined): Member | undefined {
    return deviceId === undefined ? this.#own : this.#devices.get(deviceId);
  }

  #tell(event: EdgeNodeEvent): void {
    this.#options.onEvent?.(event);
  }
}
