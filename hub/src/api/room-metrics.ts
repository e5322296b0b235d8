/** Figures of rooms with routes of their own, for Prometheus. */
import type { Registry } from "prom-client";
import { counter, gauge } from "./figures.ts";
import { histogram } from "./histogram.ts";
import type { HttpRoom } from "./http-room.ts";

export function addRooms(registry: Registry, rooms: readonly Pick<HttpRoom, "figures">[]): void {
  for (const room of rooms) {
    const { counters, gauges, histograms } = room.figures();
    for (const [at, { name, help }] of counters.entries())
      counter(registry, name, help, () => room.figures().counters[at]?.samples ?? []);
    for (const [at, { name, help }] of gauges.entries())
      gauge(registry, name, help, () => room.figures().gauges[at]?.samples ?? []);
    for (const [at, timed] of histograms.entries())
      histogram(registry, timed, () => room.figures().histograms[at]);
  }
}
