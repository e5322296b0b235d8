/**
 * The checks that every adapter must pass, whatever it speaks. A new protocol calls
 * `checkAdapter(module, openBench)` in its test file; the bench brings real devices on real sockets.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  batchReadings,
  type BornMetric,
  type MetricReading,
  type MetricValue,
} from "@unshub/sparkplug";
import type { Adapter, AdapterModule, Logger } from "./adapter.ts";
import type { BrowseNode, BrowseRequest } from "./browse.ts";
import { ConfigError } from "./config.ts";
import { isDone, type WriteOutcome, type WriteResult } from "./write.ts";

/** The devices that an adapter can reach, and the means to take one away. */
export interface AdapterBench {
  /** What stands in the configuration file for this bench. */
  readonly config: unknown;
  /** The device that is killed and revived. */
  readonly victim: string;
  /**
   * Another device that must not notice; polled from another server or unit. An adapter whose configuration has
   * one device only names the victim here again: then nobody is left to watch it die alone.
   */
  readonly bystander: string;
  /** A writable metric of the bystander, a value it accepts, and one that the adapter must refuse. */
  readonly writable: {
    readonly metric: string;
    readonly good: MetricValue;
    readonly bad: MetricValue;
  };
  /** A metric of the bystander that may not be written. */
  readonly readOnly: string;
  /** Where the bystander has more than one thing; of an adapter that browses. */
  readonly browse?: Omit<BrowseRequest, "maxNodes">;
  /** Stops the victim's server: connections are cut, new ones refused. */
  kill(): Promise<void>;
  /** Starts the victim's server again at the same address. */
  revive(): Promise<void>;
  close(): Promise<void>;
}

