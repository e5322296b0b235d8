/** How the hub is: what `/livez`, `/readyz` and `/healthz` say. Nothing in it is a secret. */
import type { FastifyInstance } from "fastify";
import type { Broker } from "../broker/index.ts";
import type { HistoryState } from "../history/index.ts";
import { timeText } from "../tree/index.ts";
import type { LoopDelay } from "./loop-delay.ts";

export interface HealthSources {
  readonly broker: Pick<
    Broker,
    "storeState" | "commits" | "isShortOfMemory" | "freeDiskBytes" | "counters" | "certificates"
  >;
  /** Milliseconds since 1970 UTC; `undefined` when the HTTP listener has none. */
  readonly httpCertificateEnds?: () => number | undefined;
  readonly durability: "power" | "process" | "memory";
  readonly loop: Pick<LoopDelay, "p99Ms" | "isOverloaded">;
  /** `undefined`: nothing is to be recorded. */
  readonly history: () => HistoryState | undefined;
  /** Whether all adapters have started and nothing stops. */
  readonly isStarted: () => boolean;
}

type Reason =
  | "starting"
  | "disk-full"
  | "degraded"
  | "overloaded"
  | "memory-durability"
  | "history-stopped"
  | "slow-disk";

/** With it the hub serves all the same: it was asked to, only the past is missing, or acknowledgements take longer. */
const HARMLESS: ReadonlySet<Reason> = new Set<Reason>([
  "memory-durability",
  "history-stopped",
  "slow-disk",
]);

interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly Reason[];
}

export function readiness({
  broker,
  durability,
  loop,
  history,
  isStarted,
}: HealthSources): Readiness {
  const { kind } = broker.storeState;
  const found: readonly (readonly [Reason, boolean])[] = [
    ["starting", !isStarted()],
    ["disk-full", kind === "full"],
    ["degraded", kind === "failed"],
    ["overloaded", loop.isOverloaded || broker.isShortOfMemory],
    ["memory-durability", durability === "memory"],
    ["history-stopped", history()?.recording === false],
    ["slow-disk", broker.commits?.isSlow === true],
  ];
  const reasons = found.filter(([, holds]) => holds).map(([reason]) => reason);
  return { ready: reasons.every((reason) => HARMLESS.has(reason)), reasons };
}

/** Every component with what there is to know of it. */
export function health(sources: HealthSources) {
  const { broker, durability, loop } = sources;
  const httpEnds = sources.httpCertificateEnds?.();
  const { storeState: store, counters } = broker;
  return {
    status: "up",
    ...readiness(sources),
    uptimeSeconds: Math.floor(process.uptime()),
    components: {
      mqtt: {
        connections: counters.connections,
        sessions: counters.sessions,
        queued: counters.queued,
        certificates: broker.certificates.map(({ kind, validTo }) => ({
          listener: kind,
          validTo: new Date(validTo).toISOString(),
        })),
      },
      ...(httpEnds !== undefined && {
        http: { certificate: { validTo: new Date(httpEnds).toISOString() } },
      }),
      store: {
        durability,
        state: store.kind,
        ...("because" in store && { because: store.because }),
        ...(broker.freeDiskBytes !== undefined && { freeDiskBytes: broker.freeDiskBytes }),
      },
      history: historyHealth(sources.history()),
      adapters: { started: sources.isStarted() },
      eventLoop: { delayP99Ms: Math.round(loop.p99Ms) },
    },
  };
}

function historyHealth(state: HistoryState | undefined) {
  if (state === undefined) return { recording: false, because: "history.record is false" };
  const { recording, because, recorded, lost, overloaded, bytes, oldest } = state;
  const since = oldest === undefined ? undefined : timeText(oldest);
  return { recording, because, recorded, lost: lost + overloaded, bytes, oldest: since };
}

/** `/livez` answers while the process turns, whatever else is ill; `/readyz` with 503 while the hub should not be used. */
export function addHealthRoutes(server: FastifyInstance, sources: HealthSources): void {
  server.get("/livez", () => ({ status: "up" }));
  server.get("/healthz", () => health(sources));
  server.get("/readyz", (_request, reply) => {
    const answer = readiness(sources);
    return reply.code(answer.ready ? 200 : 503).send(answer);
  });
}
