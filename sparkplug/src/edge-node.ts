/**
 * An edge node: ties what devices say to the messages, counters and order of a Sparkplug session.
 * It opens no connection: whoever owns the MQTT client asks `beginSession` for the Will before each CONNECT, says
 * `sessionOpened` once the subscriptions are acknowledged, hands over what arrives, and says `sessionLost`.
 * `EdgeNodeSession` does just that, with servers and a primary host.
 */
import { deathMessage } from "./death.ts";
import { RebirthDebounce } from "./edge-node-debounce.ts";
import { EdgeNodeInbox } from "./edge-node-inbox.ts";
import { EdgeNodeMembers } from "./edge-node-members.ts";
import type { EdgeNodeEvent, EdgeNodeOptions, OwnMetrics } from "./edge-node-options.ts";
import { EdgeNodeOutput } from "./edge-node-output.ts";
import type { MetricReading } from "./metric.ts";
import type { AnnouncedMetric } from "./reading.ts";
import type { SampleBatch } from "./sample-batch.ts";
import { nextBdSeq } from "./sequence.ts";
import { deviceTopic, NAMESPACE, nodeTopic } from "./topic.ts";
import type { SparkplugMessage } from "./transport.ts";

const REBIRTH_DEBOUNCE_MS = 2000;

type RebornCause = Extract<EdgeNodeEvent, { kind: "reborn" }>["because"];

/** An edge node without a connection: values and messages go in, messages come out through its `transport`. */
export class EdgeNode {
  readonly #options: EdgeNodeOptions;
  readonly #members: EdgeNodeMembers;
  readonly #output: EdgeNodeOutput;
  readonly #inbox: EdgeNodeInbox;
  readonly #debounce: RebirthDebounce;
  #bdSeq: number | undefined;

