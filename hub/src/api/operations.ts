/**
 * What those who run the hub ask: health for everyone, metrics for this machine, or from anywhere at a listener of their
 * own.
 */
import type { FastifyInstance } from "fastify";
import { isLoopback } from "../config/index.ts";
import { addHealthRoutes, type HealthSources } from "./health.ts";
import { hubMetrics, type Metrics, type MetricSources } from "./metrics.ts";

export interface Operations {
  readonly health: HealthSources;
  readonly metrics: Metrics;
}

export function operationsOf(health: HealthSources & MetricSources): Operations {
  return { health, metrics: hubMetrics(health) };
}

/** `metricsFor`: who may have the metrics. */
export function addOperations(
  server: FastifyInstance,
  { health, metrics }: Operations,
  metricsFor: "anyone" | "this machine",
): void {
  addHealthRoutes(server, health);
  server.get("/metrics", async (request, reply) => {
    if (metricsFor === "this machine" && !isLoopback(request.ip.replace(/^::ffff:/, ""))) {
      const sentence = "metrics are for this machine only; open listeners.metrics for others\n";
      return reply.code(403).type("text/plain").send(sentence);
    }
    return reply.type(metrics.contentType).send(await metrics.text());
  });
}
