/**
 * Takes every value from the tree, in the middle of a message, and puts it into the columns that go to the log. A plain
 * number costs a few array writes; the rest, births and losses, is rare.
 */
import { metricName, QUALITY_CODES, reasonCode } from "../tree/index.ts";
import type {
  Loss,
  OwnReason,
  TreeQuality,
  TreeReading,
  UnsTree,
  ValueRecorder,
} from "../tree/index.ts";
import { AwaitedBirths } from "./awaited-births.ts";
import { Deadbands } from "./deadband.ts";
import { CORRECTED, HISTORICAL, NOTHING, NUMBER, RESTATED, TRUTH } from "./log/columns.ts";
import type { Definition, Gap, MetricName, Renaming } from "./log/messages.ts";
import { OTHER_REASON, SIDE_KINDS } from "./log/side-record.ts";
import { RowBuffer } from "./row-buffer.ts";
import { Slots } from "./slots.ts";
import type { MetricRange, Recording } from "./rules.ts";
import { bytesOfValue, isSameValue } from "./value-bytes.ts";

const GOOD_NUMBER = QUALITY_CODES.good | NUMBER;
const GOOD_TRUTH = QUALITY_CODES.good | TRUTH;
/** Rows, or bytes of records, after which they go to the log at once. */
const MOST_ROWS = 65_536;
const MOST_SIDE_BYTES = 8 * 1024 * 1024;
/** The last millisecond that a date can be. */
const LAST_DATE = 8.64e15;

export interface RecorderOptions {
  readonly tree: UnsTree;
  /** What is to be done with the values of a metric; `undefined`: nothing. */
  recordingOf(metric: MetricName, range: MetricRange): Recording | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** There is so much that it should go to the log now. */
  full(): void;
}

/** What goes to the log together. */
export interface Gathered extends ReturnType<RowBuffer["take"]> {
  readonly definitions: readonly Definition[];
  readonly renamings: readonly Renaming[];
  readonly gaps: readonly Gap[];
}

/** A reading as it becomes a row. */
interface Row extends Pick<TreeReading, "value" | "quality" | "reason"> {
  readonly time: number;
  readonly received: number;
  readonly flags: number;
}