/** Registers the tests. `openBench` is called once per test; use port 0. */
export function checkAdapter<Config>(
  module: AdapterModule<Config>,
  openBench: () => Promise<AdapterBench>,
): void {
  describe(`adapter ${module.protocol} keeps the contract`, () => {
    it("refuses a configuration that is no configuration, with ConfigError", () => {
      for (const input of [null, 7, "x", [], { nonsense: true }]) {
        assert.throws(() => module.parseConfig(input), ConfigError);
      }
    });

    it("says born before changed", async () => {
      await using run = await startRun(module, openBench);

      const { bystander } = run.bench;
      await run.until((events) =>
        events.some((event) => event.kind === "changed" && event.deviceId === bystander),
      );

      const first = run.events.find((event) => event.deviceId === bystander);
      assert.equal(first?.kind, "born");
    });

    it("reports only metrics that were born", async () => {
      await using run = await startRun(module, openBench);

      await run.until((events) => events.filter((event) => event.kind === "changed").length > 3);

      for (const event of run.events) {
        if (event.kind !== "changed") continue;
        const names = run.bornNames(event.deviceId);
        for (const reading of event.readings) assert.ok(names.has(reading.name), reading.name);
      }
    });

    it("says why, wherever a quality is not good", async () => {
      await using run = await startRun(module, openBench);
      await run.until((events) => events.filter((event) => event.kind === "changed").length > 3);

      for (const reading of run.readings()) {
        if (reading.quality !== "good") assert.notEqual(reading.reason ?? "", "", reading.name);
      }
    });

    it("answers each of several commands, in their order", async () => {
      await using run = await startRun(module, openBench);
      const { bystander: deviceId, writable, readOnly } = run.bench;
      await run.until((events) => events.some((event) => event.deviceId === deviceId));

      const results = await run.adapter.write([
        { deviceId, metric: readOnly, value: 1 },
        { deviceId, metric: writable.metric, value: writable.good },
        { deviceId, metric: "no such metric", value: 1 },
      ]);

      assert.deepEqual(
        results.map((result) => (isDone(result) ? "done" : result.outcome)),
        ["rejected_not_writable", "done", "rejected_unknown_metric"],
      );
    });

    it("carries out no command that was asked for an hour ago", async () => {
      await using run = await startRun(module, openBench);
      const { bystander: deviceId, writable } = run.bench;
      await run.until((events) => events.some((event) => event.deviceId === deviceId));
      const before = run.valueOf(deviceId, writable.metric);

      const askedAt = Date.now() - 3_600_000;
      const { metric, good: value } = writable;
      const [result] = await run.adapter.write([{ deviceId, metric, value, askedAt }]);

      assert.equal(result?.outcome, "rejected_too_old");
      assert.deepEqual(run.valueOf(deviceId, metric), before);
    });

    it("tells how it stands in plain figures, and knows no link that is not there", async () => {
      await using run = await startRun(module, openBench);
      await run.until((events) => events.some((event) => event.kind === "changed"));

      const diagnostics = run.adapter.diagnostics();

      assert.deepEqual(structuredClone(diagnostics), diagnostics); // it goes to another thread
      const links = new Set(diagnostics.links.map(({ name }) => name));
      for (const { deviceId, link } of diagnostics.devices) assert.ok(links.has(link), deviceId);
      assert.notEqual(run.adapter.setTrace?.("no such link", true), true);
      assert.equal(run.adapter.trace?.("no such link"), undefined);
    });

    it("touches nothing when it is given the configuration that it has", async () => {
      await using run = await startRun(module, openBench);
      await run.until((events) => events.some((event) => event.kind === "changed"));
      const births = run.events.filter((event) => event.kind === "born").length;

      const report = await run.adapter.reload?.(module.parseConfig(run.bench.config));
      const before = run.events.length;
      await run.until((events) => events.length > before);

      const { reborn = [], added = [], removed = [], reconnected = [] } = report ?? {};
      assert.deepEqual([...reborn, ...added, ...removed, ...reconnected], []);
      const later = run.events.slice(before);
      assert.ok(later.every((event) => event.kind === "changed"));
      assert.ok(births > 0);
    });

    it("browses as far as it is asked to, ends when it is told to, and says nothing after stop", async () => {
      await using run = await startRun(module, openBench);
      const { browse: request, bystander } = run.bench;
      assert.equal(run.adapter.browse === undefined, request === undefined, "the bench says where");
      await run.until((events) => events.some((event) => event.deviceId === bystander));

      const all = await run.browsed({ ...request, maxNodes: 1000 });
      const some = await run.browsed({ ...request, maxNodes: 1 });
      const aborted = await run.browsed({ ...request, maxNodes: 1000 }, AbortSignal.abort());
      await run.adapter.stop();
      const stopped = await run.browsed({ ...request, maxNodes: 1000 });

      assert.deepEqual(structuredClone(all), all); // it goes to another thread
      assert.ok(request === undefined || tags(all) > 1, `${tags(all)} things`);
      assert.ok(request === undefined || some.some(({ kind }) => kind === "problem"));
      assert.ok(tags(some) <= 1);
      assert.deepEqual([tags(aborted), tags(stopped)], [0, 0]);
    });

    it("writes, and reports what was read back", async () => {
      await using run = await startRun(module, openBench);
      const { bystander, writable } = run.bench;
      await run.until((events) => events.some((event) => event.deviceId === bystander));

      const result = await run.write(bystander, writable.metric, writable.good);

      assert.ok(isDone(result), result.because ?? result.outcome);
      await run.until(() => run.valueOf(bystander, writable.metric) === writable.good);
    });

    it("rejects writes it cannot carry out", async () => {
      await using run = await startRun(module, openBench);
      const { bystander, writable, readOnly } = run.bench;
      await run.until((events) => events.some((event) => event.deviceId === bystander));

      const bad = await run.write(bystander, writable.metric, writable.bad);
      assert.ok(BAD_VALUES.includes(bad.outcome), bad.outcome);
      assert.notEqual(bad.because ?? "", "");
      const outcomes = [
        await run.write(bystander, readOnly, 1),
        await run.write(bystander, "no such metric", 1),
        await run.write("no such device", "x", 1),
      ].map(({ outcome }) => outcome);
      assert.deepEqual(outcomes, [
        "rejected_not_writable",
        "rejected_unknown_metric",
        "rejected_unknown_metric",
      ]);
    });

    it("lets a dead device die alone, once, and be born again", async () => {
      await using run = await startRun(module, openBench);
      const { victim, bystander } = run.bench;
      const count = (kind: RunEvent["kind"], deviceId: string): number =>
        run.events.filter((event) => event.kind === kind && event.deviceId === deviceId).length;
      await run.until(() => count("born", victim) === 1 && count("born", bystander) === 1);

      await run.bench.kill();
      await run.until(() => count("died", victim) === 1);
      const before = count("changed", bystander);
      await run.until(() => victim === bystander || count("changed", bystander) > before);
      await run.bench.revive();
      await run.until(() => count("born", victim) === 2);

      assert.equal(count("died", victim), 1);
      if (victim === bystander) return;
      assert.equal(count("died", bystander), 0);
      assert.equal(count("born", bystander), 1);
    });

    it("rejects a write to a dead device", async () => {
      await using run = await startRun(module, openBench);
      const { victim } = run.bench;
      await run.until(() => run.bornNames(victim).size > 0);
      await run.bench.kill();
      await run.until((events) => events.some((event) => event.kind === "died"));

      const metric = [...run.bornNames(victim)][0] ?? "";
      assert.ok(!isDone(await run.write(victim, metric, 1)));
    });

    it("reports nothing after stop, and stops twice", async () => {
      const run = await startRun(module, openBench);
      await run.until((events) => events.some((event) => event.kind === "changed"));

      await run.adapter.stop();
      const count = run.events.length;
      await run[Symbol.asyncDispose](); // stops it a second time

      assert.equal(run.events.length, count);
    });
  });
}

