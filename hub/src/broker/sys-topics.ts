/** `$SYS/broker/…`: what users of Mosquitto look for, under the same names. Retained, renewed every ten seconds. */
import { getHeapStatistics } from "node:v8";
import { type BrokerCounters, totalOf } from "./counters.ts";
import { Loads } from "./loads.ts";
import type { OwnMessages } from "./own-messages.ts";
import type { Retained } from "./retained.ts";

export interface SysTopicsParts {
  readonly version: string;
  readonly counters: () => BrokerCounters;
  readonly retained: Pick<Retained, "get">;
  readonly own: Pick<OwnMessages, "publishNow">;
  readonly monotonic: () => number;
}

export class SysTopics {
  readonly #parts: SysTopicsParts;
  readonly #startedAt: number;
  readonly #loads = new Loads(0);
  #heapMaximum = 0;

  constructor(parts: SysTopicsParts) {
    this.#parts = parts;
    this.#startedAt = parts.monotonic();
  }

  /** Publishes those that have changed. */
  publish(): void {
    const { retained, own } = this.#parts;
    for (const [name, value] of this.#figures()) {
      const topic = `$SYS/broker/${name}`;
      const payload = Buffer.from(String(value));
      const before = retained.get(topic);
      if (before !== undefined && payload.equals(before.payload)) continue;
      own.publishNow({ topic, payload, qos: 0, retain: true });
    }
  }

  *#figures(): Generator<readonly [name: string, value: string | number]> {
    const { version, counters, monotonic } = this.#parts;
    const seconds = (monotonic() - this.#startedAt) / 1000;
    const figures = counters();
    yield ["version", `UNS Hub ${version}`];
    yield ["uptime", `${Math.floor(seconds)} seconds`];
    yield* Object.entries(clientFigures(figures));
    yield* Object.entries(tableFigures(figures));
    yield* Object.entries(this.#heapFigures());
    const passed = passedFigures(figures);
    yield* Object.entries(passed);
    for (const [name, load] of this.#loads.look(seconds, loadCounts(figures, passed)))
      yield [`load/${name}`, load.toFixed(2)];
  }

  #heapFigures() {
    const { used_heap_size: used, external_memory: external } = getHeapStatistics();
    const bytes = used + external;
    this.#heapMaximum = Math.max(this.#heapMaximum, bytes);
    return { "heap/current": bytes, "heap/maximum": this.#heapMaximum };
  }
}

function clientFigures({ sessions, connected, connectedMaximum, sessionsExpired }: BrokerCounters) {
  const away = Math.max(sessions - connected, 0);
  return {
    "clients/total": sessions,
    "clients/connected": connected,
    "clients/active": connected,
    "clients/disconnected": away,
    "clients/inactive": away,
    "clients/maximum": connectedMaximum,
    "clients/expired": sessionsExpired,
  };
}

/** What is kept. Mosquitto counts what is retained among what it stores. */
function tableFigures(counters: BrokerCounters) {
  const stored = counters.queued + counters.retained;
  return {
    "subscriptions/count": counters.subscriptions,
    "shared_subscriptions/count": counters.sharedGroups,
    "retained messages/count": counters.retained,
    "retained messages/bytes": counters.retainedBytes,
    "messages/stored": stored,
    "store/messages/count": stored,
    "store/messages/bytes": counters.queuedBytes + counters.retainedBytes,
  };
}

/** What came and went since the start. */
function passedFigures(counters: BrokerCounters) {
  const received = totalOf(counters.received);
  const sent = totalOf(counters.sent);
  return {
    "messages/received": received + counters.otherPacketsReceived,
    "messages/sent": sent + counters.otherPacketsSent,
    "publish/messages/received": received,
    "publish/messages/sent": sent,
    "publish/messages/dropped": Object.values(counters.dropped).reduce((a, b) => a + b, 0),
    "publish/bytes/received": counters.payloadBytesReceived,
    "publish/bytes/sent": counters.payloadBytesSent,
    "bytes/received": counters.bytesReceived,
    "bytes/sent": counters.bytesSent,
  };
}

/** Mosquitto's names of loads are not quite those of what they are the loads of. */
function loadCounts(
  { sockets, accepted, refused }: BrokerCounters,
  passed: ReturnType<typeof passedFigures>,
): Readonly<Record<string, number>> {
  return {
    "messages/received": passed["messages/received"],
    "messages/sent": passed["messages/sent"],
    "publish/received": passed["publish/messages/received"],
    "publish/sent": passed["publish/messages/sent"],
    "publish/dropped": passed["publish/messages/dropped"],
    "bytes/received": passed["bytes/received"],
    "bytes/sent": passed["bytes/sent"],
    sockets,
    connections: accepted + refused,
  };
}
