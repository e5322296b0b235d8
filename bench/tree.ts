/**
 * The live tree by itself: how much a CPU second takes of it, what a million metrics weigh, how long a search and a
 * snapshot take. No peer does the same, so only our own figures count.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { encodePayload, type MetricToSend } from "@unshub/sparkplug";
import { NodeSessions, openTree, SnapshotKeeper, UnsTree } from "../hub/src/tree/index.ts";
import type { Figure } from "./measure.ts";

const METRICS_PER_MESSAGE = 10;
const EDGE_NODES = 50;
const ROUNDS = 60;
const NOW = 1_800_000_000_000;

type NameOf = (metric: number) => string;

export async function tree(): Promise<readonly Figure[]> {
  return [dataFigure("alias"), dataFigure("name"), ...(await million())];
}

/** DDATA of 10 metrics from 50 nodes in turn. */
export function dataFigure(by: "alias" | "name"): Figure {
  const sessions = new NodeSessions(new UnsTree(), unexpected);
  const payloads = dataOf(by);
  const nodes = Array.from({ length: EDGE_NODES }, (_, node) => `node-${node}`);
  for (const node of nodes) bear(sessions, node, sharedName);
  const followers = nodes.map((node) => sessions.follower(`spBv1.0/plant/DDATA/${node}/d`));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    for (const payload of payloads) {
      for (const follow of followers) follow?.({ payload, receivedAt: NOW });
    }
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, user + system);
  }
  const metrics = payloads.length * EDGE_NODES * METRICS_PER_MESSAGE;
  const what = `DDATA of 10 metrics, by ${by}: metrics per CPU second`;
  return { what, value: metrics / best, unit: "million" };
}

/** One message for each `seq`, beginning with the one that follows the births. */
function dataOf(by: "alias" | "name"): readonly Uint8Array[] {
  return Array.from({ length: 256 }, (_, turn) => {
    const metrics = Array.from({ length: METRICS_PER_MESSAGE }, (__, at): MetricToSend => {
      const metric = (turn * 7 + at * 9) % 100;
      return {
        ...(by === "alias" ? { alias: metric } : { name: sharedName(metric) }),
        datatype: "Float",
        tellDatatype: false,
        value: turn + at / 8,
        timestamp: NOW + turn,
      };
    });
    return encodePayload({ timestamp: NOW, seq: (turn + 2) & 0xff, metrics });
  });
}

const OF_A_MOTOR = ["Speed", "Current", "Temperature", "Running", "Fault"];

function sharedName(metric: number): string {
  const motor = Math.floor(metric / 5);
  return `Line ${motor % 10}/Motor ${motor}/${OF_A_MOTOR[metric % 5]}`;
}

/** Births of a node with a device of 100 metrics. */
function bear(sessions: NodeSessions, node: string, nameOf: NameOf): void {
  const bdSeq: MetricToSend = { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0 };
  const metrics = Array.from({ length: 100 }, (_, alias): MetricToSend => ({
    name: nameOf(alias),
    alias,
    datatype: "Float",
    tellDatatype: true,
    value: alias / 4,
    timestamp: NOW,
    properties: [
      { key: "engUnit", datatype: "String", value: "rpm" },
      { key: "engHigh", datatype: "Double", value: 3000 },
    ],
  }));
  for (const [topic, born, seq] of [
    [`NBIRTH/${node}`, [bdSeq], 0],
    [`DBIRTH/${node}/d`, metrics, 1],
  ] as const) {
    const payload = encodePayload({ timestamp: NOW, seq, metrics: born });
    sessions.apply({ topic: `spBv1.0/plant/${topic}`, payload, receivedAt: NOW });
  }
}

function unexpected(): void {
  throw new Error("a session of the bench is broken");
}

async function million(): Promise<readonly Figure[]> {
  const { live, sessions, figures } = bornMillion();
  return [...figures, ...(await searches(live)), ...(await snapshots(live, sessions))];
}

interface Million {
  readonly live: UnsTree;
  readonly sessions: NodeSessions;
  /** How long it took, and what a metric weighs. */
  readonly figures: readonly Figure[];
}

/** A million metrics on 10 000 edge nodes; every second name is used once only. */
export function bornMillion(): Million {
  const before = bytesInUse();
  const live = new UnsTree();
  const sessions = new NodeSessions(live, unexpected);
  const began = performance.now();
  for (let node = 0; node < 10_000; node += 1) {
    const nameOf: NameOf = (metric) =>
      metric % 2 === 0 ? sharedName(metric) : `${sharedName(metric)} ${node}-${metric}`;
    bear(sessions, `node-${node}`, nameOf);
  }
  const bornMs = performance.now() - began;
  const { metrics } = live.rows.counts(0);
  const texts = live.rows.names.byteLength / metrics;
  const figures = [
    { what: "1 000 000 metrics: encoded and born", value: bornMs, unit: "ms" },
    {
      what: "the same: a metric without texts",
      value: (bytesInUse() - before) / metrics - texts,
      unit: "B",
    },
    { what: "the same: texts of a metric", value: texts, unit: "B" },
  ];
  return { live, sessions, figures };
}

/** What is left when the garbage is collected. Buffers are given back beside the first collection, so there are two. */
function bytesInUse(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
  runInNewContext("gc()");
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function searches(live: UnsTree): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  await live.search("warm up", 1);
  for (const words of ["motor", "no-such-thing", "line 3/motor", "node-777 speed"]) {
    const times: number[] = [];
    let found = 0;
    for (let round = 0; round < 5; round += 1) {
      const before = process.cpuUsage();
      ({ hits: found } = await live.search(words, 500));
      const { user, system } = process.cpuUsage(before);
      times.push((user + system) / 1000);
    }
    const what = `search "${words}": ${found} hits`;
    figures.push({ what, value: times.toSorted((a, b) => a - b)[2] ?? 0, unit: "CPU ms" });
  }
  return figures;
}

async function snapshots(live: UnsTree, sessions: NodeSessions): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "unshub-bench-"));
  const file = join(folder, "tree.snapshot");
  const delay = monitorEventLoopDelay({ resolution: 1 });
  try {
    delay.enable();
    const began = performance.now();
    await new SnapshotKeeper({ tree: live, sessions, file, log: SILENT }).stop();
    const written = performance.now();
    delay.disable();
    openTree({ file, log: SILENT, needsRebirth: unexpected });
    return [
      { what: "snapshot written", value: written - began, unit: "ms" },
      { what: "the same: longest turn of the event loop", value: delay.max / 1e6, unit: "ms" },
      { what: "snapshot restored", value: performance.now() - written, unit: "ms" },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const quiet = (): void => undefined;
const SILENT = { info: quiet, warn: quiet, error: quiet };
