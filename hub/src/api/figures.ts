/** Counters and gauges of Prometheus that are read when somebody asks for them. */
import { Counter, Gauge, type Registry } from "prom-client";

type Labels = Readonly<Record<string, string>>;
/** One line of a metric. */
export type Sample = readonly [labels: Labels, value: number];

type Read = () => readonly Sample[];

export function counter(registry: Registry, name: string, help: string, read: Read): void {
  const metric: Counter = new Counter({
    name,
    help,
    labelNames: LABEL_NAMES,
    registers: [registry],
    collect: () => {
      metric.reset();
      for (const [labels, value] of read()) metric.inc(labels, value);
    },
  });
}

export function gauge(registry: Registry, name: string, help: string, read: Read): void {
  const metric: Gauge = new Gauge({
    name,
    help,
    labelNames: LABEL_NAMES,
    registers: [registry],
    collect: () => {
      metric.reset();
      for (const [labels, value] of read()) metric.set(labels, value);
    },
  });
}

/** All labels that there are. */
const LABEL_NAMES = [
  "qos",
  "reason",
  "protocol",
  "result",
  "state",
  "listener",
  "adapter",
  "link",
  "device",
  "event",
  "type",
  "rule",
  "group",
  "node",
  "kind",
  "route",
  "status",
  "stream",
  "sink",
  "part",
  "term",
  "side",
];
