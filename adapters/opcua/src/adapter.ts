/** The OPC UA adapter: one server, or a redundant set, and the devices that its values make up. Puts the parts together. */
import { setTimeout as delay } from "node:timers/promises";
import type {
  Adapter,
  AdapterContext,
  AdapterDiagnostics,
  WriteCommand,
  WriteResult,
} from "@unshub/adapter";
import { ChunkSize } from "./chunks.ts";
import type { OpcUaConfig } from "./config.ts";
import { callLimit } from "./connect/server-facts.ts";
import { OpcUaDevice } from "./device.ts";
import { diagnosticsOf } from "./diagnostics.ts";
import { AlarmDesk } from "./events/alarm-desk.ts";
import { firstLine } from "./errors.ts";
import type { Library } from "./library.ts";
import { loadLibrary } from "./library.ts";
import { quietLibrary } from "./quiet.ts";
import type { RawSession } from "./raw-session.ts";
import { EndpointChoice } from "./recover/endpoint-choice.ts";
import { backfill } from "./recover/history.ts";
import type { Live, LiveOptions } from "./recover/live.ts";
import { Recovery, TIMES, type RecoveryTimes } from "./recover/recovery.ts";
import { KEEP_ALIVE_MS } from "./subscribe/subscription.ts";
import { ServerTags } from "./server-tags.ts";
import { SourceTime } from "./values/source-time.ts";
import type { LocatedTag } from "./values/tag-node.ts";
import { MethodDesk } from "./write/method-desk.ts";
import { Writer } from "./write/writer.ts";

/** `stop` waits no longer for what is under way. */
const STOP_WITHIN_MS = 2_000;
const MAX_ITEMS = 5_000;

/** What tests make short or small; no configuration. */
export interface AdapterTuning {
  readonly times: RecoveryTimes;
  readonly keepAliveMs: number;
  /** Items of one subscription. */
  readonly maxItems: number;
}

const TUNING: AdapterTuning = { times: TIMES, keepAliveMs: KEEP_ALIVE_MS, maxItems: MAX_ITEMS };

/** `start` begins, `stop` ends it; it cannot be started again. */
export class OpcUaAdapter implements Adapter<OpcUaConfig> {
  readonly #config: OpcUaConfig;
  readonly #context: AdapterContext;
  readonly #tuning: AdapterTuning;
  readonly #devices: Map<string, OpcUaDevice>;
  readonly #stopping = new AbortController();
  readonly #time: SourceTime;
  readonly #writer: Writer;
  readonly #methods: MethodDesk;
  readonly #alarms: AlarmDesk;
  readonly #sizes = { read: new ChunkSize(), items: new ChunkSize() };
  #recovery: Recovery | undefined;
  #tags: ServerTags | undefined;
  #loop: Promise<void> | undefined;

  constructor(config: OpcUaConfig, context: AdapterContext, tuning: AdapterTuning = TUNING) {
    this.#config = config;
    this.#context = context;
    this.#tuning = tuning;
    this.#time = new SourceTime(config.timestamp, config.maxSourceSkewMs);
    this.#devices = devicesOf(config, context);
    const parts = {
      config,
      log: context.log,
      now: () => context.now(),
      live: () => this.#recovery?.live,
      tableOf: (device: string) => this.#devices.get(device)?.table,
      flush: (device: string) => this.#devices.get(device)?.flush(),
    };
    this.#methods = new MethodDesk(parts);
    this.#alarms = new AlarmDesk(parts);
    this.#alarms.newCondition = () => this.#recovery?.renewInTime();
    this.#writer = new Writer({ ...parts, methods: this.#methods, alarms: this.#alarms });
  }

