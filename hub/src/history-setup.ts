/** The history as the configuration wants it, and what is wrong with it, retained at the broker. */
import { join } from "node:path";
import type { Logger } from "@unshub/adapter";
import type { MqttMessage } from "./broker/index.ts";
import type { HubConfig } from "./config/index.ts";
import {
  History,
  HistoryReader,
  isRecording,
  type HistoryFinding,
  type HistoryOptions,
} from "./history/index.ts";
import { FINDINGS } from "./namespace/index.ts";

/** A history and who reads it. */
export interface OpenHistory {
  readonly history: History;
  readonly reader: HistoryReader;
}

/** `undefined`: nothing is to be recorded. */
export function openHistory(
  config: HubConfig,
  more: Pick<HistoryOptions, "tree" | "sessions" | "found" | "log" | "now">,
): OpenHistory | undefined {
  const { hub, mqtt, history: section } = config;
  if (!isRecording(section)) return undefined;
  const history = new History({
    config: section,
    hubId: hub.id,
    file: join(hub.dataDir, "history.db"),
    durability: mqtt.durability === "power" ? "power" : "process",
    ...more,
  });
  return { history, reader: new HistoryReader({ history, tree: more.tree }) };
}

/** The finding that the history is not recorded, as retained JSON like those of the guard. */
export class HistoryTopic {
  readonly #publish: (message: MqttMessage) => Promise<void>;
  readonly #log: Logger;
  #topic: string | undefined;

  constructor(publish: (message: MqttMessage) => Promise<void>, log: Logger) {
    this.#publish = publish;
    this.#log = log;
  }

  async tell(finding: HistoryFinding): Promise<void> {
    this.#topic = `${FINDINGS}/${finding.code}/${encodeURIComponent(finding.clientId)}`;
    await this.#retain(this.#topic, JSON.stringify(finding));
  }

  /** Findings are of one run of the hub: they go with it. */
  async clear(): Promise<void> {
    if (this.#topic !== undefined) await this.#retain(this.#topic, "");
  }

  async #retain(topic: string, text: string): Promise<void> {
    try {
      await this.#publish({ topic, payload: Buffer.from(text), qos: 0, retain: true });
    } catch (error) {
      this.#log.error({ topic, error }, "finding not published");
    }
  }
}
