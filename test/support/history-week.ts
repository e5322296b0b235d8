/**
 * A week of a plant in some seconds: four edge nodes that talk once a minute, the recorder of the hub, the log on disk, and
 * clocks that a test sets as it likes. What was said is kept in maps, so that what the log answers can be compared.
 */
import { encodePayload, type MetricToSend } from "@unshub/sparkplug";
import { HistoryReader, type History } from "../../hub/src/history/index.ts";
import type { LogSettings } from "../../hub/src/history/log/messages.ts";
import { Recorder } from "../../hub/src/history/recorder.ts";
import { NodeSessions, UnsTree } from "../../hub/src/tree/index.ts";
import { openTestLog, type TestLog } from "./history-log.ts";
import { tempDir, type Ending } from "./hub.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** When the week begins, by clocks that are right. */
export const MONDAY = 1_800_000_000_000;

/** What a metric said. */
export interface Said {
  readonly value: number | boolean;
  /** Milliseconds of the week, and of those the hub ran, when it came. */
  readonly came: number;
  readonly cameRunning: number;
}

const METRICS = [
  { name: "Speed", datatype: "Double" },
  { name: "Parts/Count", datatype: "Int32" },
  { name: "On", datatype: "Boolean" },
] as const;
export const NAMES = METRICS.map(({ name }) => name);

/** The rule of each metric: its first level below the device. */
const RULES = [
  { rule: "+/+/+/On", name: "On" },
  { rule: "", name: undefined },
] as const;

export interface WeekOptions {
  readonly random: () => number;
  /** How long rows are kept; those of `On` otherwise. */
  readonly keepMs: number;
  readonly keepOnMs: number;
}

export class Week {
  /** Milliseconds since the week began: the true time. */
  at = 0;
  /** Milliseconds of those in which the hub ran. */
  running = 0;
  /** How wrong the clock of the hub is. */
  hubOffset = 0;
  /** By the path of the metric and the time of the row. */
  readonly said = new Map<string, Map<number, Said>>();
  readonly nodes: readonly WeekNode[];
  readonly #t: Ending;
  readonly #options: WeekOptions;
  readonly #file: string;
  #hub: { readonly test: TestLog; readonly recorder: Recorder; readonly tree: UnsTree } | undefined;
  #sessions: NodeSessions | undefined;
  #begunAt = 0;
  #batches = 0;

  constructor(t: Ending, names: readonly string[], options: WeekOptions) {
    this.#t = t;
    this.#options = options;
    this.#file = `${tempDir(t)}/history.db`;
    this.nodes = names.map((name) => new WeekNode(name, this));
  }

  get random(): () => number {
    return this.#options.random;
  }

  /** What the clock of the hub shows. */
  get wall(): number {
    return MONDAY + this.at + this.hubOffset;
  }

  get isRunning(): boolean {
    return this.#hub !== undefined;
  }

  /** Starts the hub; edge nodes that are there are born. */
  start(): void {
    const { keepMs, keepOnMs } = this.#options;
    const unlimited = Number.POSITIVE_INFINITY;
    const settings: Partial<LogSettings> = {
      file: this.#file,
      rollRows: 2000,
      replay: { keepMs: HOUR, maxBytes: unlimited },
      keeping: [
        { rule: "+/+/+/On", keepMs: keepOnMs, maxBytes: unlimited },
        { rule: "", keepMs, maxBytes: unlimited },
      ],
    };
    this.#begunAt = this.at;
    const test = openTestLog(this.#t, { ...settings, wall: this.wall });
    const tree = new UnsTree();
    const recorder = new Recorder({
      tree,
      recordingOf: (metric) => {
        const { rule = "" } = RULES.find(({ name }) => name === metric.name) ?? {};
        return { rule, deadband: 0, atLeastEveryMs: 0 };
      },
      now: () => this.wall,
      full: () => undefined,
    });
    tree.recordTo(recorder);
    this.#sessions = new NodeSessions(tree, () => undefined);
    this.#hub = { test, recorder, tree };
    for (const node of this.nodes) if (node.isThere) node.bear();
  }

  stop(): void {
    this.#hub?.recorder.settle(Number.POSITIVE_INFINITY);
    this.#flush();
    this.#hub?.test.log.close();
    this.#hub = undefined;
    this.#sessions = undefined;
  }

  /** A minute goes by; edge nodes that are there say something. */
  minute(): void {
    this.at += MINUTE;
    const hub = this.#hub;
    if (hub === undefined) {
      for (const node of this.nodes) node.miss();
      return;
    }
    this.running += MINUTE;
    this.#setClocks(hub.test);
    for (const node of this.nodes) node.minute();
    hub.recorder.settle(this.wall);
    this.#flush();
    hub.test.work();
    if (this.at % (5 * MINUTE) !== 0) return;
    hub.test.log.look();
    while (hub.test.log.retain());
  }

  /** Hands a message to the hub, as the broker does. */
  tell(topic: string, payload: Uint8Array): void {
    this.#sessions?.apply({ topic: `spBv1.0/g/${topic}`, payload, receivedAt: this.wall });
  }

  /** Notes what was said. */
  note(path: string, time: number, value: Said["value"]): void {
    const rows = this.said.get(path) ?? new Map<number, Said>();
    this.said.set(path, rows);
    rows.set(time, { value, came: this.at, cameRunning: this.running });
  }

  /** Reads as the rest of the hub does. */
  get reader(): HistoryReader {
    const hub = this.#hub;
    if (hub === undefined) throw new Error("the hub does not run");
    const ask: History["ask"] = async (question) => hub.test.ask(question);
    return new HistoryReader({ history: { ask }, tree: hub.tree });
  }

  #flush(): void {
    const hub = this.#hub;
    const gathered = hub?.recorder.take(false);
    if (hub === undefined || gathered === undefined) return;
    this.#batches += 1;
    hub.test.log.append({ ...gathered, number: this.#batches, tallies: [] });
  }

  #setClocks({ clock }: TestLog): void {
    clock.wall = this.wall;
    clock.monotonic = this.at - this.#begunAt;
  }
}

/** An edge node with one device. */
export class WeekNode {
  readonly name: string;
  /** How wrong its own clock is. */
  offset = 0;
  isThere = true;
  /** What it could not send, to be sent later as values of the past. */
  readonly missed: MetricToSend[] = [];
  readonly #week: Week;
  #seq = 0;
  #bdSeq = 0;

