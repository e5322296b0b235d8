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
import { joinPath } from "./tree/index.ts";

export interface HistoryRoomOptions extends Pick<
  HistoryOptions,
  "tree" | "sessions" | "log" | "now"
> {
  readonly publish: (message: MqttMessage) => Promise<void>;
  /** The row at a path in the plant, which is not that in the tree. */
  readonly placed: (path: string) => number | undefined;
}

/** The history and who reads it, if anything is to be recorded. */
export class HistoryRoom {
  readonly open: { readonly history: History; readonly reader: HistoryReader } | undefined;
  readonly #topic: HistoryTopic;

  constructor(config: HubConfig, options: HistoryRoomOptions) {
    const { publish, placed, tree, log } = options;
    this.#topic = new HistoryTopic(publish, log);
    if (!isRecording(config.history)) return;
    const history = new History({
      ...options,
      config: config.history,
      hubId: config.hub.id,
      file: join(config.hub.dataDir, "history.db"),
      durability: config.mqtt.durability === "power" ? "power" : "process",
      found: (finding) => this.#topic.tell(finding),
    });
    const treePathOf = (path: string): string | undefined => {
      const id = tree.find(path) === undefined ? placed(path) : undefined;
      return id === undefined ? undefined : joinPath(tree.segments(id));
    };
    this.open = { history, reader: new HistoryReader({ history, tree, treePathOf }) };
  }

  /** There is a broker now that can be told what was found before. */
  tellAgain(): void {
    for (const finding of this.open?.history.findings(0) ?? []) void this.#topic.tell(finding);
  }

  /** Takes what was found from the broker; before that one stops. */
  async clear(): Promise<void> {
    await this.#topic.clear();
  }

  async stop(): Promise<void> {
    await this.open?.history.stop();
  }
}

/** The finding that the history is not recorded, as retained JSON like those of the guard. */
class HistoryTopic {
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
