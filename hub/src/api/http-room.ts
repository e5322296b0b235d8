/** A room of the hub with routes of its own at the main HTTP server, beside those under `/api/`. */
import type { Timed } from "./histogram.ts";
import type { FastifyInstance } from "fastify";
import type { Sight } from "../feed/index.ts";
import type { Admit } from "./routes.ts";
import type { Caller } from "./who.ts";

/** What the main server lends to such a room. */
export interface House {
  readonly admit: Admit;
  /** What a caller sees now; `undefined`: he may no longer look. */
  sightNow(caller: Caller): Sight | undefined;
}

export interface HttpRoom {
  addTo(server: FastifyInstance, house: House): void;
  /** What it has for `/metrics` now. */
  figures(): RoomFigures;
}

/** Labels, and what is counted under them. */
type Counted<Value> = readonly [labels: Readonly<Record<string, string>>, value: Value];

interface Figure<Value> {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Counted<Value>[];
}

/** Names and their order are the same each time. */
export interface RoomFigures {
  readonly counters: readonly Figure<number>[];
  readonly gauges: readonly Figure<number>[];
  readonly histograms: readonly Timed[];
}
