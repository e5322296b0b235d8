/** What a host hears, read and sorted: messages of edge nodes, births that a server kept, STATE of hosts. Never throws. */
import type { NodeId } from "./command.ts";
import { decodeLenient } from "./decode.ts";
import { SparkplugError } from "./errors.ts";
import type { HostListener } from "./host-listener.ts";
import type { HostNode, HostNodes } from "./host-node.ts";
import { fingerprintOf, type Arrived } from "./host-reorder.ts";
import type { HostSessions } from "./host-sessions.ts";
import type { Clock } from "./session-clock.ts";
import { readLegacyState, readState } from "./state.ts";
import { CERTIFICATES, readTopic, type SparkplugTopic } from "./topic.ts";

/** Before the topic of the birth. */
const CERTIFICATE = `${CERTIFICATES}/`;

type NodeOrDevice = Exclude<SparkplugTopic, { kind: "state" }>;

export interface HostInboxOptions {
  readonly clock: Clock;
  readonly listener: HostListener;
  readonly nodes: HostNodes;
  readonly sessions: HostSessions;
}

export class HostInbox {
  readonly #options: HostInboxOptions;

  constructor(options: HostInboxOptions) {
    this.#options = options;
  }

  /** What is wrong goes to `faulty`. */
  received(server: string, topic: string, payload: Uint8Array): void {
    try {
      this.#dispatch(server, topic, payload);
    } catch (error) {
      if (!(error instanceof SparkplugError)) throw error;
      this.#options.listener.faulty?.(topic, error.message);
    }
  }

  #dispatch(server: string, topic: string, payload: Uint8Array): void {
    if (topic.startsWith("STATE/")) return this.#legacyState(server, topic, payload);
    if (topic.startsWith(CERTIFICATE)) return this.#certificate(server, topic, payload);
    const reading = readTopic(topic);
    if (reading.kind === "other") return undefined;
    if (reading.kind === "fault") {
      return this.#options.listener.faulty?.(topic, reading.fault.because);
    }
    if (reading.topic.kind === "state") {
      const state = readState(payload);
      return this.#options.listener.hostState?.(reading.topic.hostId, { server, ...state });
    }
    return this.#follow(server, reading.topic, { topic, bytes: payload });
  }

  #legacyState(server: string, topic: string, payload: Uint8Array): void {
    const online = readLegacyState(payload);
    const hostId = topic.slice("STATE/".length);
    this.#options.listener.hostState?.(hostId, { server, online, timestamp: undefined });
  }

  /** Commands of other hosts say nothing of the node. */
  #follow(
    server: string,
    target: NodeOrDevice,
    { topic, bytes }: { readonly topic: string; readonly bytes: Uint8Array },
  ): void {
    if (target.type === "NCMD" || target.type === "DCMD") return;
    const node = this.#open(target, topic);
    if (node === undefined) return;
    const payload = this.#decoded(node, server, bytes);
    this.#options.sessions.apply(node, this.#arrived(target, { topic, bytes, server, payload }));
  }

  /** What an aware server keeps of births, for those who come late. */
  #certificate(server: string, topic: string, bytes: Uint8Array): void {
    const reading = readTopic(topic.slice(CERTIFICATE.length));
    if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return;
    const target = reading.topic;
    if (target.type !== "NBIRTH" && target.type !== "DBIRTH") return;
    const payload = decodeLenient(bytes);
    const node = this.#open(target, topic);
    if (node === undefined) return;
    this.#options.sessions.certificate(
      node,
      this.#arrived(target, { topic, bytes, server, payload }),
    );
  }

  #open(id: NodeId, topic: string): HostNode | undefined {
    const node = this.#options.nodes.open(id);
    if (node === undefined) this.#options.listener.faulty?.(topic, "there are too many edge nodes");
    return node;
  }

  #arrived(
    target: NodeOrDevice,
    message: Pick<Arrived, "topic" | "server" | "payload"> & { readonly bytes: Uint8Array },
  ): Arrived {
    const { topic, server, payload, bytes } = message;
    return {
      type: target.type,
      topic,
      deviceId: target.kind === "device" ? target.deviceId : undefined,
      server,
      payload,
      bytes,
      receivedAt: this.#options.clock.now(),
      fingerprint: fingerprintOf(topic, bytes),
    };
  }

  /** @throws {SparkplugError} after the node was told that something of it was missed. */
  #decoded(node: HostNode, server: string, bytes: Uint8Array): ReturnType<typeof decodeLenient> {
    try {
      return decodeLenient(bytes);
    } catch (error) {
      if (error instanceof SparkplugError) this.#options.sessions.undecodable(node, server);
      throw error;
    }
  }
}
