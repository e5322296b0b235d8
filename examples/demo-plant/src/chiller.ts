/** A small water chiller that cools the oil of the press hall, simulated. It knows no Modbus. */
import { approach, Chance } from "./chance.ts";

/** One chiller. Change `setpoint` and `enabled` from outside; everything else is measured. */
export class Chiller {
  /** Supply water, °C, 5 to 25. */
  setpoint = 12;
  enabled = true;

  /** °C. */
  supplyTemperature = 14;
  /** °C. */
  returnTemperature = 18;
  /** l/min. */
  flow = 0;
  /** % of the compressor's capacity. */
  load = 0;

  readonly #chance: Chance;
  #supply = 14;
  #return = 18;
  #flow = 0;

  constructor(seed: number) {
    this.#chance = new Chance(seed);
  }

  get pumpRunning(): boolean {
    return this.enabled;
  }

  /** Lets `dtMs` pass; `heat` is the temperature in °C of the oil that is to be cooled. */
  step(dtMs: number, heat: number): void {
    this.#flow = approach(this.#flow, this.enabled ? 42 : 0, dtMs, 2_000);
    this.#supply = approach(this.#supply, this.enabled ? this.setpoint : 22, dtMs, 25_000);
    const warmUp = this.enabled ? (heat - 20) * 0.15 : 0;
    this.#return = approach(this.#return, this.#supply + warmUp, dtMs, 8_000);

    this.flow = Math.max(0, this.#flow + (this.enabled ? this.#chance.noise(0.2) : 0));
    this.supplyTemperature = this.#supply + this.#chance.noise(0.03);
    this.returnTemperature = this.#return + this.#chance.noise(0.03);
    const asked = (this.#return - this.setpoint) * 9;
    this.load = this.enabled ? Math.min(100, Math.max(0, asked)) : 0;
  }
}
