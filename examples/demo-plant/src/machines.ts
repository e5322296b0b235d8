/** All machines of the plant and the tick that lets their time pass. */
import { CHILLER_REGISTERS, CHILLER_UNIT } from "./chiller-registers.ts";
import { Chiller } from "./chiller.ts";
import { PaintCell } from "./paint-cell.ts";
import { PressLine } from "./press-line.ts";
import { PRESS_REGISTERS, PRESS_UNIT } from "./press-registers.ts";
import { RegisterMemory } from "./registers.ts";
import type { ModbusUnits } from "./modbus-server.ts";

/** How often the machines move. */
export const TICK_MS = 100;

/** The simulated machines. They run on while a server is stopped, as real ones would. */
export class Machines {
  readonly paintCell: PaintCell;
  /** The memories that the Modbus server shows, by unit id. */
  readonly units: ModbusUnits;
  readonly #pressLine: PressLine;
  readonly #chiller: Chiller;

  constructor(seed: number) {
    this.#pressLine = new PressLine(seed);
    this.#chiller = new Chiller(seed + 1);
    this.paintCell = new PaintCell(seed + 2);
    this.units = new Map<number, RegisterMemory<PressLine> | RegisterMemory<Chiller>>([
      [PRESS_UNIT, new RegisterMemory(this.#pressLine, PRESS_REGISTERS)],
      [CHILLER_UNIT, new RegisterMemory(this.#chiller, CHILLER_REGISTERS)],
    ]);
  }

  /** Lets `dtMs` pass and shows the new values in the registers. */
  step(dtMs: number): void {
    this.#pressLine.step(dtMs);
    this.#chiller.step(dtMs, this.#pressLine.oilTemperature);
    this.paintCell.step(dtMs);
    for (const memory of this.units.values()) memory.refresh();
  }
}
