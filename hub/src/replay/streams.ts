/**
 * The door of the streams: which there are, who may read which, and how many do. `uns` is made of the history; all others
 * are logs of messages.
 */
import { join } from "node:path";
import type { Logger } from "@unshub/adapter";
import {
  lastingProperties,
  matchesFilter,
  type ConnectingClient,
  type StreamDoor,
  type StreamVerdict,
  type Verdict,
  type Watcher,
} from "../broker/index.ts";
import type { ReplayConfig } from "../config/index.ts";
import { asksForStream, readAsked, type Asked } from "./asked.ts";
import { LogCursor } from "./log/log-cursor.ts";
import { MessageLog, type LogFigures } from "./log/message-log.ts";
import { Reading } from "./reading.ts";
import type { KeptStream, Source } from "./source.ts";
import { Ticking } from "./ticking.ts";
import { ValueSource, type ValueSourceOptions } from "./value-source.ts";

export interface StreamsOptions extends Omit<ValueSourceOptions, "ticking"> {
  readonly config: ReplayConfig;
  readonly dataDir: string;
  readonly log: Logger;
  /** Whether a client may subscribe to a filter. */
  readonly maySubscribe: (client: ConnectingClient, filter: string) => Verdict;
}

/** How a stream does. */
export interface StreamFigures {
  readonly name: string;
  /** Who reads it now. */
  readonly readers: number;
  /** Messages that were given since the start. */
  readonly given: number;
  /** Of its log; `undefined`: it is made of the history. */
  readonly log: LogFigures | undefined;
}

interface Stream {
  readonly name: string;
  readonly source: Source;
  readonly log: MessageLog | undefined;
  /** What is in it; `undefined`: whatever the history has. */
  readonly filter: string | undefined;
  readonly readings: Set<Reading>;
  given: number;
}

type Refused = Extract<Verdict, { allow: false }>;

const SPARKPLUG_FILTER = "spBv1.0/#";
const FILTER_INVALID = 0x8f;
const TOPIC_INVALID = 0x90;
const UNAVAILABLE = 0x83;

export class Streams implements StreamDoor {
  readonly #options: StreamsOptions;
  readonly #ticking = new Ticking();
  readonly #streams: ReadonlyMap<string, Stream>;

