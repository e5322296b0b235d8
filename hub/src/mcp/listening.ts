/**
 * Streams on which clients hear that something has changed. What a client asks to hear of is cut to what its caller sees
 * before the SDK learns of it: what he may not see does not exist. When his rights change his streams end.
 */
import type { ServerResponse } from "node:http";
import { z } from "zod";
import { Elements } from "./elements.ts";
import type { McpCaller, McpRooms } from "./rooms.ts";

/** Told at most so often of one resource. */
const TELL_EVERY_MS = 1000;
/** Resources of one stream, and metrics behind them. */
const MOST_RESOURCES = 1000;
const MOST_METRICS = 10_000;
const OBJECTS = "uns://object/";
const VIOLATIONS = "uns://violations";

const listenSchema = z.looseObject({
  method: z.literal("subscriptions/listen"),
  params: z.looseObject({
    notifications: z.looseObject({ resourceSubscriptions: z.array(z.string()) }),
  }),
});

interface Stream {
  readonly caller: McpCaller;
  readonly response: ServerResponse;
  readonly changed: Set<string>;
  readonly stop: () => void;
}

export class Listening {
  readonly #rooms: McpRooms;
  readonly #notify: (uri: string) => void;
  readonly #streams = new Set<Stream>();
  #timer: NodeJS.Timeout | undefined;
  #foundAt = 0;

  constructor(rooms: McpRooms, notify: (uri: string) => void) {
    this.#rooms = rooms;
    this.#notify = notify;
  }

  /** The request as it may go on. One that is no wish to listen stays as it is. */
  open(request: unknown, caller: McpCaller, response: ServerResponse): unknown {
    const wish = listenSchema.safeParse(request);
    if (!wish.success) return request;
    const { params } = wish.data;
    const asked = new Set(params.notifications.resourceSubscriptions);
    const resourceSubscriptions = this.#watch([...asked], caller, response);
    const notifications = { ...params.notifications, resourceSubscriptions };
    return { ...wish.data, params: { ...params, notifications } };
  }

  stop(): void {
    for (const stream of this.#streams) this.#drop(stream);
  }

  #watch(asked: readonly string[], caller: McpCaller, response: ServerResponse): readonly string[] {
    const heard = new Map<number, string[]>();
    const changed = new Set<string>();
    const seen = asked.slice(0, MOST_RESOURCES).filter((uri) => {
      if (uri === VIOLATIONS) return caller.may("read diagnostics");
      const rows = this.#metricsOf(uri, caller);
      for (const row of rows) heard.set(row, [...(heard.get(row) ?? []), uri]);
      return rows.length > 0;
    });
    const watch = this.#rooms.tree.watch((row) => {
      for (const uri of heard.get(row) ?? []) changed.add(uri);
    });
    for (const row of heard.keys()) watch.add(row);
    const stream = { caller, response, changed, stop: () => watch.stop() };
    this.#streams.add(stream);
    response.on("close", () => this.#drop(stream));
    this.#foundAt = this.#rooms.now();
    this.#timer ??= setInterval(() => this.#tell(), TELL_EVERY_MS);
    return seen;
  }

  /** Of an object: itself, or the metrics of the device or folder. */
  #metricsOf(uri: string, caller: McpCaller): readonly number[] {
    if (!uri.startsWith(OBJECTS)) return [];
    const elements = new Elements(this.#rooms, caller);
    const path = uri.slice(OBJECTS.length);
    const row = elements.find(path) ?? elements.find(decoded(path));
    if (row === undefined) return [];
    if (this.#rooms.tree.rows.isMetric(row)) return [row];
    return elements.metricsBelow(row, 0, MOST_METRICS);
  }

  #tell(): void {
    const changed = new Set<string>();
    const since = this.#foundAt;
    this.#foundAt = this.#rooms.now();
    if (this.#rooms.findings(since).length > 0) changed.add(VIOLATIONS);
    for (const stream of this.#streams) {
      const now = stream.caller.sightNow();
      if (now?.key !== stream.caller.sight.key) {
        stream.response.destroy(); // whoever still may comes again
        continue;
      }
      for (const uri of stream.changed) changed.add(uri);
      stream.changed.clear();
    }
    for (const uri of changed) this.#notify(uri);
  }

  #drop(stream: Stream): void {
    stream.stop();
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // broken percent signs name nothing
  }
}
