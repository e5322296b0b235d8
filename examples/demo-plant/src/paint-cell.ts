/**
 * A paint and curing cell, simulated: three heated zones, a conveyor, a booth, batches of parts. It knows no OPC UA:
 * `paint-nodes.ts` says which node shows what.
 */
import { approach, Chance } from "./chance.ts";

/** What the cell is doing, by the number that its state node shows. */
export const PaintState = { stopped: 0, heating: 1, running: 2, fault: 3 } as const;
export type PaintState = (typeof PaintState)[keyof typeof PaintState];

const PARTS_PER_BATCH = 60;
/** Parts hang this far apart, in m. */
const PART_SPACING = 0.4;
/** A zone counts as hot within this many °C of its setpoint. */
const HOT_WITHIN = 8;
const MS_PER_MINUTE = 60_000;

/** One heated zone; `setpoint` in °C, 20 to 220. */
export class Zone {
  setpoint: number;
  /** °C, as the sensor shows it. */
  temperature: number;
  readonly #chance: Chance;
  #trueTemperature: number;

  constructor(setpoint: number, chance: Chance) {
    this.setpoint = setpoint;
    this.temperature = setpoint - 4;
    this.#trueTemperature = setpoint - 4;
    this.#chance = chance;
  }

  get hot(): boolean {
    return Math.abs(this.#trueTemperature - this.setpoint) < HOT_WITHIN;
  }

  /** Lets `dtMs` pass. `loss`: °C that open doors and cold parts take from the target. */
  step(dtMs: number, loss: number): void {
    const target = this.setpoint - loss;
    this.#trueTemperature = approach(this.#trueTemperature, target, dtMs, 30_000);
    this.temperature = this.#trueTemperature + this.#chance.noise(0.15);
  }
}

/** One cell. Change the setpoints and `enabled` from outside; everything else is measured. */
export class PaintCell {
  /** m/min, 0.5 to 6. */
  conveyorSetpoint = 2.4;
  enabled = true;
  readonly zones: readonly [preheat: Zone, cure: Zone, cool: Zone];

  state: PaintState = PaintState.heating;
  /** m/min. */
  conveyorSpeed = 0;
  /** % relative, in the booth. */
  humidity = 52;
  /** m³/h. */
  airflow = 4_200;
  /** l/min. */
  paintFlow = 0;
  doorOpen = false;
  /** Empty while all is well. */
  faultText = "";
  /** Parts of this batch. */
  batchParts = 0;
  /** Parts since the cell was built; a 64-bit counter. */
  totalParts = 9_007_912n;
  /** Milliseconds of simulated time since the start at which the last part left the cell. */
  lastPartAtMs = 0;

  readonly #chance: Chance;
  #batch = 1;
  #travel = 0;
  #faultMs = 0;
  #elapsedMs = 0;

  constructor(seed: number) {
    this.#chance = new Chance(seed);
    this.zones = [
      new Zone(80, this.#chance),
      new Zone(180, this.#chance),
      new Zone(45, this.#chance),
    ];
  }

  /** E.g. `PB-0007`. */
  get batchId(): string {
    return `PB-${String(this.#batch).padStart(4, "0")}`;
  }

  /** Lets `dtMs` pass; smooth for steps up to about 500 ms. */
  step(dtMs: number): void {
    this.#elapsedMs += dtMs;
    this.#stepFault(dtMs);
    this.#stepState();
    this.#stepConveyor(dtMs);
    this.#stepBooth(dtMs);
    const loss = (this.doorOpen ? 15 : 0) + this.conveyorSpeed * 0.4;
    for (const zone of this.zones) zone.step(dtMs, loss);
  }

  #stepFault(dtMs: number): void {
    if (this.faultText !== "") {
      this.#faultMs -= dtMs;
      if (this.#faultMs > 0) return;
      this.faultText = "";
      this.doorOpen = false;
    } else if (this.enabled && this.#chance.happens(dtMs, 240_000)) {
      this.#faultMs = this.#chance.between(5_000, 12_000);
      this.doorOpen = this.#chance.next() < 0.6;
      this.faultText = this.doorOpen ? "Booth door open" : "Conveyor overload";
    }
  }

  #stepState(): void {
    if (this.faultText !== "") this.state = PaintState.fault;
    else if (!this.enabled) this.state = PaintState.stopped;
    else if (this.state === PaintState.running) return;
    else
      this.state = this.zones.every((zone) => zone.hot) ? PaintState.running : PaintState.heating;
  }

  #stepConveyor(dtMs: number): void {
    const target = this.state === PaintState.running ? this.conveyorSetpoint : 0;
    this.conveyorSpeed = approach(this.conveyorSpeed, target, dtMs, 1_500);
    this.#travel += (this.conveyorSpeed * dtMs) / MS_PER_MINUTE;
    if (this.#travel < PART_SPACING) return;
    this.#travel -= PART_SPACING;
    this.#finishPart();
  }

  #finishPart(): void {
    this.totalParts += 1n;
    this.batchParts += 1;
    this.lastPartAtMs = this.#elapsedMs;
    if (this.batchParts < PARTS_PER_BATCH) return;
    this.#batch += 1;
    this.batchParts = 0;
  }

  #stepBooth(dtMs: number): void {
    const humid = this.doorOpen ? 61 : 52;
    this.humidity = approach(this.humidity, humid, dtMs, 20_000) + this.#chance.noise(0.03);
    const air = this.enabled ? (this.doorOpen ? 3_100 : 4_200) : 600;
    this.airflow = approach(this.airflow, air, dtMs, 3_000) + this.#chance.noise(4);
    const paint = this.state === PaintState.running ? this.conveyorSpeed * 0.35 : 0;
    this.paintFlow = approach(this.paintFlow, paint, dtMs, 800);
  }
}
