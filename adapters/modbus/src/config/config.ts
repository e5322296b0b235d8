/** What a Modbus entry comes to, ready to run: addresses parsed, groups resolved, defaults filled in. */
import type { ConfigProblem } from "@unshub/adapter";
import type { Table } from "../address.ts";
import type { Tag } from "../tag.ts";
import type { LinkConfig } from "../wire/link-config.ts";

/** When the tags of a group are read. */
export type Schedule =
  | { readonly mode: "interval"; readonly intervalMs: number; readonly phase: "spread" | "aligned" }
  | { readonly mode: "onDemand" }
  | { readonly mode: "onTrigger"; readonly trigger: string }
  /** With every birth. */
  | { readonly mode: "once" };

/** Tags that are read together. */
export interface GroupConfig {
  readonly name: string;
  readonly schedule: Schedule;
  readonly tags: readonly Tag[];
}

/** First and last address, both inclusive. */
type AddressRange = readonly [first: number, last: number];

/** What may stand together in one read request. */
export interface BlockLimits {
  /** Most registers, or bits in `co` and `di`. */
  readonly maxBlock: Readonly<Record<Table, number>>;
  /** Most registers, or bits, read for nothing between two tags; left out: what a request costs decides. */
  readonly maxGap?: Readonly<Record<Table, number | undefined>>;
  readonly forbidden: Readonly<Record<Table, readonly AddressRange[]>>;
  /** Empty: everywhere. */
  readonly ranges: Readonly<Record<Table, readonly AddressRange[]>>;
  readonly order: "sorted" | "asWritten";
  readonly oneRequestPerTag: boolean;
  /** So many requests of one pass wait at the link at once; the next follows an answer. Infinity: all. */
  readonly maxBlocksPerBurst: number;
  /** Exceptions upon which a block is split. */
  readonly splitOn: readonly number[];
}

/** One unit behind the link, or a part of it; becomes a Sparkplug device. */
export interface DeviceConfig {
  readonly name: string;
  /** Unit id, 0 to 255. */
  readonly unit: number;
  readonly enabled: boolean;
  readonly timeoutMs: number;
  /** How often a read that was not answered is asked again. */
  readonly retries: number;
  readonly offlineAfter: number;
  readonly offlineGraceMs: number;
  /** Left out: three times the interval of the group, at least 2 s. */
  readonly staleAfterMs?: number;
  /** How long a birth waits for groups that were not read yet. */
  readonly birthTimeoutMs: number;
  readonly demoteAfter: number;
  readonly probeEveryMs: number;
  readonly maxCommandAgeMs: number;
  /** Pause after an answer of this unit; on a bus. */
  readonly turnaroundMs?: number;
  /** The link waits so long after it has connected. */
  readonly pauseAfterConnectMs?: number;
  /** The device tells the time in this tag; values that are read with it are of that time. */
  readonly sourceTime?: { readonly tag: string; readonly maxSkewMs: number };
  readonly limits: BlockLimits;
  /** Only groups that have tags. */
  readonly groups: readonly GroupConfig[];
}

/** A link and the devices behind it. */
export interface LinkedDevices {
  /** Where it stands in the entry; empty when it is the only one. */
  readonly path: readonly (string | number)[];
  readonly link: LinkConfig;
  readonly devices: readonly DeviceConfig[];
  /** So many connections the other side takes at once, where somebody says it. */
  readonly maxConnections?: number;
  /** It was written as several links, or may be joined with others. */
  readonly isShared?: boolean;
  /** Where each device stands, when that is not below `path`: they were written under several links. */
  readonly devicePaths?: readonly (readonly (string | number)[])[];
}

/** Where a device stands in the entry. */
export function devicePath(
  { path, devicePaths }: LinkedDevices,
  index: number,
): readonly (string | number)[] {
  return devicePaths?.[index] ?? [...path, "devices", index];
}

/** One entry of `adapters:` with `protocol: modbus`. */
export interface ModbusConfig {
  /** Each by its own name; a device belongs to one of them. */
  readonly links: readonly LinkedDevices[];
  /** Allowed, and probably not meant. */
  readonly warnings: readonly ConfigProblem[];
}

/** How long a value stays good without a new one. What is not read at an interval waits for nothing. */
export function staleAfterMs(device: DeviceConfig, { schedule }: GroupConfig): number {
  if (schedule.mode !== "interval") return Infinity;
  return device.staleAfterMs ?? Math.max(2000, 3 * schedule.intervalMs);
}
