/**
 * `/metrics` in the text format of Prometheus, and in that of OpenMetrics for who prefers it. No label holds a client identifier, a topic or an address: their number
 * is not bounded, and they are nobody's business.
 */
import { collectDefaultMetrics, Registry } from "prom-client";
import {
  type Broker,
  type BrokerCounters,
  COMMIT_BOUNDS,
  type DropReason,
  reasonName,
} from "../broker/index.ts";
import type { AdapterReport, Supervisor } from "../supervisor/index.ts";
import type { LoginAttempts } from "../identity/index.ts";
import { DELAY_BOUNDS, type ProjectionFigures } from "../uns/index.ts";
import { prefers } from "./accepted.ts";
import { histogram } from "./histogram.ts";
import { OPEN_METRICS, openMetricsText } from "./open-metrics.ts";
import type { SinkState } from "../sinks/index.ts";
import { addAdapters } from "./adapter-metrics.ts";
import type { HistoryState } from "../history/index.ts";
import { counter, gauge, type Sample } from "./figures.ts";
import { addHistory } from "./history-metrics.ts";
import type { HttpRoom } from "./http-room.ts";
import { addRooms } from "./room-metrics.ts";
import { addSinks } from "./sink-metrics.ts";
import type { LoopDelay } from "./loop-delay.ts";
import {
  addBlackBox,
  addReplay,
  type BlackBoxSource,
  type ReplaySources,
} from "./replay-metrics.ts";
import { addValues, type ValueSources } from "./value-metrics.ts";
import { addSparkplug, type SparkplugSources } from "./sparkplug-metrics.ts";

export interface MetricSources {
  readonly broker: Pick<
    Broker,
    "counters" | "storeState" | "commits" | "freeDiskBytes" | "certificates"
  >;
  readonly loop: Pick<LoopDelay, "p99Ms">;
  readonly adapters: Pick<Supervisor, "reports">;
  readonly sparkplug: SparkplugSources;
  /** What the plain topics have cost; `undefined`: there are none. */
  projection(): ProjectionFigures | undefined;
  readonly values: ValueSources;
  /** `undefined`: nothing is to be recorded. */
  readonly history: () => HistoryState | undefined;
  readonly replay: ReplaySources;
  readonly blackBox: BlackBoxSource | undefined;
  readonly sinks: () => readonly SinkState[];
  /** HTTP connections that were closed because their address has too many, or connects too often. */
  readonly httpTurnedAway: () => number;
  /** Logins that failed since the start, and who has to wait now. */
  readonly attempts: Pick<LoginAttempts, "failures" | "bans">;
  readonly rooms: readonly Pick<HttpRoom, "figures">[];
}

export interface Metrics {
  /** @param accept the header of that name: which of the forms */
  readonly answer: (accept: string | undefined) => Promise<MetricsAnswer>;
}

interface MetricsAnswer {
  readonly contentType: string;
  readonly text: string;
}

const OPEN_FORM = { type: "application/openmetrics-text", version: "1.0.0" };
const TEXT_FORM = { type: "text/plain", version: "0.0.4" };

const DROP_REASONS: readonly (readonly [reason: DropReason, label: string])[] = [
  ["slow", "slow"],
  ["queueFull", "queue_full"],
  ["expired", "expired"],
  ["oversize", "size"],
  ["acl", "acl"],
  ["namespace", "namespace"],
  ["refused", "refused"],
  ["storeFull", "store_full"],
];

/** Those of the process are the same for all hubs in it. */
let processMetrics: Registry | undefined;

