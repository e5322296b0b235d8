/** What a part of this bench found: lines of a table, and how they are judged. */

/** One line of the table. */
export interface ModbusFigure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What to reach, in words. */
  readonly target?: string;
  readonly reached?: boolean;
}

/** What every part is told. */
export interface ModbusOptions {
  readonly rounds: number;
  /** Of one round. */
  readonly seconds: number;
  /** Where our processes leave CPU profiles. */
  readonly profileFolder: string | undefined;
}

/** A figure without a target. */
export function figure(what: string, value: number, unit: string): ModbusFigure {
  return { what, value, unit };
}

export function atLeast(what: string, value: number, unit: string, least: number): ModbusFigure {
  return { what, value, unit, target: `≥ ${least}`, reached: value >= least };
}

export function atMost(what: string, value: number, unit: string, most: number): ModbusFigure {
  return { what, value, unit, target: `≤ ${most}`, reached: value <= most };
}

export function printModbus(figures: readonly ModbusFigure[]): void {
  for (const { what, value, unit, target, reached } of figures) {
    const verdict = reached === undefined ? "" : `  ${target}: ${reached ? "reached" : "MISSED"}`;
    const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 2;
    console.log(`  ${what.padEnd(66)}${value.toFixed(digits).padStart(9)} ${unit}${verdict}`);
  }
}

/** Says how far a part is that takes minutes. */
export function progress(text: string): void {
  console.log(`  … ${text}`);
}

/** The value in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** The value that `share` of all do not exceed; NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Options of Node that leave a CPU profile. */
export function profiling({ profileFolder }: ModbusOptions): readonly string[] {
  return profileFolder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`];
}
