/**
 * Live certificates: for each edge node and device a retained birth that is current, in two forms. They are made from
 * the tree when somebody subscribes, so data costs nothing while nobody does. Who is subscribed gets a new one when its
 * source is born, dies or comes back, and, where it is asked for, now and then when its values have changed.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { readTopic, type NodeId } from "@unshub/sparkplug";
import type { MqttMessage, RetainedProvider } from "../../broker/index.ts";
import { isBorn, type UnsTree } from "../../tree/index.ts";
import { liveJson } from "./live-json.ts";
import { livePayload } from "./live-payload.ts";
import {
  LIVE,
  LIVE_FORMS,
  liveMatching,
  liveTopic,
  type LiveCertificate,
  type SessionGroups,
} from "./live-topics.ts";

/** A node's NBIRTH and the DBIRTHs after it are told together. Milliseconds. */
const SETTLE_MS = 250;
/** Metrics that are written in one turn of the event loop. */
const METRICS_A_TURN = 1000;
/** To look whether a metric has changed costs that much less than to write it. */
const LOOKS_FOR_A_WRITE = 10;
const NOTHING = new Uint8Array();

export interface LiveCertificatesOptions {
  readonly tree: UnsTree;
  readonly groups: SessionGroups;
  /** How often those that changed are told to who is subscribed; `undefined`: never for values alone. */
  readonly refreshMs: number | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly hasReceivers: (topic: string) => boolean;
  /** Does not throw. */
  readonly publish: (message: MqttMessage) => Promise<void>;
}

type Source = Omit<LiveCertificate, "form">;

export class LiveCertificates implements RetainedProvider {
  readonly #options: LiveCertificatesOptions;
  /** Rows of edge nodes and devices that are to be told. */
  readonly #changed = new Set<number>();
  /** By row: when it was told last. */
  readonly #toldAt = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;
  #isTelling = false;
  #isLooking = false;
  #isRunning = false;
  #stopListening: () => void = () => undefined;

  constructor(options: LiveCertificatesOptions) {
    this.#options = options;
  }

  owns(topic: string): boolean {
    return topic.startsWith(`${LIVE}/`);
  }

  start(): void {
    const { tree, refreshMs } = this.#options;
    this.#isRunning = true;
    const unobserve = tree.observe({
      rowChanged: (id) => {
        if (!tree.rows.isMetric(id)) this.#changedAt(id);
      },
    });
    const refreshing =
      refreshMs === undefined ? undefined : setInterval(() => void this.#refresh(), refreshMs);
    this.#stopListening = () => {
      unobserve();
      clearInterval(refreshing);
    };
    this.#tellOfRestart();
  }

