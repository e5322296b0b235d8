/** What became of one adapter and its devices, for those who ask why a value is old. Hears what the supervisor hears. */
import type { StoppedAdapter } from "../config/index.ts";
import { stoppedWords } from "./stopped-adapter.ts";
import type { FromThread } from "./thread-messages.ts";

/** A device of an adapter as it is now. Times are milliseconds since 1970 UTC. */
export interface DeviceAccount {
  readonly deviceId: string;
  readonly state: "alive" | "dead" | "silent";
  readonly since: number;
  /** What it died of, or what the adapter said last while it did not answer. */
  readonly lastError: string | undefined;
  /** How often it died since the hub started. */
  readonly deaths: number;
}

/** An adapter as it is now. Times are milliseconds since 1970 UTC. */
export interface AdapterAccount {
  readonly adapter: string;
  readonly protocol: string;
  readonly groupId: string;
  readonly edgeNodeId: string;
  /** `ended`: its thread ended and is about to be started again. `stopped`: somebody stopped it, and it stays so. */
  readonly state: "waiting" | "starting" | "running" | "ended" | "stopped";
  readonly since: number;
  /** Why its thread ended last. */
  readonly lastError: string | undefined;
  readonly restarts: number;
  readonly devices: readonly DeviceAccount[];
  /** Whether the configuration has no such device any more, as far as anybody knows. */
  readonly lacks: (deviceId: string) => boolean;
}

type Naming = Pick<AdapterAccount, "adapter" | "protocol" | "groupId" | "edgeNodeId">;
type State = {
  -readonly [Key in "state" | "since" | "lastError" | "restarts"]: AdapterAccount[Key];
};

export class AdapterStory {
  readonly #naming: Naming;
  readonly #now: () => number;
  readonly #devices = new Map<string, DeviceAccount>();
  /** All that the configuration names; `undefined`: nobody can say, or not yet. */
  #named: ReadonlySet<string> | undefined;
  readonly #left = new Set<string>();
  readonly #state: State;

  constructor(naming: Naming, now: () => number) {
    this.#naming = naming;
    this.#now = now;
    this.#state = { state: "waiting", since: now(), lastError: undefined, restarts: -1 };
  }

  get now(): AdapterAccount {
    const { restarts, ...state } = this.#state;
    const devices = [...this.#devices.values()];
    const lacks = (deviceId: string): boolean =>
      this.#left.has(deviceId) || this.#named?.has(deviceId) === false;
    return { ...this.#naming, ...state, restarts: Math.max(restarts, 0), devices, lacks };
  }

  /** It is not started until somebody wants it. */
  stopped(by: StoppedAdapter): void {
    this.#state.lastError = stoppedWords(by);
    this.#state.state = "stopped";
    this.#state.since = by.at ?? this.#now();
  }

  threadStarted(): void {
    this.#state.restarts += 1;
    this.#moveTo("starting");
  }

  threadEnded(because: string): void {
    this.#state.lastError = because;
    this.#moveTo("ended");
    for (const [deviceId, { state }] of this.#devices) {
      if (state === "alive") this.#died(deviceId, `its adapter ended: ${because}`);
    }
  }

  heard(message: FromThread): void {
    if (message.kind === "started") {
      this.#moveTo("running");
      this.configured(message.devices);
    } else if (message.kind === "born") this.#born(message.deviceId);
    else if (message.kind === "died") this.#died(message.deviceId, message.message);
    else if (message.kind === "log") this.#logged(message);
  }

  /** The configuration no longer has it. */
  left(deviceId: string): void {
    this.#devices.delete(deviceId);
    this.#left.add(deviceId);
  }

  /** All that the configuration names; the thread of one that it no longer names may have ended long before. */
  configured(devices: readonly string[] | undefined): void {
    this.#named = devices && new Set(devices);
    for (const deviceId of this.#named ?? []) this.#left.delete(deviceId);
    for (const deviceId of this.#devices.keys()) {
      if (this.#named?.has(deviceId) === false) this.#devices.delete(deviceId);
    }
  }

  #moveTo(state: State["state"]): void {
    this.#state.state = state;
    this.#state.since = this.#now();
  }

  #born(deviceId: string): void {
    const { lastError, deaths = 0 } = this.#devices.get(deviceId) ?? {};
    this.#left.delete(deviceId);
    this.#devices.set(deviceId, {
      deviceId,
      state: "alive",
      since: this.#now(),
      lastError,
      deaths,
    });
  }

  #died(deviceId: string, lastError: string): void {
    const deaths = (this.#devices.get(deviceId)?.deaths ?? 0) + 1;
    this.#devices.set(deviceId, { deviceId, state: "dead", since: this.#now(), lastError, deaths });
  }

  /** What an adapter logs about a device that is not alive says why. */
  #logged({ level, fields, message }: Extract<FromThread, { kind: "log" }>): void {
    if (level !== "warn" && level !== "error") return;
    const { device, cause, because } = textsOf(fields);
    if (device === undefined) return;
    const before = this.#devices.get(device);
    if (before?.state === "alive") return;
    const why = cause ?? because;
    const lastError = why === undefined ? message : `${message}: ${why}`;
    const { state = "silent", since = this.#now(), deaths = 0 } = before ?? {};
    this.#devices.set(device, { deviceId: device, state, since, lastError, deaths });
  }
}

function textsOf(fields: object): Readonly<Record<string, string | undefined>> {
  const texts = Object.entries(fields).filter((entry) => typeof entry[1] === "string");
  return Object.fromEntries(texts);
}