export class Recorder implements ValueRecorder {
  readonly #tree: UnsTree;
  readonly #options: RecorderOptions;
  readonly #rows = new RowBuffer();
  readonly #slots = new Slots();
  readonly #deadbands = new Deadbands();
  readonly #awaited = new AwaitedBirths();
  /** When messages of an edge node were lost last, by its row. */
  readonly #losses = new Map<number, number>();
  #definitions: Definition[] = [];
  #renamings: Renaming[] = [];
  #gaps: Gap[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#tree = options.tree;
    this.#tree.observe({
      metricRetyped: (id) => this.#slots.forget(id),
      metricRenamed: (before, now) => this.#renamed(before, now),
    });
  }

  // --- what the tree tells ---

  number(id: number, value: number, timestamp: number, receivedAt: number): void {
    const slot = this.#slots.of(id) || this.#open(id);
    if (slot < 0) return;
    const time = timeOf(timestamp, receivedAt);
    if (this.#deadbands.leavesOut(slot, value, time)) return;
    this.#slots.heard(slot, time);
    this.#rows.add(slot, time, receivedAt, value, GOOD_NUMBER);
    if (this.#rows.count >= MOST_ROWS) this.#options.full();
  }

  truth(id: number, value: number, timestamp: number, receivedAt: number): void {
    const slot = this.#slots.of(id) || this.#open(id);
    if (slot < 0) return;
    const time = timeOf(timestamp, receivedAt);
    this.#slots.heard(slot, time);
    this.#rows.add(slot, time, receivedAt, value, GOOD_TRUTH);
    if (this.#rows.count >= MOST_ROWS) this.#options.full();
  }

  reading(id: number, reading: TreeReading): void {
    if (reading.quality === "last-known") return; // a birth that was kept somewhere says nothing new
    const slot = this.#slots.of(id) || this.#open(id);
    if (slot < 0) return;
    const { bornAt, receivedAt: received } = reading;
    const time = timeOf(reading.timestamp, received);
    const known = this.#knownAt(id, slot);
    const awaited = this.#awaited.take(id);
    if (bornAt === undefined || time > known) {
      this.#put(id, slot, { ...reading, time, received, flags: 0 });
    } else if (awaited?.wasGood === false || !this.#isKnown(id, reading, awaited?.wasGood)) {
      const restated = Math.max(timeOf(bornAt, received), known + 1);
      this.#put(id, slot, { ...reading, time: restated, received, flags: RESTATED });
    }
  }

  past(id: number, reading: TreeReading): void {
    const slot = this.#slots.of(id) || this.#open(id);
    if (slot < 0) return;
    const { timestamp, receivedAt: received } = reading;
    const time = timeOf(timestamp, received);
    this.#write(id, slot, { ...reading, time, received, flags: HISTORICAL });
  }

  // oxlint-disable-next-line max-params -- no object for each metric of a node that dies
  downgraded(id: number, quality: TreeQuality, reason: OwnReason, at: number): void {
    const { values } = this.#tree;
    const receivedAt = values.receivedAt(id);
    if (receivedAt === 0) return; // there never was a value
    const slot = this.#slots.of(id) || this.#open(id);
    if (slot < 0) return;
    const received = this.#options.now();
    const time = timeOf(at, received);
    const wasGood = values.isPlainGood(id);
    this.#awaited.take(id);
    if (reason === "waiting for its birth" && (wasGood || this.#isDoubted(id))) {
      this.#awaited.note(id, { time, since: received, wasGood });
    } else this.#worthLess(id, slot, { value: values.value(id), quality, reason, time, received });
  }

  lost(nodeRow: number, { messages, from, to }: Loss): void {
    const { rows } = this.#tree;
    const node = { groupId: rows.name(rows.parent(nodeRow)), edgeNodeId: rows.name(nodeRow) };
    this.#losses.set(nodeRow, to);
    const begin = from === 0 ? to : from;
    this.#gaps.push({ node, from: begin, to, cause: "messages lost", count: messages });
  }

  // --- for the history ---

  noteGap(gap: Gap): void {
    this.#gaps.push(gap);
  }

  /** Writes down what should have been born again by now. */
  settle(now: number): void {
    const { values } = this.#tree;
    for (const [id, { time, since: received }] of this.#awaited.overdue(now)) {
      const slot = this.#slots.of(id) || this.#open(id);
      const [value, quality, reason] = [values.value(id), values.quality(id), values.reason(id)];
      if (slot > 0) this.#worthLess(id, slot, { value, quality, reason, time, received });
    }
  }

  /** Says again what a metric is worth now: after a gap nobody else would. */
  restate(id: number, now: number): void {
    const { values } = this.#tree;
    const quality = values.quality(id);
    if (values.receivedAt(id) === 0 || quality === "last-known") return;
    const slot = this.#slots.of(id) || this.#open(id);
    if (slot < 0) return;
    const time = Math.max(now, this.#knownAt(id, slot) + 1);
    const [value, reason] = [values.value(id), values.reason(id)];
    this.#put(id, slot, { value, quality, reason, time, received: now, flags: RESTATED });
  }

  /** A row that somebody writes into the past. Says whether values of the metric are recorded. */
  correct(id: number, { time, value, quality }: Pick<Row, "time" | "value" | "quality">): boolean {
    const slot = this.#slots.of(id) || this.#open(id);
    if (slot < 0) return false;
    const [received, flags] = [this.#options.now(), HISTORICAL | CORRECTED];
    this.#write(id, slot, { time, value, quality, reason: undefined, received, flags });
    return true;
  }

  /** What is to go to the log; `undefined`: nothing, unless something must. */
  take(must: boolean): Gathered | undefined {
    const rest = this.#definitions.length + this.#renamings.length + this.#gaps.length;
    if (this.#rows.count === 0 && rest === 0 && !must) return undefined;
    const [definitions, renamings, gaps] = [this.#definitions, this.#renamings, this.#gaps];
    this.#definitions = [];
    this.#renamings = [];
    this.#gaps = [];
    return { ...this.#rows.take(), definitions, renamings, gaps };
  }

  /** The rows alone, when they have to be given up; what they define is still to go. */
  takeRows(): ReturnType<RowBuffer["take"]> {
    return this.#rows.take();
  }

  /** A log that was opened anew knows no slots. */
  forgetSlots(): void {
    this.#definitions = [];
    this.#slots.clear();
    this.#deadbands.clear();
  }

  /** The row of the edge node that a slot belongs to. */
  nodeRowOf(slot: number): number {
    return this.#nodeRowOf(this.#slots.idOf(slot));
  }

  // --- inside ---

  #open(id: number): number {
    const info = this.#tree.info(id);
    if (info === undefined) return -1;
    const { groupId, edgeNodeId, deviceId = "", name, datatypeCode, low, high } = info;
    const metric = { groupId, edgeNodeId, deviceId, name };
    const recording = this.#options.recordingOf(metric, { low, high });
    if (recording === undefined) return this.#slots.leaveOut(id);
    const slot = this.#slots.open(id);
    this.#deadbands.set(slot, recording);
    this.#definitions.push({ slot, metric, datatypeCode, rule: recording.rule });
    return slot;
  }

  /** Time of the last row of a metric. */
  #knownAt(id: number, slot: number): number {
    const time = this.#slots.heardAt(slot);
    if (time > 0) return time;
    const { values } = this.#tree;
    const receivedAt = values.receivedAt(id);
    return receivedAt === 0 ? 0 : timeOf(values.timestamp(id), receivedAt);
  }

  /** Whether a birth only says again what stands in the log already, and no gap is to be ended. */
  #isKnown(id: number, { value, quality, reason }: TreeReading, wasGood = false): boolean {
    const { values, definitions } = this.#tree;
    const before = wasGood ? "good" : values.quality(id);
    const why = wasGood ? undefined : values.reason(id);
    if (before !== quality || why !== reason) return false;
    const lostAt = this.#losses.get(this.#nodeRowOf(id)) ?? 0;
    if (values.receivedAt(id) <= lostAt) return false;
    return isSameValue(values.value(id), value, definitions.datatypeCode(id));
  }

  /** Whether its value may be what it was: a birth that comes at once says so, and nothing need stand between. */
  #isDoubted(id: number): boolean {
    const { values } = this.#tree;
    return values.quality(id) === "last-known" || values.reason(id) === "messages were lost";
  }

  #nodeRowOf(id: number): number {
    const { rows, definitions } = this.#tree;
    const member = definitions.memberRow(id);
    return rows.kind(member) === "device" ? rows.parent(member) : member;
  }

  /** The value stays, its worth does not; that is later than the value. */
  // oxlint-disable-next-line max-params -- as the tree tells it
  #worthLess(id: number, slot: number, row: Omit<Row, "flags">): void {
    const time = Math.max(row.time, this.#knownAt(id, slot) + 1);
    this.#put(id, slot, { ...row, time, flags: 0 });
  }

  /** A row of the present. */
  // oxlint-disable-next-line max-params -- as the tree tells it
  #put(id: number, slot: number, row: Row): void {
    const { value, quality, reason, time } = row;
    const isPlain = typeof value === "number" && quality === "good" && reason === undefined;
    if (!isPlain) this.#deadbands.interrupt(slot);
    else if (row.flags === 0 && this.#deadbands.leavesOut(slot, value, time)) return;
    this.#slots.heard(slot, time);
    this.#write(id, slot, row);
  }

  #write(id: number, slot: number, { value, quality, reason, time, received, flags }: Row): void {
    const meta = QUALITY_CODES[quality] | flags;
    if (
      reason !== undefined ||
      (value !== null && typeof value !== "number" && typeof value !== "boolean")
    ) {
      this.#writeSide(id, slot, { value, quality, reason, time, received, flags });
    } else if (value === null) this.#rows.add(slot, time, received, 0, meta | NOTHING);
    else this.#rows.add(slot, time, received, Number(value), meta | kindOf(value));
    const { count, sideBytes } = this.#rows;
    if (count >= MOST_ROWS || sideBytes >= MOST_SIDE_BYTES) this.#options.full();
  }

  #writeSide(
    id: number,
    slot: number,
    { value, quality, reason, time, received, flags }: Row,
  ): void {
    const bytes = bytesOfValue(value, this.#tree.definitions.datatypeCode(id));
    const meta = QUALITY_CODES[bytes === undefined ? "uncertain" : quality] | flags;
    const why = bytes === undefined ? "its value cannot be written down" : reason;
    const code = reasonCode(why);
    const record = { reasonCode: code, reason: code === OTHER_REASON ? why : undefined };
    const { kind, bytes: own } = bytes ?? { kind: SIDE_KINDS.nothing, bytes: EMPTY };
    this.#rows.addSide({ slot, time, received, meta }, { ...record, kind, bytes: own });
  }

  #renamed(before: number, now: number): void {
    const at = Math.max(this.#tree.values.timestamp(now), 1);
    this.#renamings.push({ before: this.#nameOf(before), now: this.#nameOf(now), at });
  }

  #nameOf(id: number): MetricName {
    const { rows, definitions } = this.#tree;
    const member = definitions.memberRow(id);
    const isDevice = rows.kind(member) === "device";
    const nodeRow = isDevice ? rows.parent(member) : member;
    return {
      groupId: rows.name(rows.parent(nodeRow)),
      edgeNodeId: rows.name(nodeRow),
      deviceId: isDevice ? rows.name(member) : "",
      name: metricName(this.#tree, member, id),
    };
  }
}

const EMPTY = new Uint8Array(0);

function kindOf(value: number | boolean): number {
  return typeof value === "number" ? NUMBER : TRUTH;
}

/** Whether it can be the time of a row: milliseconds since 1970 UTC. */
export function isDate(time: number): boolean {
  return time > 0 && time <= LAST_DATE;
}

/** A time that no date can be is that of reception. */
function timeOf(timestamp: number, receivedAt: number): number {
  return isDate(timestamp) ? timestamp : receivedAt;
}
