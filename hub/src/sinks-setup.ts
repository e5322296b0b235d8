/** Opens the sinks that the configuration asks for; without any the room, and what it needs, is never loaded. */
import type { Logger } from "@unshub/adapter";
import type { NodeId } from "@unshub/sparkplug";
import type { MqttMessage } from "./broker/index.ts";
import { plainOutcome, type Commands } from "./command/index.ts";
import type { HubConfig } from "./config/index.ts";
import type { HistoryRoom } from "./history-setup.ts";
import { mayWrite, type Access } from "./identity/index.ts";
import { FindingsPublisher, type HubHost } from "./namespace/index.ts";
import type { RpcOutcome, RpcWish, Sinks, SinksOptions } from "./sinks/index.ts";
import type { Streams } from "./replay/index.ts";
import type { NodeSessions, UnsTree } from "./tree/index.ts";
import type { Uns } from "./uns/index.ts";

export interface SinkRooms {
  readonly history: HistoryRoom;
  readonly tree: UnsTree;
  readonly sessions: Pick<NodeSessions, "groups">;
  readonly streams: Pick<Streams, "kept">;
  readonly host: Pick<HubHost, "requestRebirth">;
  readonly access: Pick<Access, "byId">;
  readonly commands: Pick<Commands, "write">;
  /** Known only once all rooms are. */
  readonly uns: () => Uns;
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
    const { sinks: configs, hub } = config;
    const { now, publish } = this.#rooms;
    if (configs.length === 0) return;
    const { Sinks } = await import("./sinks/index.ts");
    const records = this.#records();
    const link = this.#link();
    const sinks = new Sinks({
      configs,
      hubId: hub.id,
      dataDir: hub.dataDir,
      records,
      link,
      log,
      now,
    });
    const findings = new FindingsPublisher({ ledger: sinks.findings, publish, log });
    this.#telling = setInterval(() => void findings.flush(), TELL_MS);
    this.#findings = findings;
    this.open = sinks;
    sinks.start();
  }

  /** What sinks of values read. */
  #records(): SinksOptions["records"] {
    const { history: room, tree } = this.#rooms;
    const uns = this.#rooms.uns();
    const history = room.open;
    if (history === undefined) return undefined;
    return {
      reader: history.reader,
      head: () => history.history.state().head,
      tree,
      write: (wish) => this.#write(wish),
      partsOf: (id) => uns.paths.partsOf(id),
      levels: this.#options.config.uns.levels,
    };
  }

  /** What a target asks is judged by the grants of whom the configuration names, as they are now. */
  async #write({ as, path, input, address, reason }: RpcWish): Promise<RpcOutcome> {
    const { access, commands, tree } = this.#rooms;
    const principal = access.byId(as);
    // Where it stood in the tree may be a path in the plant, and another metric's.
    if (tree.find(path) === undefined) return gone(path);
    const outcome = await commands.write(path, input, {
      actor: as,
      via: "mqtt",
      address,
      reason,
      fault: (metric) => {
        if (principal === undefined) return `there is no ${as} (sinks: rpc.as)`;
        return mayWrite(principal, metric)
          ? undefined
          : `no grant of ${as} allows to command "${metric.name}"`;
      },
    });
    return { ...plainOutcome(outcome), result: outcome.result };
  }

  /** What sinks of messages read and ask. */
  #link(): SinksOptions["link"] {
    const { streams, sessions, host } = this.#rooms;
    const source = streams.kept("sparkplug");
    const requestRebirth = (node: NodeId): void => host.requestRebirth(node, "carried on");
    return source && { source, online: () => onlineIn(sessions), requestRebirth };
  }

  /** Before the broker, which is told, and the history, which is read. */
  async stop(): Promise<void> {
    clearInterval(this.#telling);
    await this.open?.stop();
    await this.#findings?.clear();
  }
}

function gone(path: string): RpcOutcome {
  const because = `there is no metric "${path}" any more`;
  return { result: "refused", code: "NO_METRIC", because };
}

function* onlineIn({ groups }: Pick<NodeSessions, "groups">): Generator<NodeId> {
  for (const [groupId, nodes] of groups) {
    for (const [edgeNodeId, { own }] of nodes) {
      if (own.state === "online") yield { groupId, edgeNodeId };
    }
  }
}
