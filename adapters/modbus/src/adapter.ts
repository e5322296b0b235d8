/** The adapter: links and their devices, started, reloaded and stopped together. They share one timer, nothing else. */
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  failedWrite,
  AdapterError,
  describeProblem,
  type Adapter,
  type AdapterContext,
  type AdapterDiagnostics,
  type BrowseNode,
  type BrowseRequest,
  type RawAnswer,
  type RawQuestion,
  type RegistersAnswer,
  type RegistersQuestion,
  type TrialStep,
  type ReloadReport,
  type TracedFrame,
  type WriteCommand,
  type WriteResult,
} from "@unshub/adapter";
import type { TemplateDefinition } from "@unshub/sparkplug";
import { systemClock, type Clock } from "./clock.ts";
import type { LinkedDevices, ModbusConfig } from "./config/config.ts";
import { LinkAndDevices, type SharedParts } from "./link-and-devices.ts";
import { HoleStore } from "./plan/index.ts";
import type { Device } from "./poll/device.ts";
import { Scheduler } from "./poll/scheduler.ts";
import { joinedReport, NOTHING_CHANGED, successors } from "./reload.ts";
import { templatesOf } from "./templates.ts";
import { openLink } from "./wire/index.ts";

/** What tests hand in. */
export interface ModbusParts {
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly openLink?: typeof openLink;
}

/** An adapter that is not yet started. */
export function createModbusAdapter(
  config: ModbusConfig,
  context: AdapterContext,
  parts: ModbusParts = {},
): Adapter<ModbusConfig> {
  return new ModbusAdapter(config, context, parts);
}

/** Spreads what repeats: neighbours are far apart, and every further one falls into the largest gap. */
const GOLDEN = 0.618_033_988_75;

/** So many warnings of a configuration go to the log. */
const MOST_WARNINGS = 10;

class ModbusAdapter implements Adapter<ModbusConfig> {
  readonly #context: AdapterContext;
  readonly #parts: Omit<SharedParts, "holes">;
  #shared: SharedParts | undefined;
  #config: ModbusConfig;
  #links: readonly LinkAndDevices[] = [];
  #templates: readonly TemplateDefinition[] = [];
  #ordinal = 0;
  #isStarted = false;
  #stopped: Promise<void> | undefined;

  constructor(config: ModbusConfig, context: AdapterContext, parts: ModbusParts) {
    this.#config = config;
    this.#context = context;
    const clock = parts.clock ?? systemClock;
    this.#parts = {
      context,
      random: parts.random ?? Math.random,
      openLink: parts.openLink ?? openLink,
      scheduler: new Scheduler(clock),
      ordinal: () => (this.#ordinal += GOLDEN),
    };
  }

