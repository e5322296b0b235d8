/** The OPC UA adapter: one server, or a redundant set, and the devices that its values make up. Puts the parts together. */
import {
  AdapterError,
  type Adapter,
  type AdapterContext,
  type AdapterDiagnostics,
  type BrowseNode,
  type BrowseRequest,
  type NodesAnswer,
  type TrialStep,
  type PublishRule,
  type RawAnswer,
  type RawQuestion,
  type ReloadReport,
  type TracedFrame,
  type WriteCommand,
  type WriteResult,
} from "@unshub/adapter";
import { ChunkSize } from "./chunks.ts";
import type { OpcUaConfig } from "./config.ts";
import { LinkTap } from "./connect/link-tap.ts";
import { callLimit, callSize } from "./connect/server-facts.ts";
import type { DataConfig } from "./data-config.ts";
import { noAnswerInTime, within } from "./deadline.ts";
import { DeviceSet } from "./devices.ts";
import { deviceDiagnostics, diagnosticsOf, type DiagnosticsParts } from "./diagnostics.ts";
import { AlarmDesk } from "./events/alarm-desk.ts";
import { firstLine } from "./errors.ts";
import { IdleRules } from "./idle-rules.ts";
import type { Library } from "./library.ts";
import { loadLibrary } from "./library.ts";
import { LinkRun } from "./link-run.ts";
import { browseServer, serverNodes, type BrowsePlace } from "./browse-server.ts";
import { readFirst } from "./trial.ts";
import { quietLibrary } from "./quiet.ts";
import { backfill } from "./recover/history.ts";
import type { Live, LiveOptions } from "./recover/live.ts";
import { TIMES, type RecoveryTimes } from "./recover/recovery.ts";
import { differenceBetween, type Cost } from "./reload.ts";
import type { ServerTags } from "./server-tags.ts";
import { keepBytesOfChanges } from "./subscribe/change-body.ts";
import { KEEP_ALIVE_MS } from "./subscribe/subscription.ts";
import { tagsOfMessage } from "./traced-tags.ts";
import type { TableMetric } from "./values/device-table.ts";
import { SourceTime } from "./values/source-time.ts";
import { TemplateBook } from "./values/template-book.ts";
import { MethodDesk } from "./write/method-desk.ts";
import { Writer } from "./write/writer.ts";

/** `stop` waits no longer for what is under way. */
const STOP_WITHIN_MS = 2_000;
const MAX_ITEMS = 5_000;
const SECOND_MS = 1_000;

/** What tests make short or small; no configuration. */
export interface AdapterTuning {
  readonly times: RecoveryTimes;
  readonly keepAliveMs: number;
  /** Items of one subscription. */
  readonly maxItems: number;
}

const TUNING: AdapterTuning = { times: TIMES, keepAliveMs: KEEP_ALIVE_MS, maxItems: MAX_ITEMS };

const NODES_WITHIN_MS = 50_000;
const RAW_WITHIN_MS = 5_000;

