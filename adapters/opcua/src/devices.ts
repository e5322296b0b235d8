/** The devices of one adapter: those that the configuration names and those that browsing finds, with what was asked of each. */
import type { AdapterContext, DeviceControl, DeviceDiagnostics } from "@unshub/adapter";
import type { OpcUaConfig } from "./config.ts";
import type { GroupConfig } from "./data-config.ts";
import { OpcUaDevice } from "./device.ts";
import type { DeviceTable } from "./values/device-table.ts";
import type { LocatedTag } from "./values/tag-node.ts";

export interface DeviceSetOptions {
  readonly context: AdapterContext;
  /** As it is now. */
  config(): OpcUaConfig;
  diagnosticsOf(device: OpcUaDevice): DeviceDiagnostics;
  /** Other tags are to be watched, or none any more. */
  changed(): void;
  /** The values of a device are to be read now. */
  poll(device: string): void;
}

const OFFLINE = "the device is offline";

export class DeviceSet {
  readonly #options: DeviceSetOptions;
  readonly #devices = new Map<string, OpcUaDevice>();
  /** By device: the interval that somebody asked for, in ms, until the next start. */
  readonly #scanRates = new Map<string, number>();
  /** By device: the interval of its fastest group, in ms. */
  #intervals: ReadonlyMap<string, number> = new Map();

  constructor(options: DeviceSetOptions) {
    this.#options = options;
    for (const id of namedBy(options.config())) this.of(id);
  }

  get all(): readonly OpcUaDevice[] {
    return [...this.#devices.values()];
  }

  get(id: string): OpcUaDevice | undefined {
    return this.#devices.get(id);
  }

  /** Browsing finds devices that the configuration does not name. */
  of(id: string): OpcUaDevice {
    const known = this.#devices.get(id);
    if (known !== undefined) return known;
    const { context } = this.#options;
    const device = new OpcUaDevice(id, {
      report: context.report,
      log: context.log,
      graceMs: this.#options.config().offlineGraceMs,
      now: () => context.now(),
      own: (own) => ({
        diagnostics: this.#options.diagnosticsOf(own),
        isEnabled: own.isEnabled,
        scanRateMs: this.#scanRates.get(id) ?? this.#intervals.get(id) ?? 0,
      }),
    });
    this.#devices.set(id, device);
    return device;
  }

  /** Whether any of them is wanted. */
  get isAnyEnabled(): boolean {
    return this.all.some(({ isEnabled }) => isEnabled);
  }

  /** The groups of the configuration, and those of devices that somebody wants at another rate. */
  get groups(): ReadonlyMap<string, GroupConfig> {
    const { groups } = this.#options.config();
    const own = [...this.#scanRates].flatMap(([device, intervalMs]) =>
      [...groups].map(([name, group]): readonly [string, GroupConfig] => [
        ownGroup(name, device),
        { ...group, intervalMs, samplingMs: Math.min(group.samplingMs, intervalMs / 2) },
      ]),
    );
    return new Map([...groups, ...own]);
  }

  /** Which of the located tags are watched, and in which group. */
  wanted(located: readonly LocatedTag[]): readonly LocatedTag[] {
    const { groups } = this.#options.config();
    const intervals = new Map<string, number>();
    for (const { tag } of located) {
      const intervalMs = groups.get(tag.group)?.intervalMs ?? Infinity;
      intervals.set(tag.device, Math.min(intervalMs, intervals.get(tag.device) ?? Infinity));
    }
    this.#intervals = intervals;
    return located
      .filter(({ tag }) => this.isWanted(tag.device))
      .map((found) => this.#atItsRate(found));
  }

  isWanted(device: string): boolean {
    return this.#devices.get(device)?.isEnabled !== false;
  }

  /** Everything was read. A device of which there is nothing any more dies. */
  online(tables: ReadonlyMap<string, DeviceTable>): void {
    for (const [id, table] of tables) this.of(id).online(table);
    const named = namedBy(this.#options.config());
    for (const [id, device] of this.#devices) {
      if (tables.has(id)) continue;
      device.gone(new Error("it has no tags any more"));
      if (named.has(id) || !device.isEnabled) continue;
      device.close();
      this.#devices.delete(id);
      this.#scanRates.delete(id);
    }
  }

  /** Does what a command asks of a device itself; a sentence when it cannot be done. */
  obey(id: string, control: DeviceControl): string | undefined {
    const device = this.#devices.get(id);
    if (device === undefined) return OFFLINE;
    switch (control.kind) {
      case "rebirth":
        return device.rebirth() ? undefined : OFFLINE;
      case "poll":
        if (device.state !== "online") return OFFLINE;
        this.#options.poll(id);
        return undefined;
      case "enabled":
        return this.#enable(device, control.isEnabled);
      case "scanRate":
        return this.#useScanRate(device, control.ms);
      case "refused":
        return control.because;
      case "nothing":
        return undefined;
    }
  }

  /** Who names a device means it, also one that a command has disabled: no command reaches it any more. */
  enable(id: string): void {
    const device = this.#devices.get(id);
    if (device !== undefined) this.#enable(device, true);
  }

  #enable(device: OpcUaDevice, isEnabled: boolean): undefined {
    if (device.isEnabled === isEnabled) return;
    if (isEnabled) device.enable();
    else device.disable(new Error("a command has disabled it"));
    this.#options.changed();
  }

  #useScanRate(device: OpcUaDevice, ms: number): string | undefined {
    if (!this.#intervals.has(device.id)) return "the device has no tags with an interval";
    this.#scanRates.set(device.id, ms);
    device.tellOwn();
    this.#options.changed();
    return undefined;
  }

  /** Its fastest tags come at the rate that was asked for. */
  #atItsRate(found: LocatedTag): LocatedTag {
    const { tag } = found;
    const { groups } = this.#options.config();
    const isFastest = groups.get(tag.group)?.intervalMs === this.#intervals.get(tag.device);
    if (!this.#scanRates.has(tag.device) || !isFastest) return found;
    return { ...found, tag: { ...tag, group: ownGroup(tag.group, tag.device) } };
  }
}

function ownGroup(group: string, device: string): string {
  return `${group} of ${device}`;
}

/** All devices that it will have; `undefined`: those below `devicesFrom` are found on the server. */
export function deviceIds(config: OpcUaConfig): readonly string[] | undefined {
  const browsed = config.browse.map(({ device }) => device);
  return config.devicesFrom === undefined ? [...namedBy(config), ...browsed] : undefined;
}

function namedBy(config: OpcUaConfig): ReadonlySet<string> {
  const named = [...config.tags, ...config.methods, ...config.events].map(({ device }) => device);
  return new Set(config.devicesFrom === undefined ? [config.device, ...named] : named);
}
