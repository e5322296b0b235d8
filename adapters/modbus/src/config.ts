/** The configuration of one Modbus entry, ready to run: addresses parsed, groups resolved, defaults filled in. */
import { parseWith } from "@unshub/adapter";
import { parseAddress } from "./address.ts";
import type { GeneralByteOrder } from "./types/byte-order.ts";
import { typeAt } from "./config-rules.ts";
import { modbusSchema, type DeviceInput, type TagInput } from "./config-schema.ts";
import { datatypeOfTag, lengthOf, type Tag } from "./tag.ts";

/** The TCP connection that all devices of an entry share. */
export interface LinkConfig {
  readonly host: string;
  readonly port: number;
  /** How long a request may take. */
  readonly timeoutMs: number;
  /** How often a read that was not answered is asked again. */
  readonly retries: number;
}

/** What may stand together in one read request. */
export interface BlockLimits {
  /** Most registers; 16 bits of `co` and `di` count as one. */
  readonly maxBlock: number;
  /** Most registers that may be read for nothing between two tags. */
  readonly maxGap: number;
}

/** Tags that are polled together. */
export interface GroupConfig {
  readonly name: string;
  readonly intervalMs: number;
  readonly tags: readonly Tag[];
}

/** One unit behind the link; becomes a Sparkplug device. */
export interface DeviceConfig {
  readonly name: string;
  /** Unit id, 0 to 255. */
  readonly unit: number;
  /** This many polls in a row without any answer: the device is dead. */
  readonly offlineAfter: number;
  readonly limits: BlockLimits;
  /** Only groups that have tags. */
  readonly groups: readonly GroupConfig[];
}

/** One entry of `adapters:` with `protocol: modbus`. */
export interface ModbusConfig {
  readonly link: LinkConfig;
  readonly devices: readonly DeviceConfig[];
}

/**
 * The entry as the adapter runs it. Opens nothing.
 * @throws {ConfigError} with every problem.
 */
export function parseModbusConfig(input: unknown): ModbusConfig {
  const { link, defaults, devices } = parseWith(modbusSchema, input);
  const { byteOrder, ...limits } = defaults;
  const { host, port, timeout: timeoutMs, retries } = link;
  return {
    link: { host, port, timeoutMs, retries },
    devices: devices.map((device) => deviceOf(device, limits, byteOrder)),
  };
}

function deviceOf(
  device: DeviceInput,
  limits: BlockLimits,
  byteOrder: GeneralByteOrder,
): DeviceConfig {
  const groups = Object.entries(device.groups).map(([name, { interval }]): GroupConfig => {
    const tags = device.tags.filter((tag) => tag.group === name);
    return { name, intervalMs: interval, tags: tags.map((tag) => tagOf(tag, device, byteOrder)) };
  });
  const { name, unit, offlineAfter } = device;
  return { name, unit, offlineAfter, limits, groups: groups.filter(({ tags }) => tags.length > 0) };
}

function tagOf(tag: TagInput, device: DeviceInput, byteOrder: GeneralByteOrder): Tag {
  const parsed = parseAddress(tag.at);
  const type = parsed.kind === "address" ? typeAt(parsed.address, tag.type) : undefined;
  if (parsed.kind === "problem" || type === undefined)
    throw new TypeError(`${tag.at} was not checked`);
  const { table, start, bit, count } = parsed.address;
  const length = lengthOf(table, type, count);
  const { name, access, scale, offset, validRange, writeRange, unit, description } = tag;
  return {
    name,
    table,
    start,
    type,
    access,
    scale,
    offset,
    length,
    byteOrder: tag.byteOrder ?? byteOrder,
    datatype: datatypeOfTag({ type, length, scale, offset }),
    writable: access !== "r" && !device.readOnly,
    ...(bit === undefined ? {} : { bit }),
    ...(validRange === undefined ? {} : { validRange }),
    ...(writeRange === undefined ? {} : { writeRange }),
    ...(unit === undefined ? {} : { unit }),
    ...(description === undefined ? {} : { description }),
  };
}
