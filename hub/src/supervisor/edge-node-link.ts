/**
 * An edge node of the hub on an MQTT connection of its own, like any other edge node. The session is the library's; here
 * it gets a connection inside the process, a file for its `bdSeq`, and a log.
 */
import type { Duplex } from "node:stream";
import type { Logger } from "@unshub/adapter";
import {
  clockOf,
  EdgeNodeSession,
  mqttJs,
  type EdgeNode,
  type WriteCommand,
} from "@unshub/sparkplug";
import { MqttClient } from "mqtt";
import type { NumberFile } from "../number-file.ts";

export interface EdgeNodeLinkOptions {
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly clientId: string;
  readonly bdSeqFile: NumberFile;
  readonly log: Logger;
  now(): number;
  /** Opens a connection to the MQTT server. */
  connect(): Duplex;
  onWrite(command: WriteCommand): void;
}

export class EdgeNodeLink {
  readonly #session: EdgeNodeSession;

  constructor(options: EdgeNodeLinkOptions) {
    const { groupId, edgeNodeId, clientId, bdSeqFile, log } = options;
    const connect = (_server: string, client: ConstructorParameters<typeof MqttClient>[1]) =>
      new MqttClient(() => options.connect(), client);
    this.#session = new EdgeNodeSession({
      groupId,
      edgeNodeId,
      clientId,
      servers: ["the hub itself"],
      connector: mqttJs({ connect }),
      clock: { ...clockOf(globalThis), now: () => options.now() },
      random: Math.random,
      mqttVersion: "3.1.1",
      lastBdSeq: bdSeqFile.last,
      saveBdSeq: (bdSeq) => saveBdSeq(options, bdSeq),
      onWrite: (command) => options.onWrite(command),
      onRefused: (topic, because) => log.warn({ topic, because }, "command refused"),
      onEvent: (event) => {
        if (event.kind === "reborn") log.info({ edgeNodeId, ...event }, "edge node born again");
        else log.warn({ edgeNodeId, ...event }, "edge node could not say all it was told");
      },
      onState: (state) => {
        if (state.kind === "pausing") {
          log.warn({ clientId, because: state.because }, "edge node connection failed");
        }
      },
    });
  }

  get node(): EdgeNode {
    return this.#session.node;
  }

  start(): void {
    this.#session.start();
  }

  /** DDEATH, NDEATH, DISCONNECT. Resolves when the connection is closed. */
  async stop(): Promise<void> {
    await this.#session.stop();
  }
}

/** A full disk costs the number its memory across a restart, not the session. */
function saveBdSeq(
  { bdSeqFile, groupId, edgeNodeId, log }: EdgeNodeLinkOptions,
  bdSeq: number,
): void {
  try {
    bdSeqFile.save(bdSeq);
  } catch (error) {
    log.error({ edgeNode: `${groupId}/${edgeNodeId}`, error }, "bdSeq could not be kept on disk");
  }
}
