/** What is left after the kills: the files, the log of values, plain topics, the audit trail. Faults are sentences. */
import { cpSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import mqtt from "mqtt";
import { z } from "zod";
import { verifyAudit } from "../../hub/src/identity/index.ts";
import { DEVICES, SETPOINT, type Life } from "./kill-plant.ts";
import { GROUP, METRICS_PER_DEVICE, pathOf, valueOf } from "./plant.ts";

/** Databases of a data directory that are not whole. `folder`: a copy, made while nobody writes. */
export function fileFaults(dataDir: string, folder: string): readonly string[] {
  cpSync(dataDir, folder, { recursive: true });
  const files = readdirSync(folder).filter((name) => name.endsWith(".db"));
  if (!files.includes("history.db")) return ["there is no history.db"];
  return files.flatMap((name) => {
    const database = new DatabaseSync(join(folder, name));
    const [said] = Object.values(database.prepare("PRAGMA integrity_check").get() ?? {});
    database.close();
    return said === "ok" ? [] : [`${name}: ${String(said)}`];
  });
}

const rows = z.object({
  values: z.array(
    z.object({
      time: z.number(),
      value: z.union([z.number(), z.boolean(), z.string(), z.null()]),
      gap: z.boolean().optional(),
      reason: z.string().optional(),
    }),
  ),
  more: z.boolean(),
});
type Row = z.output<typeof rows>["values"][number];

export interface Plant {
  readonly times: readonly (readonly number[])[];
  readonly lives: readonly (readonly Life[])[];
}

/** What a Will tells of a session that a kill ended, when nobody takes it up again soon enough. */
const DIED = "edge node died";

/** Each metric: of each life the values from the first on without a hole, gaps between lives, and nothing else. */
export async function rowFaults(http: string, { times, lives }: Plant): Promise<readonly string[]> {
  const faults: string[] = [];
  for (let device = 0; device < DEVICES; device += 1) {
    for (let metric = 0; metric < METRICS_PER_DEVICE; metric += 1) {
      const path = pathOf(device, metric);
      const found = (await rowsAt(http, path)).filter(({ reason }) => reason !== DIED);
      const said = (count: number): Row => ({
        time: times[device]?.[count] ?? 0,
        value: valueOf(metric, count),
      });
      const fault = lifeFault(found, lives[device] ?? [], said);
      if (fault !== undefined) faults.push(`${path}: ${fault}`);
    }
  }
  return faults;
}

async function rowsAt(http: string, path: string): Promise<readonly Row[]> {
  const found: Row[] = [];
  for (let more = true; more;) {
    const after = found.at(-1)?.time;
    const query = new URLSearchParams({ path, from: "0", limit: "10000" });
    if (after !== undefined) query.set("after", String(after));
    const answer = rows.parse(
      await (await fetch(`${http}/api/history?${query.toString()}`)).json(),
    );
    found.push(...answer.values);
    more = answer.more;
  }
  return found;
}

function lifeFault(
  found: readonly Row[],
  lives: readonly Life[],
  said: (count: number) => Row,
): string | undefined {
  let at = 0;
  for (const [round, life] of lives.entries()) {
    if (found[at]?.gap === true) at += 1;
    const isJoined = at > 0 && found[at - 1]?.gap !== true;
    const kept = keptOf(found.slice(at), life, said);
    at += kept;
    if (isJoined && kept > 0) return `life ${round}: there is no gap before it`;
    if (life.first + kept <= (life.safe ?? -1)) {
      const { first, safe } = life;
      return `life ${round}: ${first + kept} of ${safe} is missing, ${JSON.stringify(found[at])} is there`;
    }
  }
  const rest = found.slice(at).find(({ gap }) => gap !== true);
  return rest && `nobody said ${JSON.stringify(rest)}`;
}

/** How many of the first values of a life are there, one after the other. */
function keptOf(
  found: readonly Row[],
  { first, last }: Life,
  said: (count: number) => Row,
): number {
  let kept = 0;
  while (first + kept <= last && isSame(found[kept], said(first + kept))) kept += 1;
  return kept;
}

function isSame(row: Row | undefined, { time, value }: Row): boolean {
  return row !== undefined && row.gap !== true && row.time === time && row.value === value;
}

const page = z.object({
  entries: z.array(z.object({ offset: z.number(), receivedAt: z.number() })),
  next: z.number(),
  head: z.number(),
});

/** The order of arrival: every position from 0 to the head is there, once. */
export async function orderFaults(
  http: string,
): Promise<{ readonly faults: readonly string[]; readonly head: number }> {
  let next = 0;
  for (;;) {
    const url = `${http}/api/history/log?offset=${next}&limit=10000`;
    const { entries, head, ...rest } = page.parse(await (await fetch(url)).json());
    const wrong = entries.findIndex(({ offset }, at) => offset !== next + at);
    if (wrong >= 0) {
      const fault = `position ${next + wrong} is missing, ${entries[wrong]?.offset} follows`;
      return { faults: [fault], head };
    }
    next = rest.next;
    if (next < head && entries.length > 0) continue;
    return { faults: next === head ? [] : [`it ends at ${next}, its head is ${head}`], head };
  }
}

/** Retained plain topics of a hub that has heard nobody yet: values that were said, none newer, marked as uncertain. */
export async function plainFaults(
  port: number,
  { times }: Plant,
): Promise<{
  readonly faults: readonly string[];
  readonly retained: number;
  readonly oldestMs: number;
}> {
  const told = await retainedOf(port);
  const faults: string[] = [];
  let oldestMs = 0;
  for (let device = 0; device < DEVICES; device += 1) {
    const topic = pathOf(device, 0);
    const payload = told.get(topic);
    if (payload === undefined) continue;
    const known = times[device] ?? [];
    const { value, timestamp, quality } = z
      .object({ value: z.number(), timestamp: z.string(), quality: z.string() })
      .parse(JSON.parse(payload));
    if (known[value] !== Date.parse(timestamp) || quality !== "Uncertain") {
      faults.push(`${topic}: ${payload}`);
    }
    oldestMs = Math.max(oldestMs, (known.at(-1) ?? 0) - (known[value] ?? 0));
  }
  return { faults, retained: told.size, oldestMs };
}

async function retainedOf(port: number): Promise<ReadonlyMap<string, string>> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
  const told = new Map<string, string>();
  const end = "soak-end/of-retained";
  const ended = new Promise<void>((resolve) => {
    client.on("message", (topic, payload) => {
      if (topic === end) resolve();
      else told.set(topic, payload.toString());
    });
  });
  await client.subscribeAsync([`${GROUP}/#`, end]);
  await client.publishAsync(end, "", { qos: 1 });
  await ended;
  await client.endAsync();
  return told;
}