export function hubMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  let counters = sources.broker.counters;
  addTraffic(registry, () => counters);
  addClients(registry, () => counters);
  addSessions(registry, () => counters);
  addTables(registry, () => counters);
  addState(registry, sources);
  addCommits(registry, sources);
  let reports: readonly AdapterReport[] = [];
  addAdapters(registry, () => reports);
  addSparkplug(registry, sources.sparkplug);
  addProjection(registry, sources);
  addValues(registry, sources.values);
  addHistory(registry, sources.history);
  addReplay(registry, sources.replay);
  addBlackBox(registry, sources.blackBox);
  addSinks(registry, sources.sinks);
  addLogins(registry, sources);
  addRooms(registry, sources.rooms);
  processMetrics ??= collectProcessMetrics();
  const all = Registry.merge([registry, processMetrics]);
  return {
    answer: async (accept) => {
      reports = await sources.adapters.reports();
      counters = sources.broker.counters; // once: counting tables takes time
      if (!prefers(accept, OPEN_FORM, TEXT_FORM))
        return { contentType: registry.contentType, text: await all.metrics() };
      return { contentType: OPEN_METRICS, text: openMetricsText(await all.getMetricsAsJSON()) };
    },
  };
}

function collectProcessMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const what of ["handles", "requests", "resources"]) {
    registry.removeSingleMetric(`nodejs_active_${what}_total`); // gauges that are named like counters
  }
  return registry;
}

function addTraffic(registry: Registry, counters: () => BrokerCounters): void {
  const messages = (received: "received" | "sent"): readonly Sample[] =>
    counters()[received].map((count, qos) => [{ qos: String(qos) }, count]);
  counter(
    registry,
    "unshub_mqtt_messages_received_total",
    "Messages taken from clients and from the hub itself.",
    () => messages("received"),
  );
  counter(registry, "unshub_mqtt_messages_sent_total", "Messages given to clients.", () =>
    messages("sent"),
  );
  counter(registry, "unshub_mqtt_bytes_received_total", "Bytes read from clients.", () => [
    [{}, counters().bytesReceived],
  ]);
  counter(registry, "unshub_mqtt_bytes_sent_total", "Bytes written to clients.", () => [
    [{}, counters().bytesSent],
  ]);
  counter(registry, "unshub_mqtt_messages_dropped_total", "Messages that were not delivered.", () =>
    DROP_REASONS.map(([reason, label]) => [{ reason: label }, counters().dropped[reason]]),
  );
}

function addClients(registry: Registry, counters: () => BrokerCounters): void {
  gauge(registry, "unshub_mqtt_connections", "Connected clients.", () =>
    Object.entries(counters().clients).map(([protocol, count]) => [{ protocol }, count]),
  );
  gauge(
    registry,
    "unshub_mqtt_sockets",
    "Open sockets, also of those who said nothing yet.",
    () => [[{}, counters().connections]],
  );
  counter(registry, "unshub_mqtt_connects_total", "Connections by what became of them.", () => {
    const { accepted, refused, turnedAway } = counters();
    return [
      [{ result: "accepted" }, accepted],
      [{ result: "refused" }, refused],
      [{ result: "turned_away" }, turnedAway],
    ];
  });
  counter(
    registry,
    "unshub_mqtt_connacks_delayed_total",
    "CONNACKs held back from clients that connect again and again.",
    () => [[{}, counters().connacksDelayed]],
  );
  counter(
    registry,
    "unshub_mqtt_publish_pauses_total",
    "Pauses in reading from clients that publish faster than they may.",
    () => [[{}, counters().throttled]],
  );
  counter(registry, "unshub_mqtt_disconnects_total", "Connections that the hub ended.", () =>
    byReason(counters().ended),
  );
  counter(
    registry,
    "unshub_mqtt_malformed_total",
    "Connections ended for bytes that are not MQTT.",
    () => [[{}, counters().malformed]],
  );
  counter(
    registry,
    "unshub_mqtt_faults_total",
    "Connections ended because of a bug of the hub.",
    () => [[{}, counters().faults]],
  );
}

function byReason(counts: ReadonlyMap<number, number>): readonly Sample[] {
  return Array.from(counts, ([code, count]) => [{ reason: reasonName(code) }, count]);
}

function addSessions(registry: Registry, counters: () => BrokerCounters): void {
  gauge(
    registry,
    "unshub_mqtt_sessions",
    "Sessions of clients that are here, and that are away.",
    () => {
      const { sessions, clients } = counters();
      const connected = Object.values(clients).reduce((sum, count) => sum + count, 0);
      return [
        [{ state: "connected" }, connected],
        [{ state: "away" }, Math.max(sessions - connected, 0)],
      ];
    },
  );
  counter(registry, "unshub_mqtt_sessions_expired_total", "Sessions whose time was over.", () => [
    [{}, counters().sessionsExpired],
  ]);
}

