/** Values made from JSON Schema by a seed: most of them fit, some do not, some mean harm. The same seed, the same values. */
import { seeded } from "./seeded.ts";

type Json = Readonly<Record<string, unknown>>;

/** Texts that have broken programs before. */
const HOSTILE: readonly string[] = [
  "",
  " ",
  "\u0000",
  "%00",
  "../../etc/passwd",
  "..%2F..%2Fetc%2Fpasswd",
  "__proto__",
  "constructor",
  "toString",
  "\u202e\u200b",
  "\ud800",
  "'; DROP TABLE users; --",
  "<script>alert(1)</script>",
  "${env:HOME}",
  "${file:/etc/passwd}",
  "{{7*7}}",
  "#",
  "+/+/#",
  "spBv1.0/#",
  "a/b/c",
  "null",
  "NaN",
  "-0",
  "1e400",
  "9223372036854775808",
  "2026-02-30T25:61:61Z",
  "x".repeat(3000),
  "ä".repeat(500),
  "/".repeat(300),
];

const NUMBERS: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  255,
  256,
  65_536,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  2 ** 63,
  1e308,
  -1e308,
  5e-324,
];

export class SchemaFuzz {
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly #words: readonly string[];
  readonly #definitions: Json;

  /** `words`: names of things that are there. `definitions`: what `#/…` points into. */
  constructor(seed: number, words: readonly string[], definitions: Json = {}) {
    this.random = seeded(seed);
    this.#words = words;
    this.#definitions = definitions;
  }

  isTrue(chance: number): boolean {
    return this.random() < chance;
  }

  pick<Item>(items: readonly Item[], otherwise: Item): Item {
    return items[Math.floor(this.random() * items.length)] ?? otherwise;
  }

  /** A value for a schema; one in six does not fit. */
  value(schema: unknown, depth = 0): unknown {
    if (!isJson(schema) || depth > 6) return this.anything(depth);
    if (this.isTrue(1 / 6)) return this.anything(depth);
    const { $ref, const: only, enum: choices } = schema;
    if (typeof $ref === "string") return this.value(this.#resolved($ref), depth + 1);
    if (only !== undefined) return only;
    if (Array.isArray(choices)) return this.pick<unknown>(choices, null);
    const parts = [schema["anyOf"], schema["oneOf"], schema["allOf"]].find(Array.isArray);
    if (parts !== undefined) return this.value(this.pick<unknown>(parts, {}), depth + 1);
    return this.#typed(schema, depth);
  }

  /** A text as it may stand in a path or a question. */
  text(): string {
    return this.isTrue(0.6) ? this.pick(this.#words, "word") : this.pick(HOSTILE, "");
  }

  /** Anything at all. */
  anything(depth = 0): unknown {
    const kinds = depth > 3 ? 5 : 7;
    switch (Math.floor(this.random() * kinds)) {
      case 0:
        return null;
      case 1:
        return this.isTrue(0.5);
      case 2:
        return this.pick(NUMBERS, 0);
      case 3:
        return this.text();
      case 4:
        return this.random() * 1000;
      case 5:
        return Array.from({ length: Math.floor(this.random() * 4) }, () =>
          this.anything(depth + 1),
        );
      default:
        return Object.fromEntries([
          [this.text(), this.anything(depth + 1)],
          [this.text(), this.anything(depth + 1)],
        ]);
    }
  }

  #typed(schema: Json, depth: number): unknown {
    const { type } = schema;
    const one: unknown = Array.isArray(type) ? this.pick<unknown>(type, "null") : type;
    switch (one) {
      case "string":
        return schema["format"] === "date-time" ? "2026-01-02T03:04:05Z" : this.text();
      case "integer":
      case "number":
        return this.#number(schema, one);
      case "boolean":
        return this.isTrue(0.5);
      case "null":
        return null;
      case "array":
        return Array.from({ length: Math.floor(this.random() * 4) }, () =>
          this.value(schema["items"], depth + 1),
        );
      case "object":
        return this.#object(schema, depth);
      default:
        return this.anything(depth);
    }
  }

  #number({ minimum, maximum }: Json, type: string): number {
    const [low, high] = [numberOr(minimum, -1000), numberOr(maximum, 1e6)];
    if (this.isTrue(0.2)) return this.pick([low, high, low - 1, high + 1, ...NUMBERS], 0);
    const between = low + this.random() * (Math.min(high, low + 1e6) - low);
    return type === "integer" ? Math.floor(between) : between;
  }

  #object({ properties, required, additionalProperties }: Json, depth: number): Json {
    const needed = Array.isArray(required) ? required : [];
    const known = Object.entries(isJson(properties) ? properties : {}).flatMap(([name, schema]) => {
      const isThere = needed.includes(name) ? !this.isTrue(0.05) : this.isTrue(0.5);
      return isThere ? [[name, this.value(schema, depth + 1)] as const] : [];
    });
    const more = isJson(additionalProperties) || this.isTrue(0.05);
    return Object.fromEntries([
      ...known,
      ...(more ? [[this.text(), this.value(additionalProperties, depth + 1)] as const] : []),
    ]);
  }

  #resolved(ref: string): unknown {
    let at: unknown = this.#definitions;
    for (const step of ref.replace(/^#\//, "").split("/")) at = isJson(at) ? at[step] : undefined;
    return at;
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