/** A command as its caller saw it. */
export interface Called {
  readonly value: number;
  /** `undefined`: the hub was killed before it answered. */
  readonly result: string | undefined;
  /** It was answered a second before the kill or earlier. */
  readonly isSafe: boolean;
}

const line = z.looseObject({
  action: z.string(),
  object: z.string().optional(),
  after: z.unknown(),
  result: z.string(),
});

/** The trail is a chain but for lines that a kill cut off; what was answered was asked on it, and ended on it. */
export function auditFaults(dataDir: string, calls: readonly Called[]): readonly string[] {
  const file = join(dataDir, "audit.jsonl");
  const faults = verifyAudit(file)
    .filter(({ because }) => !because.includes("was cut off"))
    .map(({ line: at, because }) => `audit.jsonl:${at} ${because}`);
  const results = resultsIn(file);
  const told = calls.map((call) => callFault(call, results.get(call.value) ?? new Set()));
  return [...faults, ...told.filter((fault) => fault !== undefined)];
}

/** What the trail says of each value that was commanded. */
function resultsIn(file: string): ReadonlyMap<unknown, ReadonlySet<string>> {
  const results = new Map<unknown, Set<string>>();
  for (const text of readFileSync(file, "utf8").split("\n")) {
    const entry = line.safeParse(jsonOf(text)).data;
    if (entry?.action !== "command" || entry.object !== SETPOINT) continue;
    results.set(entry.after, (results.get(entry.after) ?? new Set()).add(entry.result));
  }
  return results;
}

function callFault(
  { value, result, isSafe }: Called,
  told: ReadonlySet<string>,
): string | undefined {
  if (result === undefined) {
    const hasEnd = told.size === 0 || [...told].some((one) => one !== "asked");
    return hasEnd
      ? undefined
      : `the command to ${value} was asked for, and nobody says what came of it`;
  }
  if (!told.has("asked")) return `the command to ${value} was never asked for`;
  if (!isSafe || result !== "confirmed" || told.has("done")) return undefined;
  return `the command to ${value} was confirmed, the trail says ${[...told].join(", ")}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // half a line; `verifyAudit` has told
  }
}
