/** Figures of the streams for Prometheus. */
import type { Registry } from "prom-client";
import type { StreamFigures } from "../replay/index.ts";
import { counter, gauge, type Sample } from "./figures.ts";

export interface ReplaySources {
  readonly figures: readonly StreamFigures[];
}

export function addReplay(registry: Registry, streams: ReplaySources): void {
  const of = (read: (stream: StreamFigures) => number | undefined) => (): readonly Sample[] =>
    streams.figures.flatMap((stream) => {
      const value = read(stream);
      return value === undefined ? [] : [[{ stream: stream.name }, value] as const];
    });
  gauge(
    registry,
    "unshub_stream_readers",
    "Subscriptions that read a stream.",
    of(({ readers }) => readers),
  );
  counter(
    registry,
    "unshub_stream_messages_total",
    "Messages of streams that were given.",
    of(({ given }) => given),
  );
  gauge(
    registry,
    "unshub_stream_bytes",
    "Size of the log of a stream.",
    of(({ log }) => log?.bytes),
  );
  counter(
    registry,
    "unshub_stream_lost_total",
    "Messages that the log of a stream could not take.",
    of(({ log }) => log?.lost),
  );
  gauge(
    registry,
    "unshub_stream_oldest_timestamp_seconds",
    "Time of the oldest message in the log of a stream.",
    of(({ log }) => (log?.oldest === undefined ? undefined : log.oldest / 1e6)),
  );
}
