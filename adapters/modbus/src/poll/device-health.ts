/** Whether a device answers: what it counts, and when it counts as failing, silent or dead. */
import type { DeviceConfig } from "../config/config.ts";
import type { WireResult } from "../wire/index.ts";
import { DeviceFigures } from "./device-figures.ts";

export class DeviceHealth {
  readonly figures = new DeviceFigures();
  readonly #config: Pick<DeviceConfig, "demoteAfter" | "offlineAfter">;
  #timeoutsInARow = 0;
  #failedPolls = 0;

  constructor(config: Pick<DeviceConfig, "demoteAfter" | "offlineAfter">) {
    this.#config = config;
  }

  /** So many requests in a row were not answered that it is asked rarely. */
  get isSilent(): boolean {
    return this.#timeoutsInARow >= this.#config.demoteAfter;
  }

  /** The last poll was not answered at all. */
  get isFailing(): boolean {
    return this.#failedPolls > 0;
  }

  get failedPolls(): number {
    return this.#failedPolls;
  }

  /** So many polls in a row were not answered that it counts as dead. */
  get isDead(): boolean {
    return this.#failedPolls >= this.#config.offlineAfter;
  }

  answered(result: WireResult): void {
    this.#timeoutsInARow = 0;
    if (result.kind === "exception") this.figures.exceptions += 1;
    if ("rttMs" in result) this.figures.answered(result.rttMs);
  }

  timedOut(): void {
    this.#timeoutsInARow += 1;
    this.figures.timeouts += 1;
  }

  /** The gateway knows no such unit: there is no use in asking often. */
  noUnit(): void {
    this.figures.exceptions += 1;
    this.#timeoutsInARow = Math.max(this.#timeoutsInARow + 1, this.#config.demoteAfter);
  }

  /** What came of a request that is no poll. */
  heard(result: WireResult): void {
    if (isAnswer(result)) this.answered(result);
    else if (result.kind === "exception" && result.code === GATEWAY_NO_PATH) this.noUnit();
    else if (result.kind !== "linkDown") this.timedOut();
  }

  pollAnswered(): void {
    this.#failedPolls = 0;
  }

  pollFailed(): void {
    this.#failedPolls += 1;
  }

  /** It was born. */
  reset(): void {
    this.#timeoutsInARow = 0;
    this.#failedPolls = 0;
  }
}

const GATEWAY_NO_PATH = 10;
const GATEWAY_SILENT = 11;

/** Whether the unit itself said something. */
export function isAnswer(result: WireResult): boolean {
  if (result.kind === "exception") {
    return result.code !== GATEWAY_NO_PATH && result.code !== GATEWAY_SILENT;
  }
  return result.kind === "data" || result.kind === "written";
}
