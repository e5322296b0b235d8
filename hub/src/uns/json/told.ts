/** Report by exception: what each metric was worth when it was told last, so that the same is not told again. */
import type { MetricValue } from "@unshub/sparkplug";
import { QUALITY_CODES, valueJson, type TreeQuality } from "../../tree/index.ts";

/** Kinds of values, in the upper bits of a mark; the quality stands in the lower ones. */
const NUMBER = 0x10;
const TRUTH = 0x20;
const NOTHING = 0x30;
const TEXT = 0x40;
const NEVER = 0;

export class Told {
  #marks = new Uint8Array(1024);
  #numbers = new Float64Array(1024);
  /** Of values that are no numbers. */
  readonly #texts = new Map<number, string>();

  /** Whether this is news of a metric; it has been told then. */
  isNews(id: number, value: MetricValue, quality: TreeQuality): boolean {
    if (id >= this.#marks.length) this.#grow(id);
    const code = QUALITY_CODES[quality];
    if (typeof value === "number") return this.#isNewNumber(id, NUMBER | code, value);
    if (typeof value === "boolean") return this.#isNewNumber(id, TRUTH | code, Number(value));
    if (value === null) return this.#isNewNumber(id, NOTHING | code, 0);
    // A text is marked as one: after a birth with another datatype a number may have the same letters.
    const text = typeof value === "string" ? `"${value}` : JSON.stringify(valueJson(value));
    const isSame = this.#marks[id] === (TEXT | code) && this.#texts.get(id) === text;
    this.#marks[id] = TEXT | code;
    this.#texts.set(id, text);
    return !isSame;
  }

  /** It is told again, whatever it is. */
  forget(id: number): void {
    if (id < this.#marks.length) this.#marks[id] = NEVER;
    this.#texts.delete(id);
  }

  #isNewNumber(id: number, mark: number, value: number): boolean {
    if (this.#marks[id] === mark && Object.is(this.#numbers[id], value)) return false;
    if ((this.#marks[id] ?? NEVER) >= TEXT) this.#texts.delete(id);
    this.#marks[id] = mark;
    this.#numbers[id] = value;
    return true;
  }

  #grow(id: number): void {
    const size = Math.max(id + 1, this.#marks.length * 2);
    const marks = new Uint8Array(size);
    const numbers = new Float64Array(size);
    marks.set(this.#marks);
    numbers.set(this.#numbers);
    this.#marks = marks;
    this.#numbers = numbers;
  }
}
