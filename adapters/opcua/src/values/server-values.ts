/**
 * From what a server sends to the metrics of the devices: one number names an item, columns say the rest. A plain number
 * costs no object here; everything else takes the longer way at the end of the file.
 */
import { limitProperties, ON_CHANGE } from "@unshub/adapter";
import { BAD, GOOD, STALE, type PropertyToSend, type SampleReason } from "@unshub/sparkplug";
import type { DataValue, Variant } from "node-opcua-client";
import type { TagConfig } from "../data-config.ts";
import { DeviceTable, type Arrival, type TableMetric } from "./device-table.ts";
import { hasField } from "./fields.ts";
import { leafValue, type Leaf } from "./leaf.ts";
import { RawValues } from "./raw-values.ts";
import { member } from "./scalar.ts";
import type { SourceTime } from "./source-time.ts";
import { isOverflow, isPlainGood, qualityOfStatus, reasonOf, type UncertainAs } from "./status.ts";
import { isOpaque } from "./structure.ts";
import { signatureOf, type TagNode } from "./tag-node.ts";

/** One tag with the place of its metrics. */
export interface Item {
  readonly node: TagNode;
  readonly table: DeviceTable;
  /** The index of its first metric. */
  readonly first: number;
}

/** What is done with values, and who wants to know of what cannot be told as a value. */
export interface ServerValuesOptions {
  readonly uncertainAs: UncertainAs;
  readonly time: SourceTime;
  /** Metrics that no tag stands for, by device; they come behind the tags. */
  readonly extras: ReadonlyMap<string, readonly TableMetric[]>;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /**
   * A value of another type than at birth came. Answers the word for why there is no value meanwhile.
   */
  typeChanged(): string;
}

/** A number as it came; one object for all of a message. */
export interface PlainNumber {
  readonly type: number;
  readonly value: number;
  /** Milliseconds since 1970 UTC; NaN: not said. */
  readonly times: { readonly source: number; readonly server: number };
}

/** A number as it is. */
const NUMBER = 1;
const BOOLEAN = 2;
/** 64 bits as two halves. */
const SIGNED = 3;
const UNSIGNED = 4;
const DATE = 5;
/** Everything else. */
const OTHER = 0;
const KINDS: ReadonlyMap<string, number> = new Map([
  ["Boolean", BOOLEAN],
  ["SByte", NUMBER],
  ["Byte", NUMBER],
  ["Int16", NUMBER],
  ["UInt16", NUMBER],
  ["Int32", NUMBER],
  ["UInt32", NUMBER],
  ["Float", NUMBER],
  ["Double", NUMBER],
  ["Int64", SIGNED],
  ["UInt64", UNSIGNED],
  ["DateTime", DATE],
]);
const UPPER = 4_294_967_296;
const WAITING = 0x8032_0000; // BadWaitingForInitialData

export class ServerValues {
  readonly items: readonly Item[];
  readonly tables: ReadonlyMap<string, DeviceTable>;
  readonly raw = new RawValues();
  readonly #options: ServerValuesOptions;
  readonly #tables: readonly DeviceTable[];
  readonly #tableOf: Uint16Array;
  readonly #firsts: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly #signatures: Uint16Array;
  /** Values that the servers' queues were too short for. */
  overflows = 0;
  /** How many values were taken. */
  taken = 0;

  constructor(nodes: readonly TagNode[], options: ServerValuesOptions) {
    this.#options = options;
    this.tables = tablesOf(nodes, options.extras);
    this.#tables = [...this.tables.values()];
    this.items = placed(nodes, this.tables);
    this.#tableOf = Uint16Array.from(this.items, ({ table }) => this.#tables.indexOf(table));
    this.#firsts = Uint32Array.from(this.items, ({ first }) => first);
    this.#kinds = Uint8Array.from(nodes, kindOf);
    this.#signatures = Uint16Array.from(nodes, ({ signature }) => signature);
  }

