/**
 * Where somebody is in the bytes of a payload, how much of it there may be, and what is wrong there: every broken input
 * ends in a `SparkplugError` that tells the byte where the field at fault begins and the path to it.
 */
import { SparkplugError, type SparkplugErrorCode } from "./errors.ts";
import { DEFAULT_LIMITS, type DecodeLimits } from "./wire-limits.ts";
import { pathAt } from "./wire-path.ts";

const NOTHING = new Uint8Array(0);

export class WireCursor {
  bytes: Uint8Array = NOTHING;
  /** The next byte to read. */
  pos = 0;
  /** Where the field that is being read begins. */
  at = 0;
  limits: DecodeLimits = DEFAULT_LIMITS;
  /** The path to the bytes themselves: `body` when they were inflated. */
  #prefix = "";
  #depth = 0;
  /** So many of what `maxItems` counts were read. */
  items = 0;

  /**
   * Begins with other bytes. `prefix`: the path to them.
   * @throws {SparkplugError} PAYLOAD_TOO_LARGE, PAYLOAD_MALFORMED when they are no bytes at all
   */
  open(bytes: Uint8Array, limits: DecodeLimits, prefix = ""): void {
    this.bytes = isBytes(bytes) ? bytes : NOTHING;
    this.pos = 0;
    this.at = 0;
    this.limits = limits;
    this.#prefix = prefix;
    this.#depth = 0;
    this.items = 0;
    if (this.bytes !== bytes) this.malformed("no Uint8Array");
    if (bytes.length > limits.maxBytes)
      this.tooLarge(`${bytes.length} bytes, at most ${limits.maxBytes}`);
  }

  /** Goes to what was found before. What is wrong with the whole of it is told of the length before it. */
  to(pos: number): this {
    this.pos = pos;
    this.at = pos - 1;
    return this;
  }

  /** Says that the message which ends at `end` was read whole. */
  finish(end: number): void {
    if (this.pos !== end) this.malformed("a field reaches beyond its message");
  }

  /** So many more of what `maxItems` counts. */
  count(more = 1): void {
    this.items += more;
    if (this.items > this.limits.maxItems) this.tooLarge(`more than ${this.limits.maxItems} items`);
  }

  /** One level deeper; `leave` goes up again. */
  enter(): void {
    this.#depth += 1;
    if (this.#depth > this.limits.maxDepth) {
      this.tooLarge(`nested deeper than ${this.limits.maxDepth} levels`);
    }
  }

  leave(): void {
    this.#depth -= 1;
  }

  /** Up to the metrics of the payload, wherever an error that somebody caught had left off. */
  surface(): void {
    this.#depth = 0;
  }

  malformed(what: string, cause?: unknown): never {
    throw this.#error("PAYLOAD_MALFORMED", what, cause);
  }

  tooLarge(what: string): never {
    throw this.#error("PAYLOAD_TOO_LARGE", what);
  }

  #error(code: SparkplugErrorCode, what: string, cause?: unknown): SparkplugError {
    const offset = this.at;
    const path = [this.#prefix, pathAt(this.bytes, offset)].filter((part) => part !== "").join(".");
    const where = path === "" ? `byte ${offset}` : `byte ${offset}, ${path}`;
    const options = cause === undefined ? {} : { cause };
    return new SparkplugError(code, `not a Sparkplug payload: ${what} (${where})`, {
      ...options,
      place: { offset, path },
    });
  }
}

/** An ArrayBuffer, as browsers hand out, would pass for an empty payload. */
function isBytes(bytes: unknown): boolean {
  return (
    typeof bytes === "object" &&
    bytes !== null &&
    "BYTES_PER_ELEMENT" in bytes &&
    bytes.BYTES_PER_ELEMENT === 1
  );
}
