/**
 * The values as the server sent them, before anything was made of them. They are kept only of items at which somebody
 * looks, so that nobody else pays for it: while there are none, a value costs one comparison.
 */
import type { RawLook } from "@unshub/adapter";
import type { DataValue, StatusCode } from "node-opcua-client";
import { builtInType } from "../built-in-types.ts";
import { jsonText } from "./json-text.ts";
import { fromRaw } from "./scalar.ts";
import { nameOf } from "./status.ts";

/** Who looks asks more often. */
const FORGOTTEN_AFTER_MS = 10_000;
/** At more items nobody looks at once. */
const MOST_ITEMS = 1000;
const MOST_ELEMENTS = 16;
const MOST_BYTES = 64;
const LONGEST_TEXT = 200;
const BOOLEAN = 1;
const DATE_TIME = 13;
const BYTE_STRING = 15;

interface Kept {
  readonly type: number;
  readonly isList: boolean;
  readonly value: unknown;
  readonly status: { readonly code: number; readonly name: string };
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
}

/** What is said of one value; who shows it adds the tag. */
export type RawValue = Pick<RawLook, "raw" | "type" | "status" | "at">;

const GOOD = { code: 0, name: "Good" };
/** Types that are no single value, by their numbers in the standard. */
const OTHER_TYPES: ReadonlyMap<number, string> = new Map([
  [22, "ExtensionObject"],
  [23, "DataValue"],
  [24, "Variant"],
  [25, "DiagnosticInfo"],
]);

export class RawValues {
  readonly #kept = new Map<number, Kept>();
  /** When each was last asked for, by the clock of this process. */
  readonly #askedAtMs = new Map<number, number>();
  #forgetting: NodeJS.Timeout | undefined;
  /** Whether anybody looks at anything. */
  isOn = false;

  /** Keeps what comes of these items for some seconds from now on. Answers those of which nothing came yet. */
  watch(items: readonly number[]): readonly number[] {
    const nowMs = performance.now();
    for (const item of items) {
      if (this.#askedAtMs.size < MOST_ITEMS || this.#askedAtMs.has(item))
        this.#askedAtMs.set(item, nowMs);
    }
    this.isOn = this.#askedAtMs.size > 0;
    if (this.isOn && this.#forgetting === undefined) this.#forgetting = this.#forgetLater();
    return items.filter((item) => this.#askedAtMs.has(item) && !this.#kept.has(item));
  }

  keep(item: number, { value: variant, statusCode }: DataValue, at: number): void {
    if (!this.#askedAtMs.has(item)) return;
    const {
      dataType: type,
      arrayType,
      value,
    }: { dataType: number; arrayType: number; value: unknown } = variant;
    this.#kept.set(item, {
      type,
      isList: arrayType !== 0,
      value,
      status: statusOf(statusCode),
      at,
    });
  }

  /** What was read because nothing had come yet. It may be older than what has come meanwhile. */
  keepRead(item: number, data: DataValue, at: number): void {
    if (!this.#kept.has(item)) this.keep(item, data, at);
  }

  /** A plain good number of the built-in type `type`; Boolean as 0 and 1, DateTime in ms since 1970 UTC. */
  keepNumber(
    item: number,
    { type, value }: { readonly type: number; readonly value: number },
    at: number,
  ): void {
    if (!this.#askedAtMs.has(item)) return;
    this.#kept.set(item, { type, isList: false, value: asSent(type, value), status: GOOD, at });
  }

  /** `undefined`: nothing came yet. */
  get(item: number): RawValue | undefined {
    const kept = this.#kept.get(item);
    if (kept === undefined) return undefined;
    const { type, isList, status, at } = kept;
    const name = builtInType(type)?.name ?? OTHER_TYPES.get(type);
    return {
      raw: rawText(kept),
      ...(name !== undefined && { type: `${name}${isList ? "[]" : ""}` }),
      status,
      at,
    };
  }

  #forgetLater(): NodeJS.Timeout {
    return setTimeout(() => {
      const nowMs = performance.now();
      for (const [item, askedAtMs] of this.#askedAtMs) {
        if (nowMs - askedAtMs < FORGOTTEN_AFTER_MS) continue;
        this.#askedAtMs.delete(item);
        this.#kept.delete(item);
      }
      this.isOn = this.#askedAtMs.size > 0;
      this.#forgetting = this.isOn ? this.#forgetLater() : undefined;
    }, FORGOTTEN_AFTER_MS).unref();
  }
}

function asSent(type: number, value: number): unknown {
  if (type === BOOLEAN) return value !== 0;
  return type === DATE_TIME ? new Date(value) : value;
}

function statusOf(status: StatusCode): Kept["status"] {
  return status.value === 0 ? GOOD : { code: status.value >>> 0, name: nameOf(status) };
}

function rawText({ type, isList, value }: Kept): string {
  if (value === null || value === undefined) return "null";
  if (!isList || !isElements(value)) return scalarText(type, value);
  const first = Array.from({ length: Math.min(value.length, MOST_ELEMENTS) }, (_, at) =>
    scalarText(type, value[at]),
  );
  const isLonger = value.length > MOST_ELEMENTS;
  return `[${[...first, ...(isLonger ? ["…"] : [])].join(", ")}]`;
}

/** Also of typed arrays. */
function isElements(value: unknown): value is ArrayLike<unknown> {
  return typeof value === "object" && value !== null && "length" in value;
}

function scalarText(type: number, value: unknown): string {
  if (type === BYTE_STRING && value instanceof Uint8Array) return hexText(value);
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return cut(value);
  const known = builtInType(type);
  const whole = known && fromRaw(value, known, { allowNan: true, maxBytes: LONGEST_TEXT });
  if (whole !== undefined && "value" in whole && typeof whole.value !== "object")
    return cut(String(whole.value));
  return cut(jsonText(value));
}

function hexText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(0, MOST_BYTES)).toString("hex").toUpperCase();
  const spaced = hex.replaceAll(/(?<=^(?:..)+)(?=.)/g, " ");
  return bytes.length > MOST_BYTES ? `${spaced} …` : spaced;
}

function cut(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}
