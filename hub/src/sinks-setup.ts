/** Opens the sinks that the configuration asks for; without any the room, and what it needs, is never loaded. */
import type { Logger } from "@unshub/adapter";
import type { MqttMessage } from "./broker/index.ts";
import type { HubConfig } from "./config/index.ts";
import type { HistoryRoom } from "./history-setup.ts";
import { FindingsPublisher } from "./namespace/index.ts";
import type { Sinks } from "./sinks/index.ts";
import type { UnsTree } from "./tree/index.ts";
import type { Uns } from "./uns/index.ts";

export interface SinkRooms {
  readonly history: HistoryRoom;
  readonly tree: UnsTree;
  readonly uns: Uns;
  readonly publish: (message: MqttMessage) => Promise<void>;
  readonly now: () => number;
}

/** How often what was found is told. */
const TELL_MS = 1000;

export class SinkRoom {
  /** `undefined`: there are none, or they have not started. */
  open: Sinks | undefined;
  #findings: FindingsPublisher | undefined;
  #telling: NodeJS.Timeout | undefined;

  readonly #options: { readonly config: HubConfig; readonly log: Logger };
  readonly #rooms: SinkRooms;

  constructor(options: { readonly config: HubConfig; readonly log: Logger }, rooms: SinkRooms) {
    this.#options = options;
    this.#rooms = rooms;
  }

  /** Once the paths in the plant are known. */
  async start(): Promise<void> {
    const { config, log } = this.#options;
    const { sinks: configs, hub, uns } = config;
    const {
      history: room,
      uns: { paths },
      tree,
      now,
      publish,
    } = this.#rooms;
    const history = room.open;
    if (configs.length === 0 || history === undefined) return;
    const { Sinks } = await import("./sinks/index.ts");
    const sinks = new Sinks({
      configs,
      hubId: hub.id,
      dataDir: hub.dataDir,
      reader: history.reader,
      head: () => history.history.state().head,
      tree,
      partsOf: (id) => paths.partsOf(id),
      levels: uns.levels,
      log,
      now,
    });
    const findings = new FindingsPublisher({ ledger: sinks.findings, publish, log });
    this.#telling = setInterval(() => void findings.flush(), TELL_MS);
    this.#findings = findings;
    this.open = sinks;
    sinks.start();
  }

  /** Before the broker, which is told, and the history, which is read. */
  async stop(): Promise<void> {
    clearInterval(this.#telling);
    await this.open?.stop();
    await this.#findings?.clear();
  }
}
