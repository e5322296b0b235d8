/** The entry of a thread with adapters that misbehave: for tests of those who watch them. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  NO_DIAGNOSTICS,
  writeInOrder,
  type AdapterContext,
  type AdapterModule,
} from "@unshub/adapter";
import type { MetricValue } from "@unshub/sparkplug";
import { hostAdapter } from "../../hub/src/supervisor/adapter-host.ts";

/** One metric `n` that counts; `n` is writable, and what is written decides how the adapter misbehaves. */
const rogue: AdapterModule<unknown> = {
  protocol: "rogue",
  parseConfig: (input) => input,
  create: (_config, context) => {
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
      write: (commands) => writeInOrder(commands, ({ value }) => misbehave(value), Date.now),
      diagnostics: () => NO_DIAGNOSTICS,
      stop: async () => clearInterval(timer),
    };
  },
};

async function misbehave(value: MetricValue): Promise<void> {
  if (value === -1) throw new Error("refused for the test");
  if (value === -2) setImmediate(throwLater);
  if (value === -3) block(5000);
  if (value === -4) block(60_000);
  if (value === -5) setImmediate(() => hoard([]));
  await sleep(1);
}

function reading(context: AdapterContext, value: number) {
  return { name: "n", value, quality: "good", timestamp: context.now() } as const;
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

hostAdapter(async () => rogue);
