/** The plan of an adapter for people: its links, devices and requests. */
import type { AdapterPlan, PlannedDevice, PlannedLink, PlannedRequest } from "@unshub/adapter";
import { textTable } from "./text-table.ts";

/** A few lines, the adapter's name in front of each link. */
export function planLines(adapter: string, { links }: AdapterPlan): readonly string[] {
  return links.flatMap((link) => [
    `${adapter}: ${linkText(link)}`,
    ...link.devices.flatMap((device) => deviceLines(device)),
  ]);
}

function linkText({ address, requestsPerSecond, busLoad }: PlannedLink): string {
  const load = busLoad === undefined ? "" : `, line busy ${percent(busLoad)}`;
  return `${address}, ${rounded(requestsPerSecond)} requests/s${load}`;
}

function deviceLines({ deviceId, tags, requests }: PlannedDevice): readonly string[] {
  const hasWire = requests.some(({ wireMs }) => wireMs !== undefined);
  const head = [
    ["group", "left"],
    ["every", "right"],
    ["request", "left"],
    ["tags", "right"],
    ["bytes", "right"],
    ["unused", "right"],
    ...(hasWire ? ([["on the line", "right"]] as const) : []),
  ] as const;
  const rows = requests.map((request) => requestRow(request, hasWire));
  return [`  ${deviceId}, ${tags} tags`, ...textTable(head, rows).map((line) => `    ${line}`)];
}

function requestRow(request: PlannedRequest, hasWire: boolean): readonly string[] {
  const { group, intervalMs, tags, bytes, unusedBytes, wireMs } = request;
  const row = [
    group,
    intervalMs === undefined ? "-" : interval(intervalMs),
    requestText(request),
    String(tags),
    bytes === undefined ? "" : String(bytes),
    unusedBytes === undefined ? "" : String(unusedBytes),
  ];
  return hasWire ? [...row, wireMs === undefined ? "" : `${rounded(wireMs)} ms`] : row;
}

/** Off by one is the most frequent mistake: what is asked for stands beside what was written. */
function requestText({ what, written, part }: PlannedRequest): string {
  const asWritten = written === undefined ? "" : `, written ${written}`;
  return `${what}${asWritten}${part === undefined ? "" : `, part ${part}, may be torn`}`;
}

function interval(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

/** As many digits as a person reads. */
function rounded(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
