/** What `unshub host` prints: an event as a line for people, the tree as lines. */
import { joinPath, ROOT, type MetricNow, type UnsTree } from "../tree/index.ts";
import { wireValue } from "../feed/index.ts";
import type { HostEvent } from "../namespace/index.ts";
import { shownValue } from "./shown-value.ts";

/** `14:02:11  birth              g/e/d, 12 metrics` */
export function eventLine(event: HostEvent, now: number): string {
  const clock = new Date(now).toISOString().slice(11, 19);
  return `${clock}  ${event.event.padEnd(17)}  ${about(event)}`;
}

function about(event: HostEvent): string {
  if ("server" in event) return aboutServer(event);
  if ("node" in event) return aboutNode(event);
  if (event.event === "host state") {
    return `${event.host} is ${event.online ? "online" : "offline"}`;
  }
  return event.event === "fault" ? `${event.topic}: ${event.because}` : event.because;
}

function aboutServer(event: Extract<HostEvent, { server: string }>): string {
  if (event.event === "pausing") return `${event.server}: ${event.because}`;
  if (!("stateAt" in event)) return event.server;
  return `${event.server}, STATE of ${new Date(event.stateAt).toISOString()}`;
}

function aboutNode(event: Extract<HostEvent, { node: string }>): string {
  if (event.event === "stale") return `${event.node}: ${event.because}`;
  if (event.event === "rebirth requested") return `${event.node}: ${event.cause}`;
  if (event.event !== "birth") return who(event);
  const bdSeq = event.bdSeq === undefined ? "" : `, bdSeq ${event.bdSeq}`;
  return `${who(event)}, ${event.metrics} metrics${bdSeq}`;
}

function who({ node, device }: { readonly node: string; readonly device?: string }): string {
  return device === undefined ? node : `${node}/${device}`;
}

/** A row of the tree: edge nodes and devices with their state, metrics with what they are worth. */
export interface TreeLine {
  readonly path: string;
  readonly kind: string;
  readonly state?: string;
  readonly value?: string;
  readonly unit?: string;
  readonly quality?: string;
  readonly reason?: string;
  /** Milliseconds since 1970 UTC. */
  readonly timestamp?: number;
}

/** The row at a path and all below it, or everything; `undefined` when there is no such row. */
export function treeLines(tree: UnsTree, path: string): Iterable<TreeLine> | undefined {
  const row = path === "" ? ROOT : tree.find(path);
  return row === undefined ? undefined : below(tree, row);
}

function* below(tree: UnsTree, row: number): Generator<TreeLine> {
  if (row !== ROOT) yield lineOf(tree, row);
  if (tree.rows.isMetric(row)) return;
  for (const child of tree.rows.children(row)) yield* below(tree, child);
}

function lineOf(tree: UnsTree, row: number): TreeLine {
  const metric = tree.metric(row);
  const state = tree.state(row);
  return {
    path: joinPath(tree.segments(row)),
    kind: tree.rows.kind(row),
    ...(state !== undefined && { state }),
    ...(metric !== undefined && worthOf(metric)),
  };
}

function worthOf({ info, value, quality, reason, timestamp }: MetricNow): Partial<TreeLine> {
  return {
    value: shownValue(wireValue(value, info.datatype), info.datatype),
    quality,
    ...(info.unit !== undefined && { unit: info.unit }),
    ...(reason !== undefined && { reason }),
    ...(timestamp !== undefined && { timestamp }),
  };
}

export function treeText({ path, state, value, unit, quality, reason }: TreeLine): string {
  if (value === undefined) return state === undefined ? path : `${path}  (${state})`;
  const shown = `${path} = ${value}${unit === undefined ? "" : ` ${unit}`}`;
  if (quality === "good") return shown;
  return `${shown}  [${quality}${reason === undefined ? "" : `: ${reason}`}]`;
}