function addTables(registry: Registry, counters: () => BrokerCounters): void {
  const tables: readonly (readonly [name: string, help: string, read: () => number])[] = [
    ["subscriptions", "Subscriptions of all sessions.", () => counters().subscriptions],
    ["shared_groups", "Groups of shared subscriptions.", () => counters().sharedGroups],
    ["retained_messages", "Retained messages.", () => counters().retained],
    ["retained_bytes", "Size of the retained messages.", () => counters().retainedBytes],
    ["queued_messages", "Messages that wait in sessions.", () => counters().queued],
    ["queued_bytes", "Size of the messages that wait in sessions.", () => counters().queuedBytes],
  ];
  for (const [name, help, read] of tables) {
    gauge(registry, `unshub_mqtt_${name}`, help, () => [[{}, read()]]);
  }
  counter(
    registry,
    "unshub_mqtt_subscriptions_refused_total",
    "Filters of SUBSCRIBE packets that were not granted.",
    () => byReason(counters().subscriptionsRefused),
  );
}

function addCommits(registry: Registry, { broker }: MetricSources): void {
  const head = {
    name: "unshub_mqtt_commit_duration_seconds",
    help: "What the disk took for a batch of what is stored before it is acknowledged.",
    bounds: COMMIT_BOUNDS,
  };
  histogram(registry, head, () => {
    const took = broker.commits?.took;
    return { ...head, samples: took === undefined ? [] : [[{}, took]] };
  });
}

function addState(registry: Registry, { broker, loop }: MetricSources): void {
  gauge(
    registry,
    "unshub_mqtt_store_ready",
    "1 while the store takes messages, 0 while not.",
    () => [[{}, broker.storeState.kind === "ready" ? 1 : 0]],
  );
  gauge(registry, "unshub_disk_free_bytes", "Room on the disk of the store.", () =>
    broker.freeDiskBytes === undefined ? [] : [[{}, broker.freeDiskBytes]],
  );
  gauge(
    registry,
    "unshub_mqtt_certificate_expiry_timestamp_seconds",
    "When the certificate of a listener ends.",
    () => broker.certificates.map(({ kind, validTo }) => [{ listener: kind }, validTo / 1000]),
  );
  gauge(
    registry,
    "unshub_event_loop_delay_p99_seconds",
    "Delay that 99 of 100 turns of the event loop stayed below in ten seconds.",
    () => [[{}, loop.p99Ms / 1000]],
  );
}

function addLogins(registry: Registry, { attempts, httpTurnedAway }: MetricSources): void {
  counter(registry, "unshub_logins_failed_total", "Logins that failed, by any way.", () => [
    [{}, attempts.failures],
  ]);
  counter(
    registry,
    "unshub_http_turned_away_total",
    "HTTP connections of addresses that have too many, or connect too often.",
    () => [[{}, httpTurnedAway()]],
  );
  gauge(registry, "unshub_login_bans", "Addresses and names that have to wait now.", () => [
    [{}, attempts.bans().length],
  ]);
}

function addProjection(registry: Registry, sources: MetricSources): void {
  counter(
    registry,
    "unshub_projection_messages_total",
    "Plain topics: messages published, changes that nobody needed to be told, messages that failed.",
    () => {
      const { published, spared, failed } = sources.projection() ?? {};
      const counts = Object.entries({ published, spared, failed });
      return counts.flatMap(([result, count]) =>
        count === undefined ? [] : [[{ result }, count]],
      );
    },
  );
  const head = {
    name: "unshub_ingest_to_projection_seconds",
    help: "From the reception of a value to its plain topic.",
    bounds: DELAY_BOUNDS,
  };
  histogram(registry, head, () => {
    const delays = sources.projection()?.delays;
    return { ...head, samples: delays === undefined ? [] : [[{}, delays]] };
  });
}