  constructor(name: string, week: Week) {
    this.name = name;
    this.#week = week;
  }

  bear(): void {
    const timestamp = this.#now;
    const told = { tellDatatype: true, timestamp } as const;
    this.#seq = 0;
    this.#send("NBIRTH", [{ ...told, name: "bdSeq", datatype: "Int64", value: this.#bdSeq }]);
    const metrics = METRICS.map(({ name, datatype }) => {
      const value = this.#value(datatype);
      this.#week.note(this.pathOf(name), timestamp, value);
      return { ...told, name, datatype, value };
    });
    this.#send("DBIRTH", metrics);
  }

  die(): void {
    this.isThere = false;
    const value = this.#bdSeq;
    const metrics = [{ name: "bdSeq", datatype: "Int64", tellDatatype: true, value } as const];
    this.#week.tell(`NDEATH/${this.name}`, encodePayload({ timestamp: this.#now, metrics }));
    this.#bdSeq += 1;
  }

  comeBack(): void {
    this.isThere = true;
    this.bear();
  }

  /** Says one to three metrics, or keeps them for later. */
  minute(): void {
    if (!this.isThere) return this.miss();
    const metrics = this.#some();
    for (const { name = "", timestamp = 0, value } of metrics) {
      if (typeof value === "object" || value === undefined) continue;
      this.#week.note(this.pathOf(name), timestamp, plain(value));
    }
    this.#send("DDATA", metrics);
  }

  miss(): void {
    this.missed.push(...this.#some());
  }

  /** Sends what it missed, some of it twice. */
  sendMissed(): void {
    const { missed } = this;
    for (let at = 0; at < missed.length; at += 15) {
      const part = missed.slice(at, at + 20).map((metric) => ({ ...metric, isHistorical: true }));
      for (const { name = "", timestamp = 0, value } of part) {
        if (typeof value === "object" || value === undefined) continue;
        this.#week.note(this.pathOf(name), timestamp, plain(value));
      }
      this.#send("DDATA", part);
    }
    missed.length = 0;
  }

  /** Some messages never arrive. */
  loseMessages(count: number): void {
    this.#seq = (this.#seq + count) % 256;
  }

  pathOf(metric: string): string {
    return `g/${this.name}/d/${metric}`;
  }

  get #now(): number {
    return MONDAY + this.#week.at + this.offset;
  }

  #some(): readonly MetricToSend[] {
    const { random } = this.#week;
    const chosen = METRICS.filter(() => random() < 0.7);
    return chosen.map(({ name, datatype }, at) => ({
      name,
      datatype,
      tellDatatype: true,
      value: this.#value(datatype),
      timestamp: this.#now + at + Math.floor(random() * (MINUTE - 1000)),
    }));
  }

  #value(datatype: (typeof METRICS)[number]["datatype"]): number | boolean {
    const value = this.#week.random() * 1000;
    if (datatype === "Boolean") return value < 500;
    return datatype === "Int32" ? Math.floor(value) : value;
  }

  #send(what: "NBIRTH" | "DBIRTH" | "DDATA", metrics: readonly MetricToSend[]): void {
    const topic = what === "NBIRTH" ? `${what}/${this.name}` : `${what}/${this.name}/d`;
    const payload = encodePayload({ timestamp: this.#now, seq: this.#seq, metrics });
    this.#seq = (this.#seq + 1) % 256;
    this.#week.tell(topic, payload);
  }
}

function plain(value: unknown): number | boolean {
  return typeof value === "boolean" ? value : Number(value);
}
