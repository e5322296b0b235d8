/** Asks the server again and again how it is: its state and how well it serves. Whether it answers at all is the first finding. */
import type { ClientSession } from "node-opcua-client";
import { within } from "../deadline.ts";
import { OpcUaError, firstLine } from "../errors.ts";

/** How often the server is asked, and how long it may take to answer. */
export interface WatchTimes {
  readonly everyMs: number;
  readonly withinMs: number;
}

/** What a server says of itself. */
export interface ServerHealth {
  /** `Running`, `Suspended` and so on. */
  readonly state: string;
  /** 0 to 255; 200 and above is well. */
  readonly serviceLevel: number;
  /** When it was started, in ms since 1970 UTC. */
  readonly startedAt: number | undefined;
}

const VALUE = 13;
const STATE = "i=2259";
const SERVICE_LEVEL = "i=2267";
const START_TIME = "i=2257";
const STATES = [
  "Running",
  "Failed",
  "NoConfiguration",
  "Suspended",
  "Shutdown",
  "Test",
  "CommunicationFault",
  "Unknown",
];
const WELL = 255;

/** @throws {OpcUaError} LINK_LOST when there is no answer in time. */
export async function readHealth(session: ClientSession, withinMs: number): Promise<ServerHealth> {
  const late = (): OpcUaError => new OpcUaError("LINK_LOST", `no answer within ${withinMs} ms`);
  const asked = [STATE, SERVICE_LEVEL, START_TIME].map((nodeId) => ({
    nodeId,
    attributeId: VALUE,
  }));
  const found = await within({ ms: withinMs, late }, session.read(asked));
  const [state, level, startTime] = found.map(({ value }): unknown => value.value);
  return {
    state: STATES[Number(state ?? 0)] ?? "Unknown",
    serviceLevel: typeof level === "number" ? level : WELL,
    startedAt: startTime instanceof Date ? startTime.getTime() : undefined,
  };
}

/** Who is told. */
export interface WatchListener {
  health(health: ServerHealth): void;
  /** No answer, though it may be busy only. `askedAtMs`: by a clock that never goes back. */
  silent(why: string, askedAtMs: number): void;
}

/** Watches until it is stopped. */
export class ServerWatch {
  readonly #session: ClientSession;
  readonly #times: WatchTimes;
  readonly #listener: WatchListener;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(session: ClientSession, times: WatchTimes, listener: WatchListener) {
    this.#session = session;
    this.#times = times;
    this.#listener = listener;
    this.#later();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #later(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#ask(), this.#times.everyMs);
  }

  async #ask(): Promise<void> {
    const askedAtMs = performance.now();
    try {
      const health = await readHealth(this.#session, this.#times.withinMs);
      if (!this.#isStopped) this.#listener.health(health);
    } catch (cause) {
      if (!this.#isStopped) this.#listener.silent(firstLine(cause), askedAtMs);
    }
    this.#later();
  }
}
