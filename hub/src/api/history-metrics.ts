/** Figures of the history for Prometheus. */
import type { Registry } from "prom-client";
import type { HistoryState } from "../history/index.ts";
import { counter, gauge } from "./figures.ts";

export function addHistory(registry: Registry, state: () => HistoryState | undefined): void {
  const of = (read: (state: HistoryState) => number | undefined) => () => {
    const now = state();
    const value = now === undefined ? undefined : read(now);
    return value === undefined ? [] : [[{}, value] as const];
  };
  gauge(
    registry,
    "unshub_log_recording",
    "1 while values are recorded, 0 while not.",
    of(({ recording }) => (recording ? 1 : 0)),
  );
  counter(
    registry,
    "unshub_log_values_total",
    "Values recorded.",
    of((now) => now.recorded),
  );
  counter(
    registry,
    "unshub_log_lost_total",
    "Values that could not be recorded: the disk was full, or more came than it takes.",
    of(({ lost, overloaded }) => lost + overloaded),
  );
  gauge(
    registry,
    "unshub_log_bytes",
    "Size of the file of the history.",
    of((now) => now.bytes),
  );
  gauge(
    registry,
    "unshub_log_oldest_timestamp_seconds",
    "Time of the oldest value that is kept.",
    of(({ oldest }) => (oldest === undefined ? undefined : oldest / 1000)),
  );
}
