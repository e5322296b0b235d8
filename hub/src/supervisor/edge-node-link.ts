/**
 * An edge node of the hub on an MQTT connection of its own, like any other edge node. The session is the library's; here
 * it gets a connection inside the process, a file for its `bdSeq`, and a log.
 */
import { createRequire } from "node:module";
import type { Duplex } from "node:stream";
import { isDeepStrictEqual } from "node:util";
import type { Logger } from "@unshub/adapter";
import {
  clockOf,
  deviceTopic,
  EdgeNodeSession,
  mqttJs,
  type BornMetric,
  type EdgeNode,
  type NodeId,
  type TemplateDefinition,
  type WriteCommand,
} from "@unshub/sparkplug";
import type { MqttClient } from "mqtt";
import type { NumberFile } from "../number-file.ts";

/** Loads MQTT.js when the first adapter needs it: a gateway without adapters has better uses for its memory. */
const load = createRequire(import.meta.url);

export interface EdgeNodeLinkOptions {
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly clientId: string;
  readonly bdSeqFile: NumberFile;
  readonly log: Logger;
  now(): number;
  /** Opens a connection to the MQTT server. */
  connect(): Duplex;
  /** All writes of one command to a device. */
  onCommand(writes: readonly WriteCommand[]): void;
  /** What was said and had to wait need not wait any more. */
  onReady(): void;
  /** Somebody asks the edge node itself for something. */
  onControl(control: "rescan" | "reload"): void;
}

/** [tck-id-topics-nbirth-metrics] */
const CONTROLS: ReadonlyMap<string, "rescan" | "reload"> = new Map([
  ["Node Control/Rescan", "rescan"],
  ["Node Control/Reload", "reload"],
]);

export class EdgeNodeLink {
  readonly #session: EdgeNodeSession;
  readonly #id: NodeId;
  readonly #now: () => number;
  #templates: readonly TemplateDefinition[] = [];

  constructor(options: EdgeNodeLinkOptions) {
    const { groupId, edgeNodeId, clientId, bdSeqFile, log } = options;
    this.#id = { groupId, edgeNodeId };
    this.#now = () => options.now();
    const mqtt: typeof import("mqtt") = load("mqtt");
    const connect = (_server: string, client: ConstructorParameters<typeof MqttClient>[1]) =>
      new mqtt.MqttClient(() => options.connect(), client);
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
      metrics: controlMetrics(options.now()),
      onWrite: (write) => options.onCommand([write]),
      onCommand: (writes) => options.onCommand(writes),
      onNodeWrite: ({ metric, value }) => {
        const control = CONTROLS.get(metric);
        if (control !== undefined && value === true) options.onControl(control);
      },
      onReady: () => options.onReady(),
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

  /** All templates that its devices use. Births go out again, unless it said the same before. */
  define(templates: readonly TemplateDefinition[]): void {
    if (isDeepStrictEqual(templates, this.#templates)) return;
    this.#templates = templates;
    this.node.redefine({ metrics: controlMetrics(this.#now()), templates });
  }

  /** Where commands to a device come from. */
  commandTopic(deviceId: string): string {
    return deviceTopic("DCMD", this.#id, deviceId);
  }

  start(): void {
    this.#session.start();
  }

  /** DDEATH, NDEATH, DISCONNECT. Resolves when the connection is closed. */
  async stop(): Promise<void> {
    await this.#session.stop();
  }
}

function controlMetrics(timestamp: number): readonly BornMetric[] {
  return Array.from(CONTROLS.keys(), (name) => ({
    name,
    datatype: "Boolean",
    value: false,
    quality: "good",
    timestamp,
    writable: true,
  }));
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
