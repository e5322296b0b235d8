/** How the memory of a process goes over time, and whether it grows. */
import { residentBytes } from "../broker/proc.ts";

const MEGABYTE = 1_048_576;
/** Of so many parts of the time the least counts: between two collections of garbage memory rises in any case. */
const WINDOWS = 8;

interface Sample {
  readonly minutes: number;
  readonly residentMb: number;
  /** Of the main thread. */
  readonly heapMb: number;
}

/** A straight line through samples. */
export interface Fit {
  readonly perMinute: number;
  /** Standard error of the slope: that much it may be off. */
  readonly error: number;
}

export class MemoryWatch {
  readonly samples: Sample[] = [];
  readonly #from = performance.now();
  readonly #pid: number;
  readonly #metricsPort: number;

  constructor(pid: number, metricsPort: number) {
    this.#pid = pid;
    this.#metricsPort = metricsPort;
  }

  async look(): Promise<Sample> {
    const text = await (await fetch(`http://127.0.0.1:${this.#metricsPort}/metrics`)).text();
    const heap = /^nodejs_heap_size_used_bytes (\S+)$/m.exec(text)?.[1];
    const sample = {
      minutes: (performance.now() - this.#from) / 60_000,
      residentMb: residentBytes(this.#pid) / MEGABYTE,
      heapMb: Number(heap) / MEGABYTE,
    };
    this.samples.push(sample);
    return sample;
  }

  /** Growth after a warm-up, by the least of each window; `undefined`: there are too few samples to say. */
  growth(warmUpMinutes: number, of: (sample: Sample) => number): Fit | undefined {
    const counted = this.samples.filter(({ minutes }) => minutes >= warmUpMinutes);
    const least: { readonly x: number; readonly y: number }[] = [];
    const size = Math.floor(counted.length / WINDOWS);
    if (size === 0) return undefined;
    for (let at = 0; at + size <= counted.length; at += size) {
      const window = counted.slice(at, at + size);
      const lowest = window.toSorted((a, b) => of(a) - of(b))[0];
      if (lowest !== undefined) least.push({ x: lowest.minutes, y: of(lowest) });
    }
    return fitted(least);
  }
}

/** Least squares. */
function fitted(points: readonly { readonly x: number; readonly y: number }[]): Fit {
  const { length } = points;
  const mean = (of: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  const slope = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread;
  const rest = points.reduce((sum, point) => sum + (point.y - y - slope * (point.x - x)) ** 2, 0);
  return { perMinute: slope, error: Math.sqrt(rest / (length - 2) / spread) };
}