  async start(): Promise<void> {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const file = join(this.#context.dataDir, "holes.json");
    const holes = await HoleStore.open(file, () => this.#context.now());
    if (this.#stopped !== undefined) return;
    this.#shared = { ...this.#parts, holes };
    this.#warn(this.#config);
    this.#define(this.#config);
    this.#links = this.#begin(this.#shared, this.#config.links, new Set());
  }

  /** What is allowed and probably not meant; `unshub check` tells all of it, with lines. */
  #warn({ warnings }: ModbusConfig): void {
    const { log } = this.#context;
    for (const warning of warnings.slice(0, MOST_WARNINGS)) {
      log.warn({ warning: describeProblem(warning) }, "configuration is probably not meant so");
    }
    const more = warnings.length - MOST_WARNINGS;
    if (more > 0)
      log.warn({ more }, "configuration has more warnings; unshub check tells them all");
  }

  /** Templates come before the births that use them. Who never had one has nothing to say. */
  #define({ links }: ModbusConfig): void {
    const templates = templatesOf(links);
    if (isDeepStrictEqual(templates, this.#templates)) return;
    this.#templates = templates;
    this.#context.report.defined?.(templates);
  }

  #begin(
    shared: SharedParts,
    links: readonly LinkedDevices[],
    announced: ReadonlySet<string>,
  ): readonly LinkAndDevices[] {
    const begun = links.map((linked) => new LinkAndDevices(linked, shared, announced));
    for (const link of begun) link.start();
    return begun;
  }

  async write(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    const byDevice = Map.groupBy(commands, ({ deviceId }) => deviceId);
    const results = new Map<WriteCommand, WriteResult>();
    await Promise.all(
      Array.from(byDevice, async ([deviceId, own]) => {
        const device = this.#device(deviceId);
        const found = device === undefined ? [] : await device.write(own);
        for (const [index, command] of own.entries()) {
          results.set(command, found[index] ?? this.#noDevice(deviceId));
        }
      }),
    );
    return commands.map((command) => results.get(command) ?? this.#noDevice(command.deviceId));
  }

  /** Links that are the same go on; devices that have another link now leave the old one first. */
  async reload(config: ModbusConfig): Promise<ReloadReport | undefined> {
    const shared = this.#shared;
    if (shared === undefined) return undefined;
    const before = this.#config.links;
    const successor = successors(before, config.links);
    const { warnings: warningsBefore } = this.#config;
    this.#config = config;
    if (!isDeepStrictEqual(warningsBefore, config.warnings)) this.#warn(config);
    this.#define(config);
    const announced = await this.#withdrawMoved(successor);
    const kept = this.#links.filter(({ name }) => successor.has(name));
    const gone = this.#links.filter(({ name }) => !successor.has(name));
    const [reports] = await Promise.all([
      Promise.all(kept.map((link) => reloadInto(link, successor.get(link.name), announced))),
      Promise.all(gone.map((link) => link.end())),
    ]);
    const taken = new Set(successor.values());
    const young = config.links.filter((linked) => !taken.has(linked));
    const begun = this.#stopped === undefined ? this.#begin(shared, young, announced) : [];
    this.#links = [...kept, ...begun];
    return joinedReport(reports, { before, after: config.links, young });
  }

  /** Takes devices that another link has from now on from theirs; names those whose births still stand. */
  async #withdrawMoved(
    successor: ReadonlyMap<string, LinkedDevices>,
  ): Promise<ReadonlySet<string>> {
    const stays = new Set(
      this.#config.links.flatMap(({ devices }) => devices.map(({ name }) => name)),
    );
    const announced: string[] = [];
    for (const link of this.#links) {
      const own = new Set(successor.get(link.name)?.devices.map(({ name }) => name));
      const moved = link.deviceNames.filter((name) => stays.has(name) && !own.has(name));
      announced.push(...(await link.withdraw(moved)));
    }
    return new Set(announced);
  }

  /** @throws {AdapterError} with a sentence. */
  async look(question: RegistersQuestion): Promise<RegistersAnswer> {
    for (const link of this.#links) {
      const found = await link.look(question);
      if (found !== undefined) return found;
    }
    throw new AdapterError("UNKNOWN_METRIC", `there is no device "${question.deviceId}"`);
  }

  /** @throws {AdapterError} with a sentence. */
  async readOnce(deviceId: string): Promise<TrialStep> {
    for (const link of this.#links) {
      const step = await link.readOnce(deviceId);
      if (step !== undefined) return step;
    }
    throw new AdapterError("UNKNOWN_METRIC", `there is no device "${deviceId}"`);
  }

  /** @throws {AdapterError} with a sentence. */
  raw({ deviceId, tags }: RawQuestion): Promise<RawAnswer> {
    const device = this.#device(deviceId);
    if (device !== undefined) return Promise.resolve({ kind: "raw", raws: device.raw(tags) });
    throw new AdapterError("UNKNOWN_METRIC", `there is no device "${deviceId}"`);
  }

  /** Looks which registers of a device answer. @throws {AdapterError} with a sentence. */
  browse(request: BrowseRequest, signal: AbortSignal): AsyncIterable<BrowseNode> {
    const names = this.#links.flatMap((link) => link.deviceNames);
    const deviceId = request.deviceId ?? (names.length === 1 ? names[0] : undefined);
    for (const link of this.#links) {
      const found = link.browse({ ...request, deviceId }, signal);
      if (found !== undefined) return found;
    }
    const message =
      deviceId === undefined
        ? `say which device: ${names.join(", ")}`
        : `there is no device "${deviceId}"`;
    throw new AdapterError("UNKNOWN_METRIC", message);
  }

  rescan(deviceId?: string): Promise<void> {
    for (const link of this.#links) link.rescan(deviceId);
    return Promise.resolve();
  }

  diagnostics(): AdapterDiagnostics {
    return {
      links: this.#links.map((link) => link.linkDiagnostics()),
      devices: this.#links.flatMap((link) => link.deviceDiagnostics()),
    };
  }

  setTrace(name: string, isOn: boolean): boolean {
    const link = this.#link(name);
    link?.setTrace(isOn);
    return link !== undefined;
  }

  trace(name: string): readonly TracedFrame[] | undefined {
    return this.#link(name)?.trace();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.stop()));
    this.#parts.scheduler.clear();
  }

  #link(name: string): LinkAndDevices | undefined {
    return this.#links.find((link) => link.name === name);
  }

  #device(name: string): Device | undefined {
    for (const link of this.#links) {
      const device = link.device(name);
      if (device !== undefined) return device;
    }
    return undefined;
  }

  #noDevice(deviceId: string): WriteResult {
    const error = new AdapterError("UNKNOWN_METRIC", `there is no device "${deviceId}"`);
    return failedWrite(error, this.#context.now());
  }
}

async function reloadInto(
  link: LinkAndDevices,
  linked: LinkedDevices | undefined,
  announced: ReadonlySet<string>,
): Promise<ReloadReport> {
  return linked === undefined ? NOTHING_CHANGED : await link.reload(linked, announced);
}