function tags(nodes: readonly BrowseNode[]): number {
  return nodes.filter(({ kind }) => kind === "tag").length;
}

type RunEvent =
  | { readonly kind: "born"; readonly deviceId: string; readonly metrics: readonly BornMetric[] }
  | {
      readonly kind: "changed";
      readonly deviceId: string;
      readonly readings: readonly MetricReading[];
    }
  | { readonly kind: "died"; readonly deviceId: string; readonly reason: Error };

/** A started adapter with everything it said. */
class AdapterRun<Config> implements AsyncDisposable {
  readonly events: RunEvent[] = [];
  readonly bench: AdapterBench;
  readonly adapter: Adapter<Config>;
  readonly #dataDir: string;
  #wake: () => void = () => undefined;

  constructor(
    bench: AdapterBench,
    dataDir: string,
    create: (run: AdapterRun<Config>) => Adapter<Config>,
  ) {
    this.bench = bench;
    this.#dataDir = dataDir;
    this.adapter = create(this);
  }

  add(event: RunEvent): void {
    this.events.push(event);
    this.#wake();
  }

  /** Resolves once `holds`, asked again after each event; the test runner's time limit ends a wait that never does. */
  async until(holds: (events: readonly RunEvent[]) => boolean): Promise<void> {
    while (!holds(this.events)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The metrics of a device as they were last born. */
  born(deviceId: string): readonly BornMetric[] {
    const births = this.events.filter((event) => event.kind === "born");
    return births.findLast((event) => event.deviceId === deviceId)?.metrics ?? [];
  }

  bornNames(deviceId: string): ReadonlySet<string> {
    return new Set(this.born(deviceId).map((metric) => metric.name));
  }

  /** Everything that was said of values, births included, oldest first. */
  readings(): readonly MetricReading[] {
    return this.events.flatMap((event): readonly MetricReading[] => {
      if (event.kind === "died") return [];
      return event.kind === "born" ? event.metrics : event.readings;
    });
  }

  valueOf(deviceId: string, metric: string): MetricValue | undefined {
    const readings = this.events.flatMap((event): readonly MetricReading[] => {
      if (event.deviceId !== deviceId || event.kind === "died") return [];
      return event.kind === "born" ? event.metrics : event.readings;
    });
    return readings.findLast((reading) => reading.name === metric)?.value;
  }

  /** What it found; a refusal is a sentence, too. */
  async browsed(
    request: BrowseRequest,
    signal = new AbortController().signal,
  ): Promise<readonly BrowseNode[]> {
    const nodes: BrowseNode[] = [];
    try {
      for await (const node of this.adapter.browse?.(request, signal) ?? []) nodes.push(node);
    } catch (error) {
      assert.ok(error instanceof Error && error.message !== "");
      nodes.push({ kind: "problem", because: error.message });
    }
    return nodes;
  }

  async write(deviceId: string, metric: string, value: MetricValue): Promise<WriteResult> {
    const results = await this.adapter.write([{ deviceId, metric, value }]);
    const [result] = results;
    if (result === undefined || results.length > 1) assert.fail("one command, one result");
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.adapter.stop();
    await this.bench.close();
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

/** What a value that does not fit may come to. */
const BAD_VALUES: readonly WriteOutcome[] = [
  "rejected_bad_value",
  "rejected_not_a_number",
  "rejected_not_integer",
  "rejected_out_of_range",
  "rejected_unknown_text",
];

const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

async function startRun<Config>(
  module: AdapterModule<Config>,
  openBench: () => Promise<AdapterBench>,
): Promise<AdapterRun<Config>> {
  const bench = await openBench();
  const config = module.parseConfig(bench.config);
  const dataDir = await mkdtemp(join(tmpdir(), "unshub-adapter-"));
  const run = new AdapterRun<Config>(bench, dataDir, (self) =>
    module.create(config, {
      log: SILENT,
      dataDir,
      now: () => Date.now(),
      isSlow: () => false,
      report: {
        born: (deviceId, metrics) => self.add({ kind: "born", deviceId, metrics }),
        changed: (deviceId, readings) => self.add({ kind: "changed", deviceId, readings }),
        samples: (deviceId, batch) => {
          const born = self.born(deviceId);
          const readings = batchReadings(batch, (metric) => born[metric]);
          assert.equal(readings.length, batch.count, "samples of metrics that were not born");
          self.add({ kind: "changed", deviceId, readings });
        },
        died: (deviceId, reason) => self.add({ kind: "died", deviceId, reason }),
      },
    }),
  );
  await run.adapter.start();
  return run;
}
