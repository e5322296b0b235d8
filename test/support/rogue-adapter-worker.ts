/** The entry of a thread with adapters that misbehave: for tests of those who watch them. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  ConfigError,
  SampleBatchBuilder,
  writeInOrder,
  type AdapterContext,
  type AdapterDiagnostics,
  type AdapterModule,
  type ReloadReport,
  type TracedFrame,
} from "@unshub/adapter";
import { GOOD, type MetricValue } from "@unshub/sparkplug";
import { hostAdapter } from "../../hub/src/supervisor/adapter-host.ts";

interface RogueConfig {
  /** Never comes back from `stop`. */
  readonly stubborn?: boolean;
  /** Its thread does nothing else for so long before it starts. */
  readonly slowStartMs?: number;
  readonly step?: number;
  /** `restart`: has no way to take this configuration while it runs. */
  readonly wants?: string;
}

/** One metric `n` that counts; `n` is writable, and what is written decides how the adapter misbehaves. */
const rogue: AdapterModule<RogueConfig> = {
  protocol: "rogue",
  parseConfig: (input: RogueConfig) => {
    if (input.wants !== "nonsense") return input;
    throw new ConfigError([{ path: ["wants"], message: "nonsense is not served here" }]);
  },
  create: (config, context) => {
    // As `block`, without using the processor.
    const start = new Int32Array(new SharedArrayBuffer(4));
    if (config.slowStartMs !== undefined) Atomics.wait(start, 0, 0, config.slowStartMs);
    let count = 0;
    let timer: NodeJS.Timeout | undefined;
    return {
      start: async () => {
        context.report.born("d", [
          { ...reading(context, count), datatype: "Int32", writable: true },
        ]);
        timer = setInterval(
          () => context.report.changed("d", [reading(context, (count += 1))]),
          20,
        );
      },
      write: (commands) =>
        writeInOrder(commands, ({ value }) => misbehave(value, context), Date.now),
      reload: async ({ step, wants }) => {
        if (wants === "restart") return undefined;
        context.log.info({}, `took step ${step}`);
        return NOTHING;
      },
      rescan: async () => context.log.info({}, "rescanned"),
      diagnostics: () => DIAGNOSTICS,
      setTrace: (link) => link === "line",
      trace: (link) => (link === "line" ? [FRAME] : undefined),
      stop: async () => {
        if (config.stubborn === true) await new Promise(() => undefined);
        clearInterval(timer);
      },
    };
  },
};

const NOTHING: ReloadReport = {
  reborn: [],
  added: [],
  removed: [],
  reconnected: [],
  adjustedTags: 1,
};

const FRAME: TracedFrame = {
  at: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  direction: "sent",
  hex: "000100000006010300640002",
  header: "FC3 hr:100..101",
  tags: ["Pressure", "Flow"],
};

const DIAGNOSTICS: AdapterDiagnostics = {
  links: [
    {
      name: "line",
      state: "up",
      since: 0,
      address: "nowhere:1",
      isTracing: false,
      counters: { frames_sent: 7 },
      agreements: [
        {
          name: "group fast",
          values: 2,
          terms: [
            { name: "publishing_interval_ms", asked: 100, granted: 1000 },
            { name: "queue_size", asked: 10, granted: 1 },
          ],
          faults: ["values come every 1 s instead of 100 ms"],
        },
      ],
    },
  ],
  devices: [
    {
      deviceId: "d",
      link: "line",
      state: "online",
      since: 0,
      address: "unit 1",
      isDemoted: false,
      timeouts: 1,
      exceptions: 2,
      overruns: 3,
      coalesced: 0,
      requestsPerSecond: 50,
      tags: 1,
      badTags: 0,
    },
  ],
};

function reading(context: AdapterContext, value: number) {
  return { name: "n", value, quality: "good", timestamp: context.now() } as const;
}

async function misbehave(value: MetricValue, context: AdapterContext): Promise<void> {
  if (value === -1) throw new Error("refused for the test");
  if (value === -2) setImmediate(throwLater);
  if (value === -3) block(5000);
  if (value === -4) block(60_000);
  if (value === -5) setImmediate(() => hoard([]));
  if (value === -6) hoardBuffers();
  if (value === -7) process.exit(3);
  if (value === -8) flood(context);
  await sleep(1);
}

function throwLater(): never {
  throw new Error("thrown for the test");
}

/** Spins: the thread's event loop stands still. */
function block(ms: number): void {
  for (const end = Date.now() + ms; Date.now() < end;);
}

function hoard(kept: unknown[]): never {
  for (;;) kept.push(Array.from({ length: 100_000 }, Math.random));
}

const buffers: Uint8Array[] = [];

/** Outside of the heap, and the event loop goes on. */
function hoardBuffers(): void {
  setInterval(() => buffers.push(new Uint8Array(8 * 1024 ** 2).fill(1)), 5);
}

/** Says a hundred thousand values, each alone, without once letting the hub answer. */
function flood(context: AdapterContext): void {
  const builder = new SampleBatchBuilder();
  for (let value = 1_000_000; value < 1_100_000; value += 1) {
    builder.add(0, value, GOOD, context.now());
    const batch = builder.take();
    context.report.samples("d", batch);
    builder.giveBack(batch);
  }
}

hostAdapter(async () => rogue);
