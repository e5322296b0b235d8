/**
 * The way of most messages: NDATA or DDATA of one topic, looked at in its bytes and written into the columns. No object
 * is made of a metric that is a number or a truth value. A message is read to its end before anything of it is written, so that nobody
 * sees half of one that turns out to be broken; that costs less than looking at it twice.
 */
import {
  visitPayload,
  type MetricView,
  type PayloadHead,
  type PayloadVisitor,
} from "@unshub/sparkplug";
import { REFUSED, UNKNOWN } from "./alias-table.ts";
import { namesOf } from "./born-metric.ts";
import { FIRST_ROOM, grown, roomFor } from "./columns.ts";
import { DATA_DECODING } from "./inflate.ts";
import { completed, readingOf } from "./metric-reading.ts";
import type { Member, NodeSession } from "./session.ts";
import type { UnsTree } from "./tree.ts";
import type { TreeReading } from "./value-recorder.ts";

/** The member that a data message is about. */
export interface Source {
  readonly session: NodeSession;
  readonly member: Member;
}

/** What the readers of all topics of one tree share. Messages are read one after the other. */
export class DataDesk {
  readonly tree: UnsTree;
  readonly pending = new PendingReadings();

  constructor(tree: UnsTree) {
    this.tree = tree;
  }
}

export interface DataReaderOptions {
  readonly desk: DataDesk;
  /** Who speaks, when it was born; checks `seq`. */
  sourceOf(head: PayloadHead, receivedAt: number): Source | undefined;
  /** Metrics or aliases that the birth did not announce; `what`: the last one. */
  unknownMetric(what: string, receivedAt: number): void;
}

export class DataReader implements PayloadVisitor {
  readonly #options: DataReaderOptions;
  readonly #tree: UnsTree;
  readonly #pending: PendingReadings;
  #source: Source | undefined;
  #sentAt = 0;
  #receivedAt = 0;
  #unknown: string | undefined;
  #isWritten = false;

  constructor(options: DataReaderOptions) {
    this.#options = options;
    this.#tree = options.desk.tree;
    this.#pending = options.desk.pending;
  }

