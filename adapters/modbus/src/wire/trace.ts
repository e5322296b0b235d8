/** The protocol trace of a link: the last frames, with the tags behind them, for the engineer. Off until asked for. */
import type { TracedFrame } from "@unshub/adapter";
import { hasData, wordAt } from "./pdu.ts";

/** One frame as it is shown; its header in words is like `id 7 unit 1 read holding registers 100+10`. */
interface WireFrame extends TracedFrame {
  /** Why a received frame was thrown away. */
  readonly dropped?: string;
}

/** One frame as it is kept. */
interface Kept {
  readonly at: number;
  readonly direction: "sent" | "received";
  readonly bytes: Uint8Array;
  readonly tags: readonly string[];
  readonly dropped: string | undefined;
}

/** What is said of a frame beside its bytes. */
export interface FrameNote {
  readonly at: number;
  readonly tags?: readonly string[] | undefined;
  readonly dropped?: string;
}

const MOST_FRAMES = 1000;
/** Functions that have no count behind the address. */
const SINGLES = new Set([5, 6, 22]);
const FUNCTIONS = new Map([
  [1, "read coils"],
  [2, "read discrete inputs"],
  [3, "read holding registers"],
  [4, "read input registers"],
  [5, "write coil"],
  [6, "write register"],
  [15, "write coils"],
  [16, "write registers"],
  [22, "mask write register"],
  [23, "write and read registers"],
]);

/** A ring of the last 1 000 frames. */
export class FrameTrace {
  readonly #framing: "mbap" | "rtu";
  #isOn = false;
  #frames: Kept[] = [];
  #next = 0;

  constructor(framing: "mbap" | "rtu") {
    this.#framing = framing;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Begins anew. */
  switchOn(): void {
    this.#isOn = true;
    this.#frames = [];
    this.#next = 0;
  }

  /** What was kept stays readable. */
  switchOff(): void {
    this.#isOn = false;
  }

  /** Keeps a copy of a frame. Ask `isOn` before, so that nothing is made for nobody. */
  add(direction: "sent" | "received", bytes: Uint8Array, note: FrameNote): void {
    const { at, tags = [], dropped } = note;
    this.#frames[this.#next] = { at, direction, bytes: new Uint8Array(bytes), tags, dropped };
    this.#next = (this.#next + 1) % MOST_FRAMES;
  }

  /** The frames kept, oldest first. */
  frames(): readonly WireFrame[] {
    const inOrder = [...this.#frames.slice(this.#next), ...this.#frames.slice(0, this.#next)];
    return inOrder.map(({ at, direction, bytes, tags, dropped }) => ({
      at,
      direction,
      hex: Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" "),
      header: this.#headerOf(bytes, direction),
      tags,
      ...(dropped === undefined ? {} : { dropped }),
    }));
  }

  #headerOf(bytes: Uint8Array, direction: "sent" | "received"): string {
    if (this.#framing === "rtu") return unitAndPdu(bytes.subarray(0, -2), direction);
    return `id ${wordAt(bytes, 0)} ${unitAndPdu(bytes.subarray(6), direction)}`;
  }
}

function unitAndPdu(bytes: Uint8Array, direction: "sent" | "received"): string {
  const functionCode = bytes[1] ?? 0;
  const name = FUNCTIONS.get(functionCode & 0x7f) ?? `function ${functionCode & 0x7f}`;
  const head = `unit ${bytes[0]} ${name}`;
  if (functionCode & 0x80) return `${head}: exception ${bytes[2]}`;
  if (hasData(functionCode) && direction === "received") return `${head}: ${bytes[2]} bytes`;
  const first = wordAt(bytes, 2);
  return SINGLES.has(functionCode) ? `${head} ${first}` : `${head} ${first}+${wordAt(bytes, 4)}`;
}
