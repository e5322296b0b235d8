/** How the memory of a process goes over time, and whether it grows. */
import { WebSocket } from "ws";
import { residentBytes } from "../broker/proc.ts";

const MEGABYTE = 1_048_576;
/** Of so many parts of the time the least counts: what the other threads have put down is not collected here. */
const WINDOWS = 6;
/** Of Student's t with four degrees of freedom: 19 times out of 20 a slope is within so many standard errors. */
const SURE = 2.78;

interface Sample {
  readonly minutes: number;
  readonly residentMb: number;
  /** Of the main thread, right after its garbage was collected. */
  readonly heapMb: number;
}

/** A straight line through samples. */
export interface Fit {
  readonly perMinute: number;
  /** That much it may be off. */
  readonly error: number;
}

export class MemoryWatch {
  readonly samples: Sample[] = [];
  readonly #from = performance.now();
  readonly #pid: number;
  readonly #inspector: Inspector;

  private constructor(pid: number, inspector: Inspector) {
    this.#pid = pid;
    this.#inspector = inspector;
  }

  /** `inspectorPort`: where the process listens for a debugger. */
  static async open(pid: number, inspectorPort: number): Promise<MemoryWatch> {
    return new MemoryWatch(pid, await Inspector.open(inspectorPort));
  }

  /** Collects the garbage of the main thread, which stands still for some hundredths of a second, and looks. */
  async look(): Promise<Sample> {
    await this.#inspector.ask("HeapProfiler.collectGarbage");
    const heap = await this.#inspector.ask("Runtime.getHeapUsage");
    const sample = {
      minutes: (performance.now() - this.#from) / 60_000,
      residentMb: residentBytes(this.#pid) / MEGABYTE,
      heapMb: Number(Object(heap)["usedSize"]) / MEGABYTE,
    };
    this.samples.push(sample);
    return sample;
  }

  close(): void {
    this.#inspector.close();
  }

  /** Growth after a warm-up, by the least of each window; `undefined`: there are too few samples to say. */
  growth(warmUpMinutes: number, of: (sample: Sample) => number): Fit | undefined {
    const counted = this.samples.filter(({ minutes }) => minutes >= warmUpMinutes);
    const size = Math.floor(counted.length / WINDOWS);
    if (size === 0) return undefined;
    const least: Point[] = [];
    for (let at = 0; at + size <= counted.length; at += size) {
      const window = counted.slice(at, at + size);
      const lowest = window.toSorted((a, b) => of(a) - of(b))[0];
      if (lowest !== undefined) least.push({ x: lowest.minutes, y: of(lowest) });
    }
    return fitted(least);
  }
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Least squares. */
function fitted(points: readonly Point[]): Fit {
  const { length } = points;
  const mean = (of: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  const slope = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread;
  const rest = points.reduce((sum, point) => sum + (point.y - y - slope * (point.x - x)) ** 2, 0);
  return { perMinute: slope, error: SURE * Math.sqrt(rest / (length - 2) / spread) };
}

/** Asks a Node process in the words of its inspector. */
class Inspector {
  readonly #socket: WebSocket;
  readonly #asked = new Map<number, (result: unknown) => void>();
  #last = 0;

  static async open(port: number): Promise<Inspector> {
    const targets: unknown = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    const url: unknown = Array.isArray(targets) ? Object(targets[0])["webSocketDebuggerUrl"] : "";
    const socket = new WebSocket(String(url), { perMessageDeflate: false });
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return new Inspector(socket);
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      const answer: unknown = JSON.parse(Buffer.isBuffer(data) ? data.toString() : "{}");
      const { id, result } = { id: 0, result: undefined, ...Object(answer) };
      this.#asked.get(Number(id))?.(result);
      this.#asked.delete(Number(id));
    });
  }

  ask(method: string): Promise<unknown> {
    this.#last += 1;
    const id = this.#last;
    this.#socket.send(JSON.stringify({ id, method }));
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
    });
  }

  close(): void {
    this.#socket.close();
  }
}
