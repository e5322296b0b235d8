/**
 * `npm run bench -- history`: values a second into the log, bytes a value, a day of one metric out of all, and what the
 * history does to the latency of everything else. `--values 100`: so many million; `--only log,lane`.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { encodePayload, type MetricToSend } from "@unshub/sparkplug";
import { parseConfig } from "../../hub/src/config/index.ts";
import { History, HistoryReader } from "../../hub/src/history/index.ts";
import { joinPath, NodeSessions, UnsTree } from "../../hub/src/tree/index.ts";
import { keep, printFigures, type Figure } from "../measure.ts";
import { historyLane } from "./lane.ts";
import { PlantData } from "./plant-data.ts";

const METRICS = 1000;
const START = 1_800_000_000_000;
const SECOND = 1000;
const DAY_SECONDS = 86_400;
/** Values between two looks at how far the log is. */
const AT_ONCE = 500_000;
const QUERIES = 25;

export async function history(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      values: { type: "string", default: "20" },
      only: { type: "string", default: "log,lane" },
      keep: { type: "boolean", default: false },
    },
  });
  const figures: Figure[] = [];
  if (values.only.includes("log")) figures.push(...(await logFigures(Number(values.values) * 1e6)));
  if (values.only.includes("lane")) figures.push(...(await historyLane()));
  printFigures(figures);
  if (values.keep) console.log(`\nkept in ${keep("history", figures)}`);
}

