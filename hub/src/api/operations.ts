/**
 * What those who run the hub ask: health for everyone, metrics for this machine, or from anywhere at a listener of their
 * own.
 */
import type { FastifyInstance } from "fastify";
import { isLoopback } from "../config/index.ts";
import { addHealthRoutes, type HealthSources } from "./health.ts";
import type { Metrics, MetricSources } from "./metrics.ts";

export interface Operations {
  readonly health: HealthSources;
  readonly metrics: () => Promise<Metrics>;
}

/** What makes the metrics is loaded when somebody asks for them the first time: most gateways are never asked. */
export function operationsOf(health: HealthSources & MetricSources): Operations {
  let metrics: Promise<Metrics> | undefined;
  const load = async (): Promise<Metrics> => {
    const { hubMetrics } = await import("./metrics.ts");
    return hubMetrics(health);
  };
  return { health, metrics: () => (metrics ??= load()) };
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
    const { answer } = await metrics();
    const { contentType, text } = await answer(request.headers.accept);
    const varies = [reply.getHeader("vary"), "accept"].filter((each) => each !== undefined);
    return reply.type(contentType).header("vary", varies.join(", ")).send(text);
  });
}