  constructor(options: StreamsOptions) {
    this.#options = options;
    const { sparkplug, streams } = options.config;
    const uns = new ValueSource({ ...options, ticking: this.#ticking });
    const all = [
      this.#stream("uns", uns, undefined, undefined),
      sparkplug === undefined
        ? this.#stream("sparkplug", NOT_KEPT, undefined, SPARKPLUG_FILTER)
        : this.#logged({
            name: "sparkplug",
            filter: SPARKPLUG_FILTER,
            lastValuePerKey: false,
            ...sparkplug,
          }),
      ...streams.map((stream) => this.#logged(stream)),
    ];
    this.#streams = new Map(all.map((stream) => [stream.name, stream]));
  }

  owns(filter: string): boolean {
    return asksForStream(filter);
  }

  open(client: ConnectingClient, filter: string, user: ReadonlyMap<string, string>): StreamVerdict {
    const wanted = this.#wanted(filter, user);
    if ("because" in wanted) return wanted;
    const { asked, stream } = wanted;
    const verdict =
      asked.filter === undefined ? ALLOWED : this.#options.maySubscribe(client, asked.filter);
    if (!verdict.allow) return verdict;
    return { allow: true, stream: this.#read(stream, asked) };
  }

  /** The filter that must be granted to whoever asks so, if any, or why nobody reads that. Reads nothing. */
  within(filter: string): { readonly filter: string | undefined } | Refused {
    const wanted = this.#wanted(filter, new Map());
    return "because" in wanted ? wanted : { filter: wanted.asked.filter };
  }

  #wanted(
    filter: string,
    user: ReadonlyMap<string, string>,
  ): { readonly asked: Asked; readonly stream: Stream } | Refused {
    const asked = readAsked(filter, user);
    if ("because" in asked) return { allow: false, ...asked };
    const stream = this.#find(asked);
    if (stream === undefined) return refused(FILTER_INVALID, this.#unknown(asked));
    const fault = stream.source.fault();
    if (fault !== undefined) return refused(UNAVAILABLE, `the stream ${stream.name}: ${fault}`);
    return { asked, stream };
  }

  /** Nobody publishes where streams are asked for. */
  publishFault(topic: string): Refused | undefined {
    if (!asksForStream(topic)) return undefined;
    return refused(
      TOPIC_INVALID,
      `${topic}: this is how streams are asked for, nobody publishes there`,
    );
  }

  /** What hears messages on a topic, and keeps those that `heard` lets pass. */
  keeping(topic: string, heard: Watcher | undefined): Watcher | undefined {
    const logs = [...this.#streams.values()].flatMap(({ log, filter }) =>
      log !== undefined && filter !== undefined && matchesFilter(filter, topic) ? [log] : [],
    );
    if (logs.length === 0) return heard;
    return (message) => {
      const watched = heard?.(message);
      if (watched?.allow === false && message.isWill !== true && message.clientId !== undefined)
        return watched;
      const { payload: came, qos, retain, properties } = message;
      const payload = watched?.allow === true ? watched.payload : came;
      const kept = { topic, payload, qos, retain, properties: lastingProperties(properties) };
      for (const log of logs) log.append(kept);
      return watched;
    };
  }

  /** The log of a stream; `undefined`: it is not kept as one. */
  kept(name: string): KeptStream | undefined {
    const log = this.#streams.get(name)?.log;
    if (log === undefined) return undefined;
    return {
      ready: () => log.ready,
      open: (from, wants) => new LogCursor(log, { from, wants }, this.#ticking),
      written: () => log.written,
    };
  }

  get figures(): readonly StreamFigures[] {
    return [...this.#streams.values()].map(({ name, readings, given, log }) => ({
      name,
      readers: readings.size,
      given,
      log: log?.figures,
    }));
  }

  /** Resolves when all that was kept is on the disk. */
  async stop(): Promise<void> {
    for (const { readings } of this.#streams.values())
      for (const reading of readings) reading.close();
    this.#ticking.stop();
    for (const { log } of this.#streams.values()) await log?.stop();
  }

  #logged({
    name,
    filter,
    retention,
    maxSize,
    lastValuePerKey,
  }: ReplayConfig["streams"][number]): Stream {
    const { dataDir, log: logger, now } = this.#options;
    const log = new MessageLog({
      folder: join(dataDir, "streams", name),
      keepMs: retention,
      maxBytes: maxSize,
      lastValuePerKey,
      log: logger,
      now,
    });
    const source: Source = {
      fault: () => undefined,
      open: (from, wants) => new LogCursor(log, { from, wants }, this.#ticking),
    };
    return this.#stream(name, source, log, filter);
  }

  // oxlint-disable-next-line max-params -- the parts of a stream, nothing else
  #stream(
    name: string,
    source: Source,
    log: MessageLog | undefined,
    filter: string | undefined,
  ): Stream {
    return { name, source, log, filter, readings: new Set(), given: 0 };
  }

  /** Without a name: what carries the topics of the filter. */
  #find({ name, filter = "" }: Asked): Stream | undefined {
    if (name !== undefined) return this.#streams.get(name);
    if (filter.startsWith("spBv1.0/")) return this.#streams.get("sparkplug");
    const configured = this.#options.config.streams.find((stream) => covers(stream.filter, filter));
    return this.#streams.get(configured?.name ?? "uns");
  }

  #unknown({ name }: Asked): string {
    return `there is no stream "${name}", only ${[...this.#streams.keys()].join(", ")}`;
  }

  #read(stream: Stream, { filter, from, rate }: Asked): Reading {
    const wants = filter === undefined ? () => true : wantedBy(filter);
    return new Reading({
      cursor: stream.source.open(from, wants),
      rate,
      monotonic: () => performance.now(),
      began: (reading) => stream.readings.add(reading),
      gave: (messages) => {
        stream.given += messages;
      },
      ended: (reading) => stream.readings.delete(reading),
    });
  }
}

const ALLOWED = { allow: true } as const;

const NOT_KEPT: Source = {
  fault: () => "messages of spBv1.0 are not kept: replay.sparkplug is left out",
  open: () => ({ read: async () => [], more: async () => undefined }),
};

function refused(reasonCode: number, because: string) {
  return { allow: false, reasonCode, because } as const;
}

/** Whether everything that `filter` matches is matched by `wide`. */
function covers(wide: string, filter: string): boolean {
  const [all, some] = [wide.split("/"), filter.split("/")];
  for (const [at, level] of all.entries()) {
    if (level === "#") return true;
    const other = some[at];
    if (other === undefined || other === "#" || (level !== "+" && level !== other)) return false;
  }
  return all.length === some.length;
}

const MOST_REMEMBERED = 10_000;

/** Topics come again and again. */
function wantedBy(filter: string): (topic: string) => boolean {
  const known = new Map<string, boolean>();
  return (topic) => {
    const before = known.get(topic);
    if (before !== undefined) return before;
    if (known.size >= MOST_REMEMBERED) known.clear();
    const isWanted = matchesFilter(filter, topic);
    known.set(topic, isWanted);
    return isWanted;
  };
}
