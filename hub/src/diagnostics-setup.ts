/** Opens the room of diagnostics with what the other rooms found, and what they know of the end of it. */
import { join } from "node:path";
import type { Broker, BrokerOptions, MqttMessage } from "./broker/index.ts";
import {
  AdapterFindings,
  ClientFindings,
  FindingDesk,
  type EndingFacts,
} from "./diagnostics/index.ts";
import type { Finding } from "./finding.ts";
import type { HistoryRoom } from "./history-setup.ts";
import type { HubOptions } from "./hub-options.ts";
import { FindingsPublisher, type Guard } from "./namespace/index.ts";
import type { SinkRoom } from "./sinks-setup.ts";
import type { Supervisor } from "./supervisor/index.ts";
import type { NodeSessions } from "./tree/index.ts";
import type { Uns } from "./uns/index.ts";

export interface DiagnosticsRooms {
  readonly guard: Pick<Guard, "findings">;
  readonly uns: Pick<Uns, "findings">;
  readonly history: Pick<HistoryRoom, "open">;
  readonly sinks: Pick<SinkRoom, "open">;
  readonly sessions: Pick<NodeSessions, "groups">;
  /** Known only once they run. */
  readonly broker: () => Pick<Broker, "sessions"> | undefined;
  readonly supervisor: () => Pick<Supervisor, "accounts"> | undefined;
  readonly publish: (message: MqttMessage) => Promise<void>;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** How often it is looked what is over by itself. */
const LOOK_MS = 5000;

export class DiagnosticsRoom {
  readonly desk: FindingDesk;
  readonly #rooms: DiagnosticsRooms;
  readonly #adapters: AdapterFindings;
  readonly #clients: ClientFindings;
  readonly #publishers: readonly FindingsPublisher[];
  #lookedAt = 0;

  constructor({ config, log }: Pick<HubOptions, "config" | "log">, rooms: DiagnosticsRooms) {
    const { now, publish } = rooms;
    this.#rooms = rooms;
    this.#adapters = new AdapterFindings(now);
    this.#clients = new ClientFindings(now);
    this.#publishers = [this.#adapters, this.#clients].map(
      (ledger) => new FindingsPublisher({ ledger, publish, log }),
    );
    this.desk = new FindingDesk({
      file: join(config.hub.dataDir, "finding-marks.json"),
      log,
      now,
      findings: (since) => this.#found(since),
      facts: () => this.#facts(),
    });
  }

  /** For the broker: a message of a client went nowhere. */
  readonly refused: NonNullable<BrokerOptions["refused"]> = (client, topic, refusal) => {
    this.#clients.wasRefused(client, topic, refusal);
  };

  /** Once a second. */
  sweep(): void {
    const { now, supervisor } = this.#rooms;
    this.#adapters.look(supervisor()?.accounts() ?? []);
    for (const publisher of this.#publishers) void publisher.flush();
    if (now() - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now();
    this.desk.look();
  }

  /** Takes what was found from the broker; before that one stops. */
  async clear(): Promise<void> {
    for (const publisher of this.#publishers) await publisher.clear();
  }

  #found(since?: number): readonly Finding[] {
    const { guard, uns, history, sinks } = this.#rooms;
    return [
      ...guard.findings(since),
      ...uns.findings.findings(since),
      ...(history.open?.history.findings.findings(since) ?? []),
      ...(sinks.open?.findings.findings(since) ?? []),
      ...this.#adapters.findings(since),
      ...this.#clients.findings(since),
    ];
  }

  #facts(): EndingFacts {
    const { sessions, broker, supervisor, sinks, history } = this.#rooms;
    let connected: ReadonlyMap<string, number> | undefined;
    let accounts: ReturnType<Supervisor["accounts"]> | undefined;
    return {
      bornAt: (node) => bornAt(sessions, node),
      connectedAt: (clientId) => {
        connected ??= connectedSince(broker()); // of many clients: only when it is asked for, and once
        return connected.get(clientId);
      },
      adapters: () => (accounts ??= supervisor()?.accounts() ?? []),
      sinkWritesSince: (name) =>
        sinks.open?.states().find((sink) => sink.name === name && sink.status === "up")?.since,
      isRecording: () => history.open?.history.state().recording === true,
    };
  }
}

function bornAt({ groups }: Pick<NodeSessions, "groups">, node: string): number | undefined {
  const [group = "", edgeNode = ""] = node.split("/");
  const own = groups.get(group)?.get(edgeNode)?.own;
  return own?.state === "online" && own.bornAt > 0 ? own.bornAt : undefined;
}

function connectedSince(broker: Pick<Broker, "sessions"> | undefined): ReadonlyMap<string, number> {
  const sessions = broker?.sessions() ?? [];
  return new Map(
    sessions.flatMap(({ clientId, isConnected, since }) =>
      isConnected ? [[clientId, since]] : [],
    ),
  );
}