  /** Tells nobody any more; who subscribes is answered all the same. */
  stop(): void {
    this.#isRunning = false;
    this.#stopListening();
    clearTimeout(this.#timer);
  }

  /** The certificate of a birth may be another one now, though the state of its source is the same. */
  born(topic: string): void {
    const source = this.#sourceOf(topic);
    if (source !== undefined) this.#changedAt(source.member.rowId);
  }

  *matching(filter: string): Generator<MqttMessage | undefined> {
    for (const certificate of liveMatching(filter, this.#options.groups)) {
      yield certificate && this.#message(certificate);
      for (let left = stepsFor(certificate); left > 0; left -= 1) yield undefined;
    }
  }

  /** Sessions that were away meanwhile have the state of before the restart. */
  #tellOfRestart(): void {
    for (const { member } of this.#sources()) {
      if (member.state === "last-known") this.#changedAt(member.rowId);
    }
  }

  #changedAt(row: number): void {
    this.#changed.add(row);
    if (this.#timer !== undefined || !this.#isRunning) return;
    this.#timer = setTimeout(() => void this.#tell(), SETTLE_MS);
  }

  async #tell(): Promise<void> {
    this.#isTelling = true;
    const rows = [...this.#changed];
    this.#changed.clear();
    let publishing: Promise<void>[] = [];
    let work = 0;
    for (const row of rows) {
      const source = this.#sourceAt(row);
      if (source === undefined) continue;
      if (!this.#isRunning) break;
      const messages = this.#messagesOf(source);
      publishing.push(...messages.map((message) => this.#options.publish(message)));
      work += 1 + messages.length * source.member.ids.length;
      if (work < METRICS_A_TURN) continue;
      await Promise.all(publishing);
      await nextTurn();
      publishing = [];
      work = 0;
    }
    await Promise.all(publishing);
    this.#isTelling = false;
    this.#timer = undefined;
    const [next] = this.#changed;
    if (next !== undefined) this.#changedAt(next);
  }

  /** Both forms, as far as anybody is subscribed. */
  #messagesOf(source: Source): readonly MqttMessage[] {
    const { session, deviceId, member } = source;
    const { hasReceivers, now } = this.#options;
    const messages: MqttMessage[] = [];
    for (const form of LIVE_FORMS) {
      const topic = liveTopic(form, session, deviceId);
      if (!hasReceivers(topic)) continue;
      this.#toldAt.set(member.rowId, now());
      messages.push(isBorn(member) ? this.#message({ ...source, form }) : gone(topic));
    }
    return messages;
  }

  /** Marks those whose values have changed since they were told, if anybody listens. */
  async #refresh(): Promise<void> {
    if (this.#isTelling || this.#isLooking) return;
    this.#isLooking = true;
    let work = 0;
    for (const source of this.#sources()) {
      work += 1 + source.member.ids.length;
      if (this.#isHeard(source) && this.#hasNews(source)) this.#changedAt(source.member.rowId);
      if (work < METRICS_A_TURN * LOOKS_FOR_A_WRITE) continue;
      work = 0;
      await nextTurn();
    }
    this.#isLooking = false;
  }

  *#sources(): Generator<Source> {
    for (const nodes of this.#options.groups.values()) {
      for (const session of nodes.values()) {
        yield { session, deviceId: undefined, member: session.own };
        for (const [deviceId, member] of session.devices) yield { session, deviceId, member };
      }
    }
  }

  #isHeard({ session, deviceId }: Source): boolean {
    return LIVE_FORMS.some((form) =>
      this.#options.hasReceivers(liveTopic(form, session, deviceId)),
    );
  }

  #hasNews({ member }: Source): boolean {
    const { values } = this.#options.tree;
    const toldAt = this.#toldAt.get(member.rowId) ?? 0;
    return member.ids.some((id) => values.receivedAt(id) >= toldAt);
  }

  #message(certificate: LiveCertificate): MqttMessage {
    const { tree, now } = this.#options;
    const { form, session, deviceId } = certificate;
    const payload =
      form === "json"
        ? Buffer.from(liveJson(tree, certificate, now()))
        : livePayload(tree, certificate, now());
    return { topic: liveTopic(form, session, deviceId), payload, qos: 1, retain: true };
  }

  #sourceOf(topic: string): Source | undefined {
    const reading = readTopic(topic);
    if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return undefined;
    const { topic: ids } = reading;
    return this.#sourceNamed(ids, ids.kind === "device" ? ids.deviceId : undefined);
  }

  #sourceAt(row: number): Source | undefined {
    const { rows } = this.#options.tree;
    const isDevice = rows.kind(row) === "device";
    const node = isDevice ? rows.parent(row) : row;
    const id = { groupId: rows.name(rows.parent(node)), edgeNodeId: rows.name(node) };
    return this.#sourceNamed(id, isDevice ? rows.name(row) : undefined);
  }

  #sourceNamed({ groupId, edgeNodeId }: NodeId, deviceId: string | undefined): Source | undefined {
    const session = this.#options.groups.get(groupId)?.get(edgeNodeId);
    const member = deviceId === undefined ? session?.own : session?.devices.get(deviceId);
    return session && member && { session, deviceId, member };
  }
}

/** What writing one costs, in steps of a microsecond. */
function stepsFor(certificate: LiveCertificate | undefined): number {
  if (certificate === undefined) return 0;
  return certificate.member.ids.length * (certificate.form === "json" ? 2 : 1);
}

/** Takes the retained message away from who has it. */
function gone(topic: string): MqttMessage {
  return { topic, payload: NOTHING, qos: 1, retain: true };
}
