/** Whether everything that the plant said arrived: in the log, as plain topics, on the pages. */
import mqtt from "mqtt";
import { z } from "zod";
import type { Page } from "./page.ts";
import { DATATYPES, GROUP, METRICS_PER_DEVICE, metricName, pathOf, valueOf } from "./plant.ts";

/** What was said: devices in turn, their birth first. */
export interface Said {
  readonly devices: number;
  /** DDATA of all devices. */
  readonly messages: number;
  /** Milliseconds since 1970 UTC, between which all of it lies. */
  readonly since: number;
  readonly until: number;
}

/** How often a device said something, with its birth. */
function countOf({ devices, messages }: Said, device: number): number {
  return 1 + Math.floor(messages / devices) + (device < messages % devices ? 1 : 0);
}

export interface Wrong {
  readonly count: number;
  /** Some of them, in words. */
  readonly examples: readonly string[];
}

const AT_ONCE = 8;
const MOST_EXAMPLES = 5;

const answer = z.object({
  buckets: z.tuple([
    z.object({
      rows: z.number(),
      count: z.number(),
      min: z.number().optional(),
      max: z.number().optional(),
      average: z.number().optional(),
    }),
  ]),
});

/** Metrics whose rows in the log are not exactly what was said: 0, 1, 2, … each once. `port`: of HTTP. */
export async function wrongInLog(
  port: number,
  said: Said,
): Promise<Wrong & { readonly rows: number }> {
  const wrong: string[] = [];
  let rows = 0;
  let next = 0;
  const check = async (): Promise<void> => {
    for (; next < said.devices * METRICS_PER_DEVICE;) {
      const [device, metric] = [Math.floor(next / METRICS_PER_DEVICE), next % METRICS_PER_DEVICE];
      next += 1;
      const path = pathOf(device, metric);
      const query = new URLSearchParams({
        path,
        from: String(said.since),
        to: String(said.until),
        buckets: "1",
      });
      const response = await fetch(`http://127.0.0.1:${port}/api/history?${query.toString()}`);
      const text = await response.text();
      const fault = response.ok ? rowsFault(text, metric, countOf(said, device)) : text;
      if (fault !== undefined) wrong.push(`${path}: ${fault}`);
      rows += response.ok ? answer.parse(JSON.parse(text)).buckets[0].rows : 0;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, check));
  return { count: wrong.length, examples: wrong.slice(0, MOST_EXAMPLES), rows };
}

/** `n` different times, none missing: the count says it, and of numbers the least, the greatest and the average. */
function rowsFault(text: string, metric: number, n: number): string | undefined {
  const [{ rows, count, min, max, average = 0 }] = answer.parse(JSON.parse(text)).buckets;
  if (rows !== n) return `${rows} rows of ${n}`;
  const datatype = DATATYPES[metric];
  if (datatype === "String") return undefined;
  if (count !== n) return `${count} good numbers of ${n}`;
  if (datatype === "Boolean") return undefined;
  const isRight = min === 0 && max === n - 1 && Math.abs(average - (n - 1) / 2) < 1e-6 * n;
  return isRight ? undefined : `from ${min} to ${max}, ${average} on average, of ${n}`;
}

/** Plain topics whose retained value is not the last one. `port`: of MQTT. */
export async function wrongPlainTopics(port: number, said: Said): Promise<Wrong> {
  const last = new Map<string, string>();
  for (let device = 0; device < said.devices; device += 1) {
    for (let metric = 0; metric < METRICS_PER_DEVICE; metric += 1) {
      const value = valueOf(metric, countOf(said, device) - 1);
      last.set(pathOf(device, metric), JSON.stringify(value));
    }
  }
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
  const wrong: string[] = [];
  const all = new Promise<void>((resolve) => {
    client.on("message", (topic, payload) => {
      const expected = last.get(topic);
      if (expected === undefined) return;
      last.delete(topic);
      const text = payload.toString();
      if (!text.startsWith(`{"value":${expected},`)) wrong.push(`${topic}: ${text}`);
      if (last.size === 0) resolve();
    });
  });
  await client.subscribeAsync(`${GROUP}/#`, { qos: 0 });
  await Promise.race([all, within(30_000)]);
  await client.endAsync();
  for (const topic of last.keys()) wrong.push(`${topic}: nothing is retained`);
  return { count: wrong.length, examples: wrong.slice(0, MOST_EXAMPLES) };
}

/** Metrics of which a page does not show the last value, a while after it was said. */
export async function wrongOnPages(
  pages: readonly { readonly page: Page; readonly devices: readonly number[] }[],
  said: Said,
): Promise<Wrong> {
  const giveUpAt = performance.now() + 10_000;
  for (;;) {
    const wrong = pages.flatMap(({ page, devices }) =>
      devices.flatMap((device) => pageFaults(page, device, countOf(said, device) - 1)),
    );
    if (wrong.length === 0 || performance.now() > giveUpAt) {
      return { count: wrong.length, examples: wrong.slice(0, MOST_EXAMPLES) };
    }
    await within(200);
  }
}

function pageFaults(page: Page, device: number, last: number): readonly string[] {
  return DATATYPES.flatMap((_, metric) => {
    const shown = page.shown(device, metricName(metric));
    const expected = valueOf(metric, last);
    return shown === expected
      ? []
      : [`${pathOf(device, metric)} on a page: ${String(shown)} for ${String(expected)}`];
  });
}

function within(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
