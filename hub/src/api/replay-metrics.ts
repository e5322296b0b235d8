/** Figures of the streams and of the black box for Prometheus. */
import type { Registry } from "prom-client";
import type { StreamFigures } from "../replay/index.ts";
import { counter, gauge, type Sample } from "./figures.ts";

export interface ReplaySources {
  readonly figures: readonly StreamFigures[];
}

export interface BlackBoxSource {
  readonly figures: { readonly bytes: number; readonly oldestAt: number | undefined };
}

export function addBlackBox(registry: Registry, box: BlackBoxSource | undefined): void {
  gauge(registry, "unshub_blackbox_bytes", "Memory that the black box has taken.", () =>
    box === undefined ? [] : [[{}, box.figures.bytes]],
  );
  gauge(
    registry,
    "unshub_blackbox_oldest_timestamp_seconds",
    "Since when the black box has every packet.",
    () => {
      const oldestAt = box?.figures.oldestAt;
      return oldestAt === undefined ? [] : [[{}, oldestAt / 1000]];
    },
  );
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