/** `start` begins, `stop` ends it; it cannot be started again. */
export class OpcUaAdapter implements Adapter<OpcUaConfig> {
  readonly #context: AdapterContext;
  readonly #tuning: AdapterTuning;
  readonly #devices: DeviceSet;
  readonly #tap: LinkTap;
  readonly #writer: Writer;
  readonly #methods: MethodDesk;
  readonly #alarms: AlarmDesk;
  readonly #templates = new TemplateBook();
  readonly #idleRules: IdleRules;
  readonly #sizes = { read: new ChunkSize(), items: new ChunkSize() };
  #config: OpcUaConfig;
  #time: SourceTime;
  #library: Library | undefined;
  #run: LinkRun | undefined;
  /** A link is opened when the one before is closed. */
  #turn: Promise<void> = Promise.resolve();
  #everySecond: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(config: OpcUaConfig, context: AdapterContext, tuning: AdapterTuning = TUNING) {
    this.#config = config;
    this.#context = context;
    this.#tuning = tuning;
    this.#idleRules = new IdleRules(context.log);
    this.#time = new SourceTime(config.timestamp, config.maxSourceSkewMs);
    this.#tap = new LinkTap(
      (message) => tagsOfMessage(message, this.#run?.recovery.live?.values.items ?? []),
      () => context.now(),
    );
    this.#devices = new DeviceSet({
      context,
      config: () => this.#config,
      diagnosticsOf: (device) => deviceDiagnostics(device, this.#standing),
      changed: () => this.#devicesChanged(),
      poll: (device) => void this.#poll(device),
    });
    const parts = {
      config: () => this.#config,
      log: context.log,
      now: () => context.now(),
      live: () => this.#run?.recovery.live,
      tableOf: (device: string) => this.#devices.get(device)?.table,
      flush: (device: string) => this.#devices.get(device)?.flush(),
    };
    this.#methods = new MethodDesk(parts);
    this.#alarms = new AlarmDesk({
      ...parts,
      happened: (device, event) => this.#context.report.happened?.(device, event),
    });
    this.#alarms.newCondition = () => this.#run?.recovery.renewInTime();
    this.#writer = new Writer({
      ...parts,
      methods: this.#methods,
      alarms: this.#alarms,
      control: (device, control) => this.#devices.obey(device, control),
      wrote: (command, result) => this.#devices.get(command.deviceId)?.wrote(command, result),
    });
  }

  async start(): Promise<void> {
    const library = await loadLibrary();
    quietLibrary(library, this.#context.log);
    keepBytesOfChanges(library);
    if (this.#isStopped || this.#library !== undefined) return;
    this.#library = library;
    this.#writer.library = library;
    this.#run = this.#newRun(library);
    this.#everySecond = setInterval(() => {
      for (const device of this.#devices.all) device.tellOwn();
    }, SECOND_MS);
  }

  async stop(options?: { readonly deadlineMs: number }): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#everySecond);
    for (const device of this.#devices.all) device.close();
    const run = this.#run;
    await Promise.all([run?.stop(options?.deadlineMs ?? STOP_WITHIN_MS), this.#turn]);
  }

  write(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    return this.#writer.write(commands);
  }

  async reload(config: OpcUaConfig): Promise<ReloadReport> {
    const { cost, report } = differenceBetween(this.#config, config);
    this.#config = config;
    this.#apply(cost);
    await Promise.resolve();
    return report;
  }

  async rescan(deviceId?: string): Promise<void> {
    if (deviceId !== undefined) this.#devices.enable(deviceId);
    this.#run?.look();
    await Promise.resolve();
  }

  /** @throws {AdapterError} {ConfigError} with a sentence. */
  browse(request: BrowseRequest, stop: AbortSignal): AsyncIterable<BrowseNode> {
    return browseServer(this.#browsePlace(stop), request);
  }

  /** @throws {AdapterError} {ConfigError} with a sentence. */
  async nodes(parent: string): Promise<NodesAnswer> {
    return await serverNodes(this.#browsePlace(AbortSignal.timeout(NODES_WITHIN_MS)), parent);
  }

  /** @throws {AdapterError} with a sentence. */
  async readOnce(deviceId: string): Promise<TrialStep> {
    const place = this.#browsePlace(AbortSignal.timeout(NODES_WITHIN_MS));
    return await readFirst(place, this.#config.tags, deviceId);
  }

  /** @throws {AdapterError} with a sentence. */
  async raw({ deviceId, tags }: RawQuestion): Promise<RawAnswer> {
    const live = this.#run?.recovery.live;
    if (live === undefined)
      throw new AdapterError("DEVICE_OFFLINE", "there is no connection to the server now");
    const asked = live.raw(deviceId, new Set(tags));
    return { kind: "raw", raws: await within({ ms: RAW_WITHIN_MS, late: noAnswerInTime }, asked) };
  }

  #browsePlace(stop: AbortSignal): BrowsePlace {
    const [live, run, library] = [this.#run?.recovery.live, this.#run, this.#library];
    if (live === undefined || run === undefined || library === undefined) {
      throw new AdapterError("DEVICE_OFFLINE", "there is no connection to the server now");
    }
    const { session } = live;
    const server = run.tags.serverOf(session);
    const signal = AbortSignal.any([run.signal, stop]);
    return { session, server, library, signal, config: this.#config };
  }

  diagnostics(): AdapterDiagnostics {
    return diagnosticsOf(this.#standing, this.#devices.all);
  }

  setTrace(link: string, isOn: boolean): boolean {
    if (link !== this.#config.endpoint) return false;
    this.#tap.switchTrace(isOn);
    return true;
  }

  trace(link: string): readonly TracedFrame[] | undefined {
    return link === this.#config.endpoint ? this.#tap.frames() : undefined;
  }

  get #standing(): DiagnosticsParts {
    return {
      endpoint: this.#config.endpoint,
      recovery: this.#run?.recovery,
      tap: this.#tap,
      time: this.#time,
      untoldEvents: this.#alarms.untold,
      watchedBeside: [...this.#alarms.watched, ...(this.#run?.tags.watched ?? [])],
    };
  }

  /** The least that makes the new configuration hold. */
  #apply(cost: Cost): void {
    const live = this.#run?.recovery.live;
    if (cost === "link") this.#relink();
    else if (cost === "rules" && live !== undefined) this.#useRules(live);
    else if (cost !== "nothing") this.#run?.renew();
  }

  #useRules(live: Live): void {
    const rules = new Map(this.#config.tags.map((tag) => [`${tag.device}/${tag.name}`, tag.rule]));
    for (const table of live.values.tables.values()) {
      const changed = new Map<number, PublishRule>();
      for (const { node, table: own, first } of live.values.items) {
        const rule = rules.get(`${node.tag.device}/${node.tag.name}`);
        if (own !== table || rule === undefined) continue;
        for (const offset of node.leaves.keys()) changed.set(first + offset, rule);
      }
      table.useRules(changed);
      this.#devices.get(table.id)?.flush();
    }
  }

  /** A device came or went by a command; without any there is nobody to keep the link for. */
  #devicesChanged(): void {
    if (this.#devices.isAnyEnabled === (this.#run !== undefined)) this.#run?.renew();
    else this.#relink();
  }

  /** Another connection, or none when nobody wants one. */
  #relink(): void {
    const former = this.#run;
    this.#run = undefined;
    this.#each((device) => device.lost("link_lost", new Error("the link is made anew")));
    this.#turn = this.#openAfter(this.#turn, former);
  }

  async #openAfter(before: Promise<void>, former: LinkRun | undefined): Promise<void> {
    await before;
    await former?.stop(STOP_WITHIN_MS);
    const isWanted = this.#devices.isAnyEnabled && !this.#isStopped && this.#run === undefined;
    if (isWanted && this.#library !== undefined) this.#run = this.#newRun(this.#library);
  }

  #newRun(library: Library): LinkRun {
    const { timestamp, maxSourceSkewMs } = this.#config;
    this.#time = new SourceTime(timestamp, maxSourceSkewMs);
    return new LinkRun({
      library,
      context: this.#context,
      times: this.#tuning.times,
      tap: this.#tap,
      config: () => this.#config,
      live: (tags) => this.#liveOptions(library, tags),
      located: (tags, session, found) => {
        const server = tags.serverOf(session);
        this.#sizes.read.limitTo(callLimit(server, "read"));
        this.#sizes.items.limitTo(callLimit(server, "monitoredItems"));
        const wanted = this.#devices.wanted(found);
        this.#writer.know(wanted.map(({ tag }) => tag));
        return wanted;
      },
      listener: {
        arrived: () => this.#each((device) => device.flush()),
        doubt: (word, reason) => this.#each((device) => device.lost(word, reason)),
        trust: () => this.#each((device) => device.found()),
        ready: (live, hasGap) => this.#ready(live, library, hasGap),
      },
    });
  }

  #liveOptions(library: Library, tags: ServerTags): LiveOptions {
    const { keepAliveMs, maxItems } = this.#tuning;
    const devices = this.#devices;
    const config = (): DataConfig => ({ ...this.#config, groups: devices.groups });
    return {
      library,
      get config() {
        return config();
      },
      log: this.#context.log,
      sizes: this.#sizes,
      time: this.#time,
      templates: this.#templates,
      sessionTimeoutMs: this.#config.sessionTimeoutMs,
      keepAliveMs,
      maxItems,
      profileOf: (session) => tags.serverOf(session).profile,
      extras: () => this.#extras(),
      alarms: this.#alarms,
      isSlow: () => this.#context.isSlow(),
      now: () => this.#context.now(),
    };
  }

  #extras(): ReadonlyMap<string, readonly TableMetric[]> {
    const all = joined([this.#methods.metrics(), this.#alarms.metrics()]);
    return new Map([...all].filter(([device]) => this.#devices.isWanted(device)));
  }

  async #ready(live: Live, library: Library, hasGap: boolean): Promise<void> {
    const since = hasGap ? newestTimes(this.#devices) : undefined;
    void this.#run?.tags.watch(live.session);
    const { definitions } = this.#templates;
    if (definitions.length > 0) this.#context.report.defined?.(definitions);
    this.#devices.online(live.values.tables);
    this.#idleRules.tell(live.values.items);
    if (since === undefined || !this.#config.historyBackfill) return;
    try {
      const server = this.#run?.tags.serverOf(live.session);
      const nodesPerCall = server === undefined ? 1 : callSize(server, "historyRead");
      const options = { library, live, since, maxValues: this.#config.maxBackfill, nodesPerCall };
      const found = await backfill({ ...options, now: this.#context.now() });
      this.#context.log.info({ values: found }, "read what was missed from the server's history");
      this.#each((device) => device.flush());
    } catch (cause) {
      this.#context.log.warn({ cause: firstLine(cause) }, "the server's history was not read");
    }
  }

  async #poll(device: string): Promise<void> {
    try {
      await this.#run?.recovery.live?.readAll(device);
      this.#devices.get(device)?.flush();
    } catch (cause) {
      const fields = { device, cause: firstLine(cause) };
      this.#context.log.warn(fields, "the device was not read as asked");
    }
  }

  #each(tell: (device: DeviceSet["all"][number]) => void): void {
    for (const device of this.#devices.all) tell(device);
  }
}

/** When each metric was last told, by device and name. */
function newestTimes(devices: DeviceSet): ReadonlyMap<string, ReadonlyMap<string, number>> {
  return new Map(
    devices.all.map(({ id, table }) => [
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