  /** One value of an item. `receivedAt`: ms since 1970 UTC. */
  take(item: number, data: DataValue, receivedAt: number, arrival: Arrival): void {
    this.taken += 1;
    if (this.raw.isOn) this.raw.keep(item, data, receivedAt);
    const status = data.statusCode.value;
    const kind = this.#kinds[item] ?? OTHER;
    if (status === 0 && kind !== OTHER && signatureOf(data.value) === this.#signatures[item]) {
      const number = plainNumber(kind, data.value);
      // What is no number here may still be one: too large for a double, or not finite but allowed.
      if (Number.isFinite(number)) {
        const at = this.#options.time.of(data, receivedAt, arrival.isRead);
        const table = this.#tables[this.#tableOf[item] ?? 0];
        table?.number(this.#firsts[item] ?? 0, number, at, arrival);
        return;
      }
    }
    this.#takeOther(item, data, receivedAt, arrival);
  }

  /**
   * As `take` for a plain good number of the built-in type `type`; `false`: it is not of the type that was born, or not finite, and has
   * to be taken as a whole.
   */
  takeNumber(item: number, number: PlainNumber, receivedAt: number, arrival: Arrival): boolean {
    const { type, value, times } = number;
    const kind = this.#kinds[item] ?? OTHER;
    if (kind === OTHER || type !== this.#signatures[item] || !Number.isFinite(value)) return false;
    if (kind === DATE && value < 0) return false;
    this.taken += 1;
    if (this.raw.isOn) this.raw.keepNumber(item, number, receivedAt);
    const at = this.#options.time.choose(times, receivedAt, arrival.isRead);
    const table = this.#tables[this.#tableOf[item] ?? 0];
    table?.number(this.#firsts[item] ?? 0, value, at, arrival);
    return true;
  }

  /** An item for which there is no value, and why. */
  fail(item: number, why: SampleReason, arrival: Arrival): void {
    const place = this.items[item];
    if (place === undefined) return;
    const at = this.#options.now();
    for (const leaf of place.node.leaves.keys()) {
      const sample = { value: null, quality: BAD, at, why: { ...why, since: at } };
      place.table.value(place.first + leaf, sample, { ...arrival, isRead: true });
    }
  }

  #takeOther(item: number, data: DataValue, receivedAt: number, arrival: Arrival): void {
    const place = this.items[item];
    if (place === undefined) return;
    const { statusCode, value: variant } = data;
    const status = statusCode.value >>> 0;
    const hasLost = isOverflow(status);
    if (hasLost) this.overflows += 1;
    if ((status & 0xffff_0000) >>> 0 === WAITING) {
      this.#waiting(place, arrival);
      return;
    }
    const quality = qualityOfStatus(status, this.#options.uncertainAs);
    const why = quality === GOOD && isPlainGood(status) ? undefined : reasonOf(statusCode);
    if (quality === BAD) {
      this.fail(item, why ?? reasonOf(statusCode), arrival);
      return;
    }
    const fault = this.#misfit(place.node, variant);
    if (fault !== undefined) {
      this.fail(item, { reason: fault }, arrival);
      return;
    }
    const at = this.#options.time.of(data, receivedAt, arrival.isRead);
    const told = hasLost ? { ...(why ?? NO_OTHER_REASON), isOverflow: true } : why;
    for (const [offset, leaf] of place.node.leaves.entries()) {
      const sample = sampleOf(leaf, { tag: place.node.tag, variant, quality, at, why: told });
      place.table.value(place.first + offset, sample, arrival);
    }
  }

  /** The server has no value yet: nothing is said, unless nothing was ever known. */
  #waiting({ table, first, node }: Item, arrival: Arrival): void {
    const at = this.#options.now();
    for (const offset of node.leaves.keys()) {
      const metric = first + offset;
      if (table.last.timestamps[metric] !== 0) continue;
      const why = { reason: "waiting_for_initial_data", since: at };
      table.value(metric, { value: null, quality: STALE, at, why }, arrival);
    }
  }

  /** Why a value is not what the birth said; the type of a metric is fixed by its birth. */
  #misfit({ leaves, signature, fault }: TagNode, variant: Variant): string | undefined {
    const dataType: number = variant.dataType;
    if (dataType === 0) return undefined; // null is of every type
    if (dataType === STRUCTURE && isOpaque(variant.value)) return "opaque_structure";
    const isSame =
      signatureOf(variant) === signature &&
      hasDims(leaves, variant) &&
      hasMembers(leaves, variant.value);
    return isSame && fault === undefined ? undefined : this.#options.typeChanged();
  }
}

const STRUCTURE = 22;
const NO_OTHER_REASON: SampleReason = { reason: "overflow" };

/** Whether a matrix still has the dimensions that were born. */
function hasDims([leaf]: readonly Leaf[], { dimensions }: Variant): boolean {
  const shape = leaf?.shape;
  const dims = shape?.kind === "array" || shape?.kind === "table" ? shape.dims : undefined;
  if (dims === undefined) return true;
  return dims.length === dimensions?.length && dims.every((each, at) => each === dimensions[at]);
}

/** Whether a structure still has the members that were born. */
function hasMembers(leaves: readonly Leaf[], value: unknown): boolean {
  return leaves.every((leaf) => {
    let at: unknown = value;
    for (const name of leaf.path) {
      if (typeof at !== "object" || at === null || !(name in at || hasField(at, name)))
        return false;
      at = member(at, name);
    }
    return leaf.shape.kind !== "template" || hasMembers(leaf.shape.members, at);
  });
}

function kindOf({ leaves, fault }: TagNode): number {
  const [leaf] = leaves;
  if (leaf === undefined || leaves.length > 1 || fault !== undefined) return OTHER;
  if (leaf.shape.kind !== "scalar" || leaf.path.length > 0 || leaf.texts !== undefined)
    return OTHER;
  return KINDS.get(leaf.type.name) ?? OTHER;
}

/** NaN: it takes the longer way. */
function plainNumber(kind: number, variant: Variant): number {
  const raw: unknown = variant.value;
  if (kind === NUMBER) return typeof raw === "number" ? raw : Number.NaN;
  if (kind === BOOLEAN) return typeof raw === "boolean" ? Number(raw) : Number.NaN;
  if (kind === DATE) {
    const ms = raw instanceof Date ? raw.getTime() : Number.NaN;
    return ms >= 0 ? ms : Number.NaN;
  }
  return wholeNumber(kind, raw);
}

function wholeNumber(kind: number, raw: unknown): number {
  if (!Array.isArray(raw)) return Number.NaN;
  const [high, low]: unknown[] = raw;
  if (typeof high !== "number" || typeof low !== "number") return Number.NaN;
  const whole = (kind === SIGNED ? high | 0 : high >>> 0) * UPPER + (low >>> 0);
  return Number.isSafeInteger(whole) ? whole : Number.NaN;
}

interface Arrived {
  readonly tag: TagConfig;
  readonly variant: Variant;
  readonly quality: number;
  readonly at: number;
  readonly why: SampleReason | undefined;
}

function sampleOf(leaf: Leaf, { tag, variant, quality, at, why }: Arrived) {
  const converted = leafValue(variant.value, leaf, tag.values);
  const since = why !== undefined && { why: quality === GOOD ? why : { ...why, since: at } };
  if ("value" in converted) return { value: converted.value, quality, at, ...since };
  return { value: null, quality: BAD, at, why: { reason: converted.reason, since: at } };
}

function tablesOf(
  nodes: readonly TagNode[],
  extras: ReadonlyMap<string, readonly TableMetric[]>,
): ReadonlyMap<string, DeviceTable> {
  const metrics = new Map<string, TableMetric[]>();
  for (const device of extras.keys()) metrics.set(device, []);
  for (const node of nodes) {
    const list = metrics.get(node.tag.device) ?? [];
    metrics.set(node.tag.device, list);
    for (const leaf of node.leaves) list.push(metricOf(node, leaf));
  }
  return new Map(
    [...metrics].map(([device, list]) => [
      device,
      new DeviceTable(device, [...list, ...(extras.get(device) ?? [])]),
    ]),
  );
}

function placed(
  nodes: readonly TagNode[],
  tables: ReadonlyMap<string, DeviceTable>,
): readonly Item[] {
  const next = new Map<string, number>();
  return nodes.flatMap((node) => {
    const { device } = node.tag;
    const table = tables.get(device);
    const first = next.get(device) ?? 0;
    next.set(device, first + node.leaves.length);
    return table === undefined ? [] : [{ node, table, first }];
  });
}

function metricOf({ tag, isWritable }: TagNode, leaf: Leaf): TableMetric {
  const { originalName } = tag;
  const original: readonly PropertyToSend[] =
    originalName === undefined
      ? []
      : [{ key: "OriginalName", datatype: "String", value: originalName }];
  const limits = limitProperties(tag.limits ?? {});
  const properties = [...leaf.properties, ...limits, ...original];
  return {
    name: `${tag.name}${leaf.suffix}`,
    datatype: leaf.datatype,
    writable: isWritable && leaf.isReadOnly !== true,
    rule: tag.rule ?? ON_CHANGE,
    keepsLast: tag.values.onBad === "keepLast",
    ...(tag.unit !== undefined && { unit: tag.unit }),
    ...(tag.description !== undefined && { description: tag.description }),
    ...rangeOf(tag),
    ...(properties.length > 0 && { properties }),
  };
}

function rangeOf({ write, rule }: TagConfig): { readonly range?: readonly [number, number] } {
  const range = write.range ?? rule.euRange;
  return range === undefined ? {} : { range };
}
