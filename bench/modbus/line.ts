/** A serial line made of two pseudo-terminals (`socat`): ten thousand requests, and the longest pause between two answers. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ModbusLink } from "../../adapters/modbus/src/wire/index.ts";
import { atMost, figure, percentile, type ModbusFigure } from "./figures.ts";
import { openOwnLink, readOf } from "./own-link.ts";
import { Told } from "./told.ts";

const REQUESTS = 10_000;
const BAUD = 115_200;
const TIMEOUT_MS = 1000;
/** Requests of two shapes in turn, as a device with two blocks has them. */
const SHAPES = [10, 11];
/** Longer than any turn of a busy machine takes, shorter than a time-out. */
const STALL_MS = 500;

export async function lineFigures(): Promise<readonly ModbusFigure[]> {
  await using line = await openLine();
  if (line === undefined) {
    console.log("  socat is missing: apt-get install socat");
    return [];
  }
  await using stack = new AsyncDisposableStack();
  stack.use(await Told.startNode("line-device.ts", [line.far]));
  const link = await openOwnLink({ framing: "rtu", path: line.near, baud: BAUD, parity: "none" });
  const pausesMs = await ask(link);
  const { timeouts, crc } = link.counters;
  await link.stop();
  const seconds = pausesMs.reduce((total, ms) => total + ms, 0) / 1000;
  const longest = percentile(pausesMs, 1);
  const head = `${REQUESTS} requests over a line of ${BAUD} baud`;
  return [
    figure(head, REQUESTS / seconds, "requests/s"),
    figure(`${head}: between two answers, p99`, percentile(pausesMs, 0.99), "ms"),
    atMost(`${head}: longest pause`, longest, "ms", STALL_MS),
    atMost(`${head}: time-outs, damaged frames`, timeouts + crc, "", 0),
  ];
}

/** One request after the other; milliseconds from answer to answer. */
async function ask(link: ModbusLink): Promise<readonly number[]> {
  const pausesMs: number[] = [];
  let before = performance.now();
  const { promise, resolve } = Promise.withResolvers<void>();
  const reads = SHAPES.map((registers) =>
    readOf({ start: 0, registers, timeoutMs: TIMEOUT_MS }, () => {
      const now = performance.now();
      pausesMs.push(now - before);
      before = now;
      const next = reads[pausesMs.length % reads.length];
      if (pausesMs.length < REQUESTS && next !== undefined) link.send(next);
      else resolve();
    }),
  );
  const [first] = reads;
  if (first !== undefined) link.send(first);
  await promise;
  return pausesMs;
}

interface Line extends AsyncDisposable {
  readonly near: string;
  readonly far: string;
}

/** `undefined`: there is no socat. */
async function openLine(): Promise<Line | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "unshub-bench-line-"));
  const near = join(folder, "near");
  const far = join(folder, "far");
  const ends = [near, far].map((path) => `pty,raw,echo=0,link=${path}`);
  const socat = spawn("socat", ends, { stdio: "ignore" });
  const failed = once(socat, "error").then(() => true);
  const exited = once(socat, "exit").catch(() => undefined);
  while (!existsSync(near) || !existsSync(far)) {
    if (await Promise.race([failed, sleep(10, false)])) {
      rmSync(folder, { recursive: true });
      return undefined;
    }
  }
  return {
    near,
    far,
    [Symbol.asyncDispose]: async () => {
      socat.kill();
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
