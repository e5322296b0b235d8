/** Figures of the sinks for Prometheus. */
import type { Registry } from "prom-client";
import type { SinkState } from "../sinks/index.ts";
import { counter, gauge } from "./figures.ts";

export function addSinks(registry: Registry, states: () => readonly SinkState[]): void {
  const of = (read: (state: SinkState) => number) => () =>
    states().map((state) => [{ sink: state.name }, read(state)] as const);
  gauge(
    registry,
    "unshub_sink_up",
    "1 while the target takes what it is given, 0 while not.",
    of(({ status }) => (status === "up" ? 1 : 0)),
  );
  gauge(
    registry,
    "unshub_sink_backlog_rows",
    "Values in the log that the sink has not read.",
    of(({ backlogRows }) => backlogRows),
  );
  gauge(
    registry,
    "unshub_sink_lag_seconds",
    "Age of the oldest value that is waiting to be written.",
    of(({ lagMs }) => lagMs / 1000),
  );
  gauge(
    registry,
    "unshub_sink_dead_letters",
    "Values that the target refused and that are kept.",
    of(({ deadLetters }) => deadLetters),
  );
  const counters = [
    ["rows_written", "Values that the target has.", "rowsWritten"],
    ["errors", "Writes that failed and were tried again.", "errors"],
    ["missed_rows", "Values that were deleted before they could be written.", "missedRows"],
    ["dead_letters_dropped", "Dead letters for which there was no room.", "deadLettersDropped"],
  ] as const;
  for (const [name, help, key] of counters) {
    counter(
      registry,
      `unshub_sink_${name}_total`,
      help,
      of((state) => state[key]),
    );
  }
}