  /** @throws {SparkplugError} when the bytes are broken; nothing was written then. */
  take(payload: Uint8Array, receivedAt: number): void {
    this.#receivedAt = receivedAt;
    this.#unknown = undefined;
    this.#isWritten = false;
    this.#pending.clear();
    visitPayload(payload, this, DATA_DECODING);
    this.#pending.writeInto(this.#tree, receivedAt);
    this.#isWritten = true;
    if (this.#unknown !== undefined) this.#options.unknownMetric(this.#unknown, receivedAt);
  }

  /** The metrics that the last message spoke of, until the next one is taken; none when it was broken. */
  get written(): Int32Array {
    return this.#isWritten ? this.#pending.ids : NO_IDS;
  }

  head(head: PayloadHead): boolean {
    this.#source = this.#options.sourceOf(head, this.#receivedAt);
    this.#sentAt = head.timestamp ?? this.#receivedAt;
    return this.#source !== undefined;
  }

  metric(view: MetricView): void {
    const source = this.#source;
    if (source === undefined) return;
    const id = this.#idOf(source, view);
    if (id < 0) {
      if (id === UNKNOWN) this.#unknown = calledOf(view);
      return;
    }
    if (view.isHistorical) {
      this.#pending.addPast(id, this.#reading(source, id, view));
      return; // never overwrites the live value
    }
    const datatype = this.#tree.definitions.datatype(id);
    if (datatype !== undefined && !view.hasProperties) {
      const isTruth = view.isTruth(datatype);
      if (isTruth || view.isNumber(datatype)) {
        const value = isTruth && view.number !== 0 ? 1 : view.number;
        this.#pending.addPlain(id, value, view.timestampOr(this.#sentAt), isTruth);
        return;
      }
    }
    this.#pending.add(id, this.#reading(source, id, view));
  }

  #reading({ session }: Source, id: number, view: MetricView): TreeReading {
    const { definitions } = this.#tree;
    const worth = readingOf(definitions.datatype(id), definitions.datatypeCode(id), {
      properties: view.properties,
      value: (datatype) =>
        view.value(datatype, datatype === "Template" ? session.templates : undefined),
    });
    const timestamp = view.timestampOr(this.#sentAt);
    return { ...worth, timestamp, receivedAt: this.#receivedAt };
  }

  /** By name among the metrics of its member, else by alias. */
  #idOf({ member }: Source, view: MetricView): number {
    const { name, alias } = view;
    if (name === undefined) return alias === undefined ? UNKNOWN : member.aliases.get(alias);
    member.names ??= namesOf(this.#tree, member);
    return member.names.get(name) ?? (member.isCut ? REFUSED : UNKNOWN);
  }
}

/** What an unknown metric calls itself. */
function calledOf({ name, alias }: MetricView): string {
  if (name !== undefined) return `metric "${name}"`;
  return alias === undefined ? "a metric without name and alias" : `alias ${alias}`;
}

const NO_IDS = new Int32Array(0);

/** What one message says, until it is read to its end. */
class PendingReadings {
  #ids = new Int32Array(FIRST_ROOM);
  #numbers = new Float64Array(FIRST_ROOM);
  #timestamps = new Float64Array(FIRST_ROOM);
  /** 1: the number is a truth value. */
  #truths = new Uint8Array(FIRST_ROOM);
  /** By place: what is more than a good number or truth value. */
  readonly #others = new Map<number, TreeReading>();
  /** Values of the past; few messages have any. */
  readonly #past: { readonly id: number; readonly reading: TreeReading }[] = [];
  #size = 0;

  get ids(): Int32Array {
    return this.#ids.subarray(0, this.#size);
  }

  clear(): void {
    this.#size = 0;
    this.#past.length = 0;
    if (this.#others.size > 0) this.#others.clear();
  }

  // oxlint-disable-next-line max-params -- no object for each metric
  addPlain(id: number, value: number, timestamp: number, isTruth: boolean): void {
    if (this.#size === this.#ids.length) this.#grow();
    this.#ids[this.#size] = id;
    this.#numbers[this.#size] = value;
    this.#timestamps[this.#size] = timestamp;
    this.#truths[this.#size] = isTruth ? 1 : 0;
    this.#size += 1;
  }

  add(id: number, reading: TreeReading): void {
    this.#others.set(this.#size, reading);
    this.addPlain(id, 0, 0, false);
  }

  addPast(id: number, reading: TreeReading): void {
    this.#past.push({ id, reading });
  }

  writeInto(tree: UnsTree, receivedAt: number): void {
    for (const { id, reading } of this.#past) tree.notePast(id, reading);
    const hasOthers = this.#others.size > 0;
    for (let at = 0; at < this.#size; at += 1) {
      const id = this.#ids[at] ?? 0;
      const other = hasOthers ? this.#others.get(at) : undefined;
      if (other === undefined) {
        const value = this.#numbers[at] ?? 0;
        const timestamp = this.#timestamps[at] ?? 0;
        if (this.#truths[at] === 1) tree.setTruth(id, value, timestamp, receivedAt);
        else tree.setNumber(id, value, timestamp, receivedAt);
      } else {
        const value = completed(tree.values.value(id), other.value);
        tree.setReading(id, { ...other, value });
      }
    }
  }

  #grow(): void {
    const room = roomFor(this.#size + 1, this.#size);
    this.#ids = grown(new Int32Array(room), this.#ids);
    this.#numbers = grown(new Float64Array(room), this.#numbers);
    this.#timestamps = grown(new Float64Array(room), this.#timestamps);
    this.#truths = grown(new Uint8Array(room), this.#truths);
  }
}
