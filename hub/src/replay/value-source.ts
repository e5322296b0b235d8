/**
 * The stream `uns`: every value of the history in the order of its arrival, as the message of its plain topic. Stored and
 * live values come out of the same log, so that there is no seam between them.
 */
import { setTimeout as pause } from "node:timers/promises";
import { HistoryError, type History, type HistoryReader, type LogEntry } from "../history/index.ts";
import { joinPath, type TreeQuality, type UnsTree } from "../tree/index.ts";
import type { MetricValue } from "@unshub/sparkplug";
import type { MqttMessage } from "../broker/index.ts";
import type { Start } from "./asked.ts";
import type { Cursor, Source, StreamMessage } from "./source.ts";
import type { Ticking } from "./ticking.ts";

export interface PlainTopics {
  readonly isProjected: boolean;
  /** Where a metric stands in the plant, whatever stands before it in its topic. */
  readonly paths: { pathOf(id: number): string | undefined };
  topicOf(id: number): string | undefined;
  /** Whether nobody but the hub publishes on this topic. */
  owns(topic: string): boolean;
  past(
    id: number,
    moment: {
      readonly value: MetricValue;
      readonly quality: TreeQuality;
      readonly time: number | undefined;
    },
  ): MqttMessage | undefined;
}

export interface ValueSourceOptions {
  /** `undefined`: nothing is recorded. */
  readonly open:
    | {
        readonly history: Pick<History, "state">;
        readonly reader: Pick<HistoryReader, "entries" | "offsetAt">;
      }
    | undefined;
  readonly tree: UnsTree;
  /** Known only once all rooms are. */
  readonly plain: () => PlainTopics;
  readonly ticking: Ticking;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** Rows of one page: what is made of them takes well under a millisecond. */
const PAGE = 250;
/**
 * Values of one millisecond get its microseconds, one each; of more than a thousand the rest get those of the next. A
 * reading begins so much earlier that each value has the same time whoever reads it.
 */
const SETTLING_MS = 1000;
const RETRY_MS = 500;

export class ValueSource implements Source {
  readonly #options: ValueSourceOptions;

  constructor(options: ValueSourceOptions) {
    this.#options = options;
  }

  fault(): string | undefined {
    const { open, plain } = this.#options;
    if (open === undefined) return "nothing is recorded: history.record is false";
    return plain().isProjected
      ? undefined
      : "there are no plain topics: uns.projection is left out";
  }

  open(from: Start, wants: (topic: string) => boolean): Cursor {
    return new ValueCursor(this.#options, from, wants);
  }
}

class ValueCursor implements Cursor {
  readonly #options: ValueSourceOptions;
  readonly #from: Start;
  readonly #wants: (topic: string) => boolean;
  readonly #ids = new Map<string, number | undefined>();
  readonly #openedAt: number;
  /** The next row; `undefined` before it has been looked for. */
  #next: number | undefined;
  /** The first row and the first time that are given. */
  #firstRow = 0;
  #firstTs = 0;
  #lastTs = 0;

  constructor(options: ValueSourceOptions, from: Start, wants: (topic: string) => boolean) {
    this.#options = options;
    this.#from = from;
    this.#wants = wants;
    this.#openedAt = options.now();
  }

  async read(): Promise<readonly StreamMessage[]> {
    const reader = this.#options.open?.reader;
    if (reader === undefined) return [];
    try {
      for (;;) {
        this.#next ??= await this.#begin(reader);
        const { entries, next, head } = await reader.entries(this.#next, PAGE);
        this.#next = next;
        const messages = entries.flatMap((entry) => this.#messageOf(entry) ?? []);
        if (messages.length > 0 || next >= head) return messages;
      }
    } catch (error) {
      if (!(error instanceof HistoryError)) throw error;
      await pause(RETRY_MS); // its thread is started again
      return [];
    }
  }

  async more(): Promise<void> {
    const { open, ticking } = this.#options;
    const next = this.#next ?? 0;
    await ticking.until(() => (open?.history.state().head ?? 0) > next);
  }

  async #begin(reader: Pick<HistoryReader, "entries" | "offsetAt">): Promise<number> {
    const from = this.#from;
    if (from === "earliest") return 0;
    if (from === "latest") this.#firstRow = (await reader.entries(Number.MAX_SAFE_INTEGER, 1)).head;
    else this.#firstTs = from;
    const atMs = from === "latest" ? this.#openedAt : Math.floor(from / 1000);
    return await reader.offsetAt(Math.min(atMs, this.#openedAt) - SETTLING_MS);
  }

  #messageOf(entry: LogEntry): StreamMessage | undefined {
    const ts = Math.max(this.#lastTs + 1, Math.round(entry.receivedAt) * 1000);
    this.#lastTs = ts;
    if (entry.offset < this.#firstRow || ts < this.#firstTs || entry.isGap) return undefined;
    const id = this.#idOf(entry.metric);
    const { plain } = this.#options;
    const topic = id === undefined ? undefined : plain().topicOf(id);
    if (id === undefined || topic === undefined || !this.#wants(topic)) return undefined;
    const message = plain().past(id, entry);
    if (message === undefined) return undefined;
    const { payload, qos, properties = NO_PROPERTIES } = message;
    const user = entry.isHistorical ? HISTORICAL : NOTHING;
    return { ts, topic, key: plain().paths.pathOf(id), payload, qos, properties, user };
  }

  #idOf({ groupId, edgeNodeId, deviceId, name }: LogEntry["metric"]): number | undefined {
    const key = `${groupId}/${edgeNodeId}/${deviceId}/${name}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const member = deviceId === "" ? [groupId, edgeNodeId] : [groupId, edgeNodeId, deviceId];
    const id = this.#options.tree.find(joinPath([...member, ...name.split("/")]));
    if (id !== undefined) this.#ids.set(key, id);
    return id;
  }
}

const NO_PROPERTIES = new Uint8Array();
const NOTHING = [] as const;
/** It came later, as a value of the past. */
const HISTORICAL = [["historical", "true"]] as const;
