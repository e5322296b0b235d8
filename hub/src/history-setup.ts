/** The history as the configuration wants it, and what is wrong with it, retained at the broker. */
import { join } from "node:path";
import type { MqttMessage } from "./broker/index.ts";
import type { HubConfig } from "./config/index.ts";
import { History, HistoryReader, isRecording, type HistoryOptions } from "./history/index.ts";
import { FindingsPublisher } from "./namespace/index.ts";
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
  readonly #findings: FindingsPublisher | undefined;
  /** Whether there is a broker to be told. */
  #isTelling = false;

  constructor(config: HubConfig, options: HistoryRoomOptions) {
    const { publish, placed, tree, log } = options;
    if (!isRecording(config.history)) return;
    const history = new History({
      ...options,
      config: config.history,
      hubId: config.hub.id,
      file: join(config.hub.dataDir, "history.db"),
      durability: config.mqtt.durability === "power" ? "power" : "process",
      found: () => this.#isTelling && this.#findings?.flush(),
    });
    this.#findings = new FindingsPublisher({ ledger: history.findings, publish, log });
    const treePathOf = (path: string): string | undefined => {
      const id = tree.find(path) === undefined ? placed(path) : undefined;
      return id === undefined ? undefined : joinPath(tree.segments(id));
    };
    this.open = { history, reader: new HistoryReader({ history, tree, treePathOf }) };
  }

  /** There is a broker now that can be told what was found, before too. */
  startTelling(): void {
    this.#isTelling = true;
    void this.#findings?.flush();
  }

  /** Takes what was found from the broker; before that one stops. */
  async clear(): Promise<void> {
    await this.#findings?.clear();
  }

  async stop(): Promise<void> {
    await this.open?.history.stop();
  }
}
