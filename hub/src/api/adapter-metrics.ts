/** Figures of adapters, their links and devices, for Prometheus. No label names a tag: there are too many of them. */
import { ANSWER_BOUNDS, DurationCounter, type Durations } from "@unshub/adapter";
import type { Registry } from "prom-client";
import type { AdapterReport } from "../supervisor/index.ts";
import { addAgreements } from "./agreement-metrics.ts";
import { counter, gauge, type Sample } from "./figures.ts";
import { histogram } from "./histogram.ts";

type Reports = () => readonly AdapterReport[];
type Device = AdapterReport["diagnostics"]["devices"][number];
type Figure = readonly [
  kind: "counter" | "gauge",
  name: string,
  help: string,
  of: (device: Device) => number | undefined,
];

const DEVICE_FIGURES: readonly Figure[] = [
  ["gauge", "online", "1 while the device answers.", (device) => bit(device.state === "online")],
  ["gauge", "demoted", "1 while it is only probed.", (device) => bit(device.isDemoted)],
  ["counter", "timeouts_total", "Requests without an answer.", (device) => device.timeouts],
  ["counter", "exceptions_total", "Answers that say no.", (device) => device.exceptions],
  ["counter", "overruns_total", "Polls left out: one still ran.", (device) => device.overruns],
  [
    "counter",
    "coalesced_samples_total",
    "Samples that gave way to later ones because the hub was slow.",
    (device) => device.coalesced,
  ],
  ["gauge", "requests_per_second", "Requests per second.", (device) => device.requestsPerSecond],
  ["gauge", "tags", "Tags of the device.", (device) => device.tags],
  ["gauge", "bad_tags", "Tags without a good value.", (device) => device.badTags],
  ["gauge", "rtt_p50_seconds", "Half of the answers came within.", ({ rttP50Ms }) => s(rttP50Ms)],
  ["gauge", "rtt_p99_seconds", "99 of 100 answers came within.", ({ rttP99Ms }) => s(rttP99Ms)],
  [
    "gauge",
    "clock_skew_seconds",
    "How far its clock is ahead of the hub's.",
    (device) => device.clockSkewSeconds,
  ],
];

export function addAdapters(registry: Registry, reports: Reports): void {
  gauge(registry, "unshub_adapter_up", "1 while the adapter runs.", () =>
    reports().map(({ name, status }) => [{ adapter: name }, bit(status === "running")]),
  );
  gauge(registry, "unshub_adapter_stopped", "1 while somebody has it stopped.", () =>
    reports().map(({ name, stopped }) => [{ adapter: name }, bit(stopped !== undefined)]),
  );
  counter(registry, "unshub_adapter_restarts_total", "Threads that ended and were replaced.", () =>
    reports().map(({ name, restarts }) => [{ adapter: name }, restarts]),
  );
  gauge(registry, "unshub_adapter_slow", "1 while its edge node has to hold data back.", () =>
    reports().map(({ name, isSlow }) => [{ adapter: name }, bit(isSlow)]),
  );
  gauge(registry, "unshub_adapter_points", "Tags of all its devices.", () =>
    reports().map(({ name, diagnostics }) => [{ adapter: name }, sumOf(diagnostics, "tags")]),
  );
  counter(registry, "unshub_adapter_errors_total", "What its devices failed to answer.", () =>
    reports().flatMap(({ name, diagnostics }): readonly Sample[] => [
      [{ adapter: name, kind: "timeout" }, sumOf(diagnostics, "timeouts")],
      [{ adapter: name, kind: "exception" }, sumOf(diagnostics, "exceptions")],
    ]),
  );
  addPolls(registry, reports);
  addLinks(registry, reports);
  addAgreements(registry, reports);
  for (const figure of DEVICE_FIGURES) addDeviceFigure(registry, reports, figure);
}

function addPolls(registry: Registry, reports: Reports): void {
  const head = {
    name: "unshub_adapter_poll_duration_seconds",
    help: "From a request to its answer, over all devices of the adapter; not of adapters that only listen.",
    bounds: ANSWER_BOUNDS,
  };
  histogram(registry, head, () => ({
    ...head,
    samples: reports().flatMap(({ name, diagnostics }) => {
      const took = allOf(diagnostics.devices.flatMap(({ answerTimes }) => answerTimes ?? []));
      return took === undefined ? [] : [[{ adapter: name }, took] as const];
    }),
  }));
}

function allOf(devices: readonly Durations[]): Durations | undefined {
  if (devices.length === 0) return undefined;
  const all = new DurationCounter(ANSWER_BOUNDS);
  for (const device of devices) all.add(device);
  return all;
}

function addLinks(registry: Registry, reports: Reports): void {
  const ofLinks = (read: (link: AdapterReport["diagnostics"]["links"][number]) => Sample[]) => () =>
    reports().flatMap(({ name, diagnostics }) =>
      diagnostics.links.flatMap((link) =>
        read(link).map(([labels, value]): Sample => [
          { adapter: name, link: link.name, ...labels },
          value,
        ]),
      ),
    );
  gauge(
    registry,
    "unshub_adapter_link_up",
    "1 while the link is up.",
    ofLinks(({ state }) => [[{}, bit(state === "up" || state === "degraded")]]),
  );
  counter(
    registry,
    "unshub_adapter_link_events_total",
    "What happened on the link, by the adapter's own names.",
    ofLinks(({ counters }) => Object.entries(counters).map(([event, count]) => [{ event }, count])),
  );
}

function addDeviceFigure(
  registry: Registry,
  reports: Reports,
  [kind, name, help, of]: Figure,
): void {
  const add = kind === "counter" ? counter : gauge;
  add(registry, `unshub_adapter_device_${name}`, help, () =>
    reports().flatMap(({ name: adapter, diagnostics }) =>
      diagnostics.devices.flatMap((device): readonly Sample[] => {
        const value = of(device);
        const labels = { adapter, link: device.link, device: device.deviceId };
        return value === undefined ? [] : [[labels, value]];
      }),
    ),
  );
}

function sumOf(
  { devices }: AdapterReport["diagnostics"],
  figure: "tags" | "timeouts" | "exceptions",
): number {
  return devices.reduce((sum, device) => sum + device[figure], 0);
}

function bit(isTrue: boolean): number {
  return isTrue ? 1 : 0;
}

function s(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
