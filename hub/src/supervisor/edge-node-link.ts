/**
 * An edge node of the hub on an MQTT connection of its own, like any other edge node: connects with the Will of its
 * next session, subscribes, births, and starts again when the connection goes.
 */
import type { Duplex } from "node:stream";
import { Backoff, type Logger } from "@unshub/adapter";
import { EdgeNode, type SparkplugMessage, type WriteCommand } from "@unshub/sparkplug";
import { MqttClient } from "mqtt";
import type { BdSeqFile } from "./bd-seq-file.ts";

const RECONNECT_FIRST_MS = 500;
const RECONNECT_LONGEST_MS = 30_000;
const KEEP_ALIVE_SECONDS = 30;
const GOODBYE_TIMEOUT_MS = 500;

export interface EdgeNodeLinkOptions {
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly clientId: string;
  readonly bdSeqFile: BdSeqFile;
  readonly log: Logger;
  now(): number;
  /** Opens a connection to the MQTT server. */
  connect(): Duplex;
  onWrite(command: WriteCommand): void;
}

export class EdgeNodeLink {
  readonly node: EdgeNode;
  readonly #options: EdgeNodeLinkOptions;
  readonly #backoff = new Backoff(RECONNECT_FIRST_MS, RECONNECT_LONGEST_MS);
  #client: MqttClient | undefined;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: EdgeNodeLinkOptions) {
    this.#options = options;
    const { groupId, edgeNodeId, bdSeqFile, log } = options;
    this.node = new EdgeNode({
      groupId,
      edgeNodeId,
      lastBdSeq: bdSeqFile.last,
      saveBdSeq: (bdSeq) => this.#saveBdSeq(bdSeq),
      now: () => options.now(),
      transport: { publish: (message) => this.#publish(message) },
      onWrite: (command) => options.onWrite(command),
      onRefused: (topic, because) => log.warn({ topic, because }, "command refused"),
    });
  }

  start(): void {
    const will = this.node.beginSession();
    const client = new MqttClient(() => this.#options.connect(), {
      clientId: this.#options.clientId,
      protocolVersion: 4,
      clean: true, // [tck-id-principles-persistence-clean-session-311]
      keepalive: KEEP_ALIVE_SECONDS,
      reconnectPeriod: 0, // each CONNECT needs a Will of its own, so reconnecting is ours
      queueQoSZero: false,
      will: { ...will, payload: Buffer.from(will.payload) },
    });
    this.#client = client;
    client.on("connect", () => this.#subscribe(client));
    client.on("message", (topic, payload) => this.node.received(topic, new Uint8Array(payload)));
    client.on("error", (error) => {
      this.#options.log.warn(
        { clientId: this.#options.clientId, error: error.message },
        "edge node connection failed",
      );
    });
    client.once("close", () => this.#lost());
  }

  /** DDEATH, NDEATH, DISCONNECT. Resolves when the connection is closed. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.node.leave();
    const client = this.#client;
    if (client === undefined) return;
    const goodbye = setTimeout(() => client.end(true), GOODBYE_TIMEOUT_MS);
    await client.endAsync().catch(() => undefined); // ended the hard way above: the Will speaks
    clearTimeout(goodbye);
  }

  /** A full disk costs the number its memory across a restart, not the session. */
  #saveBdSeq(bdSeq: number): void {
    try {
      this.#options.bdSeqFile.save(bdSeq);
    } catch (error) {
      const { groupId, edgeNodeId, log } = this.#options;
      log.error({ edgeNode: `${groupId}/${edgeNodeId}`, error }, "bdSeq could not be kept on disk");
    }
  }

  #subscribe(client: MqttClient): void {
    client.subscribe([...this.node.filters], { qos: 1 }, (error) => {
      if (client !== this.#client || this.#stopped) return;
      if (error !== null) {
        this.#options.log.warn({ error: error.message }, "edge node subscription failed");
        client.end(true);
        return;
      }
      this.#backoff.reset();
      this.node.sessionOpened();
    });
  }

  #lost(): void {
    this.node.sessionLost();
    if (this.#stopped) return;
    this.#retry = setTimeout(() => this.start(), this.#backoff.next());
  }

  /** MQTT.js keeps the order of publishes; a message for a connection that is gone is gone, the next birth tells all. */
  #publish({ topic, payload, qos, retain }: SparkplugMessage): void {
    this.#client?.publish(topic, Buffer.from(payload), { qos, retain });
  }
}