async function logFigures(count: number): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "unshub-bench-history-"));
  try {
    return await measured(join(folder, "history.db"), count);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measured(file: string, count: number): Promise<readonly Figure[]> {
  const plant = await openPlant(file);
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  const seconds = await fill(plant, count);
  const wallSeconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const { recorded, lost, overloaded } = plant.log.state();
  await untilIdle();
  const questions = await asked(plant, seconds);
  await plant.log.stop();
  const { blockBytes, rows, fileBytes } = sizes(file);
  const cpuSeconds = (user + system) / 1e6;
  const into = `${count / 1e6} million values into the log`;
  return [
    { what: `${into}: values a second, to reach 500 000`, value: recorded / wallSeconds, unit: "" },
    { what: "values per CPU second, all threads", value: recorded / cpuSeconds, unit: "" },
    { what: "values that could not be taken", value: lost + overloaded, unit: "" },
    { what: "bytes a value in blocks, to reach 10", value: blockBytes / rows, unit: "B" },
    { what: "the whole file, with the order of arrival", value: fileBytes / 1e6, unit: "MB" },
    ...questions,
  ];
}

/** How long answers take. `seconds`: of the plant's time. */
async function asked(
  { log, reader, tree, ids }: Plant,
  seconds: number,
): Promise<readonly Figure[]> {
  const since = START + Math.max(0, seconds - DAY_SECONDS) * SECOND;
  const until = START + seconds * SECOND;
  const idOf = (turn: number): number => ids[(turn * 37) % METRICS] ?? 0;
  const day = await timed(async (turn) => {
    const info = tree.info(idOf(turn));
    if (info === undefined) throw new Error("a metric is gone");
    const { groupId, edgeNodeId, deviceId = "", name } = info;
    const metric = { groupId, edgeNodeId, deviceId, name };
    const range = { since, until, limit: 1e6, isNext: false, withEdge: false };
    return (await log.ask<"rows">({ kind: "rows", metric, ...range })).rows.count;
  });
  const parts = await timed(async (turn) => {
    const path = joinPath(tree.segments(idOf(turn)));
    return (await reader.buckets(path, { since, until, buckets: 1200 }))?.buckets.length ?? 0;
  });
  const instant = await timed(async (turn) => {
    const at = START + ((turn * 7919) % Math.max(1, seconds)) * SECOND;
    return (await reader.at("", [at], { limit: METRICS })).metrics.length;
  });
  const what = `a day of one metric, ${day.found} values`;
  return [
    { what: `${what}: median, to reach 20`, value: day.medianMs, unit: "ms" },
    { what: "the slowest of them", value: day.worstMs, unit: "ms" },
    { what: "CPU time of one", value: day.cpuMs, unit: "ms" },
    { what: "the same in 1200 parts: median", value: parts.medianMs, unit: "ms" },
    { what: `${instant.found} metrics at an instant: median`, value: instant.medianMs, unit: "ms" },
    { what: "CPU time of one", value: instant.cpuMs, unit: "ms" },
  ];
}

interface Plant {
  readonly tree: UnsTree;
  readonly log: History;
  readonly reader: HistoryReader;
  readonly ids: readonly number[];
}

async function openPlant(file: string): Promise<Plant> {
  const { history: config } = await parseConfig(
    "listeners: { mqtt: {} }\nhistory: { keep: forever, replay: { keep: 1s, maxSize: 1MiB } }",
    { file: "unshub.yaml", checkAdapter: async () => undefined },
  );
  const tree = new UnsTree();
  const sessions = new NodeSessions(tree, () => undefined);
  const logger = { debug: quiet, info: quiet, warn: console.warn, error: console.error };
  const log = new History({
    config,
    hubId: "plant1",
    found: () => undefined,
    file,
    durability: "power",
    tree,
    sessions,
    log: logger,
    now: () => Date.now(),
  });
  const data = new PlantData(METRICS);
  const metrics = Array.from({ length: METRICS }, (_, at): MetricToSend => {
    const datatype = data.isTruth(at) ? "Boolean" : "Double";
    const value = datatype === "Boolean" ? false : 0;
    return {
      name: `Line ${at % 10}/m${at}`,
      datatype,
      tellDatatype: true,
      value,
      timestamp: START,
    };
  });
  const say = (topic: string, all: readonly MetricToSend[], seq: number): void =>
    sessions.apply({
      topic,
      payload: encodePayload({ timestamp: START, seq, metrics: all }),
      receivedAt: START,
    });
  const bdSeq = { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0 } as const;
  say("spBv1.0/plant/NBIRTH/node", [bdSeq], 0);
  say("spBv1.0/plant/DBIRTH/node/device", metrics, 1);
  const ids = metrics.map(({ name }) => tree.find(`plant/node/device/${name ?? ""}`) ?? 0);
  return { tree, log, reader: new HistoryReader({ history: log, tree }), ids };
}

function quiet(): void {}

/** Every metric once a second, each message a few milliseconds on its way. Answers how many seconds that was. */
async function fill({ tree, log, ids }: Plant, count: number): Promise<number> {
  const data = new PlantData(METRICS);
  const seconds = Math.floor(count / METRICS);
  let since = 0;
  for (let second = 1; second <= seconds; second += 1) {
    const base = START + second * SECOND;
    for (const [metric, id] of ids.entries()) {
      const time = base + ((metric * 7) % 900) + data.jitter(40);
      const receivedAt = time + 2 + data.jitter(12);
      const value = data.next(metric);
      if (data.isTruth(metric)) tree.setTruth(id, value, time, receivedAt);
      else tree.setNumber(id, value, time, receivedAt);
    }
    since += METRICS;
    if (since < AT_ONCE) continue;
    since = 0;
    await log.ask<"offset">({ kind: "offset", time: 0 }); // it has written all that came before
  }
  await log.ask<"offset">({ kind: "offset", time: 0 });
  return seconds;
}

/** Until the thread of the log has joined what it had to join. */
async function untilIdle(): Promise<void> {
  for (let idle = 0; idle < 4;) {
    const before = process.cpuUsage();
    await sleep(500);
    const { user, system } = process.cpuUsage(before);
    idle = user + system < 50_000 ? idle + 1 : 0;
  }
}

async function timed(ask: (turn: number) => Promise<number>) {
  const times: number[] = [];
  const cpu = process.cpuUsage();
  let found = 0;
  for (let turn = 0; turn < QUERIES; turn += 1) {
    const start = performance.now();
    found = await ask(turn);
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(cpu);
  const sorted = times.toSorted((a, b) => a - b);
  return {
    found,
    cpuMs: (user + system) / 1000 / QUERIES,
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    worstMs: sorted.at(-1) ?? 0,
  };
}

function sizes(file: string) {
  const database = new DatabaseSync(file, { readOnly: true });
  const sum = database
    .prepare("SELECT sum(bytes) AS bytes, sum(rows) AS rows FROM part WHERE visible = 1")
    .get();
  database.close();
  return {
    blockBytes: Number(sum?.["bytes"]),
    rows: Number(sum?.["rows"]),
    fileBytes: statSync(file).size,
  };
}