  /** @throws {SparkplugError} ID_ILLEGAL when an id cannot stand in a topic. */
  constructor(options: EdgeNodeOptions) {
    nodeTopic("NBIRTH", options.groupId, options.edgeNodeId);
    const { clock, rebirthDebounceMs = REBIRTH_DEBOUNCE_MS, lastBdSeq } = options;
    this.#options = options;
    this.#bdSeq = lastBdSeq;
    this.#members = new EdgeNodeMembers(clock, (event) => this.#tell(event));
    this.#output = new EdgeNodeOutput(options, this.#members);
    this.#inbox = new EdgeNodeInbox({
      node: options,
      members: this.#members,
      aliases: () => this.#output.aliases,
      rebirth: () => this.#rebirth(),
      ownDeath: (bdSeq) => this.#seeOwnDeath(bdSeq),
    });
    this.#debounce = new RebirthDebounce(clock, rebirthDebounceMs);
    this.#members.define(options);
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
    return this.#output.isBorn;
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
   * The subscriptions are acknowledged: births go out, then what was kept for later.
   * [tck-id-message-flow-edge-node-birth-publish-connect]
   */
  sessionOpened(): void {
    this.#output.births(this.#currentBdSeq, "connection lost");
  }

  /** The connection is gone; the server publishes the Will. Devices stay as they are for the next session. */
  sessionLost(): void {
    this.#debounce.cancel();
    this.#output.end("connection lost");
    this.#tellReady();
  }

  /** The transport takes messages again. */
  drained(): void {
    if (this.#output.drained()) {
      this.#output.births(this.#currentBdSeq, "queue full");
      this.#tell({ kind: "reborn", because: "queue was full" });
    }
    this.#tellReady();
  }

  /**
   * A device answered and these are all its metrics. Said again for a living device: DDEATH first, since the set may
   * differ. [tck-id-topic-structure-namespace-unique-device-id]
   * @throws {SparkplugError} ID_ILLEGAL when the id cannot stand in a topic.
   */
  born(deviceId: string, metrics: readonly AnnouncedMetric[]): void {
    deviceTopic("DBIRTH", this.#options, deviceId);
    this.died(deviceId);
    this.#output.deviceBirth(this.#members.born(deviceId, metrics));
  }

  /**
   * Publishes what changed since the last message, and only that. Readings of unborn metrics are left out.
   * `deviceId` is `undefined` for the edge node's own metrics.
   * [tck-id-topics-ndata-payload] [tck-id-topics-ddata-payload]
   */
  changed(deviceId: string | undefined, readings: readonly MetricReading[]): void {
    const found = this.#members.news(deviceId, readings);
    if (found !== undefined && found.news.length > 0) this.#output.data(found.member, found.news);
  }

  /**
   * Publishes a batch as one message, straight from its columns, and its templates as another. Who hands it over has left
   * out what is no news; rows of unborn metrics are left out. The batch is free to be used again when this returns.
   * [tck-id-topics-ndata-payload] [tck-id-topics-ddata-payload]
   */
  samples(deviceId: string | undefined, batch: SampleBatch): void {
    const found = this.#members.samples(deviceId, batch);
    if (found !== undefined && found.admitted.count > 0) {
      this.#output.samples(found.member, found.admitted);
    }
    const templates = found?.member.columns?.templates(batch) ?? [];
    if (templates.length > 0) this.changed(deviceId, templates);
  }

  /** Whether what is said now has to wait, because the transport takes no more. `onReady` tells when it does again. */
  get isSlow(): boolean {
    return this.#output.isSlow;
  }

  /** The device no longer answers. [tck-id-operational-behavior-device-ddeath] */
  died(deviceId: string): void {
    if (this.#members.died(deviceId)) this.#output.deviceDeath(deviceId);
  }

  /**
   * Says anew what the edge node's own metrics and the templates are: births go out again with the same `bdSeq`.
   * [tck-id-topics-nbirth-metric-reqs]
   */
  redefine(own: OwnMetrics): void {
    this.#members.define(own);
    this.#birthsAgain("redefined");
  }

  /**
   * An intentional end: DDEATH of each device, then NDEATH, before the client disconnects. Devices are forgotten.
   * [tck-id-operational-behavior-edge-node-intentional-disconnect-ndeath]
   * [tck-id-payloads-ndeath-will-message-publisher]
   */
  leave(): void {
    this.#debounce.cancel();
    this.#output.die(this.#currentBdSeq, this.#members.allDied());
  }

  /**
   * Ends this session, not the edge node: NDEATH when it was born, and devices stay for the next session.
   * [tck-id-operational-behavior-edge-node-termination-host-offline]
   */
  endSession(): void {
    this.#debounce.cancel();
    this.#output.die(this.#currentBdSeq, []);
  }

  /** A message on one of `filters`. Never throws: what cannot be carried out goes to `onRefused`. */
  received(topic: string, payload: Uint8Array): void {
    this.#inbox.received(topic, payload);
  }

  get #currentBdSeq(): number {
    return this.#bdSeq ?? 0;
  }

  /**
   * Somebody published our death while we live (a late Will, a double, a forger): hosts must see a birth again, but not
   * one for each death. Deaths within the pause get one birth, when it is over.
   */
  #seeOwnDeath(bdSeq: number | undefined): void {
    if (!this.#output.isOpen || bdSeq !== this.#bdSeq) return;
    this.#debounce.soon(() => this.#birthsAgain("own death seen"));
  }

  /**
   * What waits to be sent is dropped, births go out with the same `bdSeq`, `seq` from 0.
   * [tck-id-operational-behavior-data-commands-rebirth-action-1]
   * [tck-id-operational-behavior-data-commands-rebirth-action-2]
   * [tck-id-operational-behavior-data-commands-rebirth-action-3]
   */
  #rebirth(): void {
    if (this.#output.isOpen && this.#debounce.mayPass()) this.#birthsAgain("asked");
  }

  #birthsAgain(because: RebornCause): void {
    if (!this.#output.isOpen) return;
    this.#output.births(this.#currentBdSeq, "rebirth");
    this.#tell({ kind: "reborn", because });
  }

  #tellReady(): void {
    if (!this.isSlow) this.#options.onReady?.();
  }

  #tell(event: EdgeNodeEvent): void {
    this.#options.onEvent?.(event);
  }
}