  async start(): Promise<void> {
    const library = await loadLibrary();
    quietLibrary(library, this.#context.log);
    if (this.#stopping.signal.aborted || this.#loop !== undefined) return;
    this.#writer.library = library;
    this.#recovery = this.#newRecovery(library);
    this.#loop = this.#recovery.run();
  }

  async stop(options?: { readonly deadlineMs: number }): Promise<void> {
    for (const device of this.#devices.values()) device.close();
    this.#stopping.abort();
    const tooLong = delay(options?.deadlineMs ?? STOP_WITHIN_MS, undefined, { ref: false });
    await Promise.race([Promise.all([this.#tags?.close(), this.#loop]), tooLong]);
  }

  write(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    return this.#writer.write(commands);
  }

  async rescan(): Promise<void> {
    if (this.#config.browse.length === 0) this.#recovery?.renew();
    else this.#tags?.look();
    await Promise.resolve();
  }

  diagnostics(): AdapterDiagnostics {
    return diagnosticsOf({
      endpoint: this.#config.endpoint,
      recovery: this.#recovery,
      devices: [...this.#devices.values()],
      time: this.#time,
    });
  }

  #newRecovery(library: Library): Recovery {
    const config = this.#config;
    const tags = new ServerTags({
      config,
      library,
      context: this.#context,
      signal: this.#stopping.signal,
      changed: () => this.#recovery?.renew(),
    });
    this.#tags = tags;
    return new Recovery({
      log: this.#context.log,
      times: this.#tuning.times,
      endpoints: new EndpointChoice(config.endpoints, config.handBackMs),
      signal: this.#stopping.signal,
      rebirthHoldoffMs: config.rebirthHoldoffMs,
      live: this.#liveOptions(library, tags),
      open: (endpoint, signal, kept) => tags.open({ endpoint, signal, kept }),
      locate: (session) => this.#locate(session, tags),
      listener: {
        arrived: () => this.#flush(),
        doubt: (word, reason) => this.#each((device) => device.lost(word, reason)),
        trust: () => this.#each((device) => device.found()),
        ready: (live, hasGap) => this.#ready(live, library, hasGap),
      },
    });
  }

  #liveOptions(library: Library, tags: ServerTags): LiveOptions {
    const { keepAliveMs, maxItems } = this.#tuning;
    const methods = this.#methods;
    const alarms = this.#alarms;
    return {
      library,
      config: this.#config,
      log: this.#context.log,
      sizes: this.#sizes,
      time: this.#time,
      sessionTimeoutMs: this.#config.sessionTimeoutMs,
      keepAliveMs,
      maxItems,
      profileOf: (session) => tags.serverOf(session).profile,
      extras: () => joined([methods.metrics(), alarms.metrics()]),
      alarms,
      now: () => this.#context.now(),
    };
  }

  async #locate(session: RawSession, tags: ServerTags): Promise<readonly LocatedTag[]> {
    const server = tags.serverOf(session);
    this.#sizes.read.limitTo(callLimit(server, "read"));
    this.#sizes.items.limitTo(callLimit(server, "monitoredItems"));
    const located = await tags.locate(session);
    this.#writer.know(located.map(({ tag }) => tag));
    return located;
  }

  async #ready(live: Live, library: Library, hasGap: boolean): Promise<void> {
    const since = hasGap ? newestTimes(this.#devices) : undefined;
    void this.#tags?.watch(live.session);
    for (const [id, table] of live.values.tables) this.#deviceOf(id).online(table);
    if (since === undefined || !this.#config.historyBackfill) return;
    try {
      const options = { library, live, since, maxValues: this.#config.maxBackfill };
      const found = await backfill({ ...options, now: this.#context.now() });
      this.#context.log.info({ values: found }, "read what was missed from the server's history");
      this.#flush();
    } catch (cause) {
      this.#context.log.warn({ cause: firstLine(cause) }, "the server's history was not read");
    }
  }

  /** Browsing finds devices that the configuration does not name. */
  #deviceOf(id: string): OpcUaDevice {
    const known = this.#devices.get(id);
    if (known !== undefined) return known;
    const device = newDevice(id, this.#config, this.#context);
    this.#devices.set(id, device);
    return device;
  }

  #flush(): void {
    for (const device of this.#devices.values()) device.flush();
  }

  #each(tell: (device: OpcUaDevice) => void): void {
    for (const device of this.#devices.values()) tell(device);
  }
}

function devicesOf(config: OpcUaConfig, context: AdapterContext): Map<string, OpcUaDevice> {
  const named = [...config.tags, ...config.methods, ...config.events].map(({ device }) => device);
  const ids = new Set(config.devicesFrom === undefined ? [config.device, ...named] : named);
  return new Map([...ids].map((id) => [id, newDevice(id, config, context)]));
}

function newDevice(id: string, config: OpcUaConfig, context: AdapterContext): OpcUaDevice {
  const timing = { graceMs: config.offlineGraceMs, now: () => context.now() };
  return new OpcUaDevice(id, context.report, timing);
}

/** When each metric was last told, by device and name. */
function newestTimes(
  devices: ReadonlyMap<string, OpcUaDevice>,
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  return new Map(
    [...devices].map(([id, { table }]) => [
      id,
      new Map(
        table?.metrics.map(({ name }, index) => [name, table.last.timestamps[index] ?? 0]) ?? [],
      ),
    ]),
  );
}

function joined<Metric>(
  parts: readonly ReadonlyMap<string, readonly Metric[]>[],
): ReadonlyMap<string, readonly Metric[]> {
  const all = new Map<string, readonly Metric[]>();
  for (const part of parts) {
    for (const [device, metrics] of part) all.set(device, [...(all.get(device) ?? []), ...metrics]);
  }
  return all;
}
