/**
 * A hydraulic press, simulated. It runs through its cycle in small steps of time and reacts to its setpoints with
 * the inertia of oil and steel. It knows no Modbus: `press-registers.ts` says which register shows what.
 */
import { approach, Chance } from "./chance.ts";

/** What the press is doing, by the number that its state register shows. */
export const PressState = {
  idle: 0,
  clamping: 1,
  pressing: 2,
  holding: 3,
  releasing: 4,
  fault: 5,
} as const;
export type PressState = (typeof PressState)[keyof typeof PressState];

/** Why the press stands still, by the number that its fault register shows. */
export const PressFault = { none: 0, overTemperature: 1, guardDoor: 2 } as const;
export type PressFault = (typeof PressFault)[keyof typeof PressFault];

/** How long a phase of the cycle lasts at full speed, in ms, and what follows. */
const PHASES: Readonly<
  Record<PressState, { readonly lastsMs: number; readonly next: PressState }>
> = {
  [PressState.idle]: { lastsMs: 500, next: PressState.clamping },
  [PressState.clamping]: { lastsMs: 400, next: PressState.pressing },
  [PressState.pressing]: { lastsMs: 900, next: PressState.holding },
  [PressState.holding]: { lastsMs: 600, next: PressState.releasing },
  [PressState.releasing]: { lastsMs: 500, next: PressState.idle },
  [PressState.fault]: { lastsMs: Infinity, next: PressState.idle },
};

const PROGRAMS = ["BRACKET-A12", "BRACKET-B07", "HOOD-LATCH-3"] as const;
const PARTS_PER_PROGRAM = 40;
const STROKE_MM = 320;
const TRIP_TEMPERATURE = 70;
const RESTART_TEMPERATURE = 66;
const MS_PER_HOUR = 3_600_000;

/** One press. Change the setpoints and `start` from outside; everything else is measured. */
export class PressLine {
  /** bar, 0 to 350. */
  pressureSetpoint = 180;
  /** % of full speed, 10 to 100. */
  speedSetpoint = 60;
  /** The start/stop switch. A press that is stopped ends its cycle first. */
  start = true;

  state: PressState = PressState.idle;
  fault: PressFault = PressFault.none;
  /** bar. */
  pressure = 8;
  /** mm from the upper end, 0 to 320. */
  ramPosition = 0;
  /** °C. */
  oilTemperature = 48;
  /** °C in the hall. */
  ambientTemperature = 22;
  /** A. */
  motorCurrent = 6;
  /** Hours with the pump on. */
  runningHours = 12_874.3;
  /** Wh. */
  energy = 48_213_907;
  parts = 0;
  rejects = 0;
  /** Strokes since the press was built. */
  strokes = 5_230_418;
  /** How long the last whole cycle took, in ms. */
  cycleTime = 0;
  program: string = PROGRAMS[0];

  readonly #chance: Chance;
  #phaseMs = 0;
  #cycleMs = 0;
  #faultMs = 0;
  #truePressure = 8;

  constructor(seed: number) {
    this.#chance = new Chance(seed);
  }

  /** Whether the pump is on. */
  get running(): boolean {
    return this.start && this.fault === PressFault.none;
  }

  get guardClosed(): boolean {
    return this.fault !== PressFault.guardDoor;
  }

  /** Lets `dtMs` pass; smooth for steps up to about 200 ms. */
  step(dtMs: number): void {
    this.#stepFault(dtMs);
    this.#stepCycle(dtMs);
    this.#stepHydraulics(dtMs);
    this.#stepWear(dtMs);
  }

  #stepFault(dtMs: number): void {
    if (this.fault !== PressFault.none) {
      this.#faultMs -= dtMs;
      const cool = this.oilTemperature < RESTART_TEMPERATURE;
      if (this.#faultMs <= 0 && cool) this.#recover();
      return;
    }
    if (this.oilTemperature > TRIP_TEMPERATURE) this.#fail(PressFault.overTemperature);
    else if (this.start && this.#chance.happens(dtMs, 180_000)) this.#fail(PressFault.guardDoor);
  }

  #fail(fault: PressFault): void {
    this.fault = fault;
    this.#faultMs = this.#chance.between(6_000, 12_000);
    this.#enter(PressState.fault);
  }

  #recover(): void {
    this.fault = PressFault.none;
    this.#cycleMs = 0;
    this.#enter(PressState.idle);
  }

  #enter(state: PressState): void {
    this.state = state;
    this.#phaseMs = 0;
  }

  #stepCycle(dtMs: number): void {
    const waitsForStart = this.state === PressState.idle && !this.start;
    if (this.state === PressState.fault || waitsForStart) return;
    this.#phaseMs += dtMs;
    this.#cycleMs += dtMs;
    const phase = PHASES[this.state];
    if (this.#phaseMs < phase.lastsMs * (100 / this.speedSetpoint)) return;
    if (this.state === PressState.releasing) this.#finishPart();
    this.#enter(phase.next);
  }

  #finishPart(): void {
    this.cycleTime = this.#cycleMs;
    this.#cycleMs = 0;
    this.strokes += 1;
    this.parts += 1;
    // Hot oil is thin: the press loses force, and more parts are bad.
    const rejectRate = this.oilTemperature > 64 ? 0.12 : 0.02;
    if (this.#chance.next() < rejectRate) this.rejects += 1;
    const program = PROGRAMS[Math.floor(this.parts / PARTS_PER_PROGRAM) % PROGRAMS.length];
    this.program = program ?? PROGRAMS[0];
  }

  #stepHydraulics(dtMs: number): void {
    const pushes = this.state === PressState.pressing || this.state === PressState.holding;
    const target = pushes ? this.pressureSetpoint : this.running ? 8 : 0;
    this.#truePressure = approach(this.#truePressure, target, dtMs, pushes ? 350 : 150);
    this.pressure = Math.max(0, this.#truePressure + this.#chance.noise(0.35));

    const down = pushes ? STROKE_MM : this.state === PressState.clamping ? 60 : 0;
    const ramTau = 250 * (100 / this.speedSetpoint);
    const stands = this.state === PressState.fault;
    this.ramPosition = stands ? this.ramPosition : approach(this.ramPosition, down, dtMs, ramTau);

    const load = this.running ? 6 + this.#truePressure * 0.14 + this.speedSetpoint * 0.05 : 0;
    const current = approach(this.motorCurrent, load, dtMs, 120);
    this.motorCurrent = Math.max(0, current + (this.running ? this.#chance.noise(0.15) : 0));
  }

  #stepWear(dtMs: number): void {
    const drift = this.#chance.noise(0.002);
    this.ambientTemperature = approach(this.ambientTemperature + drift, 22, dtMs, 600_000);
    const heated =
      this.ambientTemperature + 8 + this.speedSetpoint * 0.28 + this.pressureSetpoint * 0.045;
    const target = this.running ? heated : this.ambientTemperature;
    const tauMs = this.running ? 60_000 : 40_000;
    this.oilTemperature = approach(this.oilTemperature, target, dtMs, tauMs);
    if (!this.running) return;
    this.runningHours += dtMs / MS_PER_HOUR;
    this.energy += (this.motorCurrent * 400 * Math.sqrt(3) * 0.85 * dtMs) / MS_PER_HOUR;
  }
}
