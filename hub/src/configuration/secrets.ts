/**
 * Which secrets of a configuration are others than they were. Of each a fingerprint is kept, made with a key that ends with
 * the process: neither a plan nor a file shows anything of the secret itself.
 */
import { createHmac, randomBytes } from "node:crypto";
import { Secret } from "@unshub/adapter";
import type { HubConfig } from "../config/index.ts";

export interface SecretChange {
  /** Where it stands: `sinks.influx.password`. */
  readonly key: string;
  /** `content`: the file or variable that is named has another one; it is read at the next connection. */
  readonly change: "named otherwise" | "content";
}

interface Print {
  readonly secret: Secret;
  /** `undefined`: it could not be read. */
  readonly mac: string | undefined;
}

const KEY = randomBytes(32);

/** The secrets of a configuration as they are now. Those of adapters are read by their threads and are not looked at. */
export class SecretPrints {
  readonly #prints: ReadonlyMap<string, Print>;

  constructor(config: HubConfig) {
    this.#prints = new Map(
      Array.from(secretsIn(config), ([key, secret]) => [key, printOf(secret)]),
    );
  }

  /** Those that stand in `next`, too, and are others there. */
  changedIn(next: HubConfig): readonly SecretChange[] {
    return Array.from(secretsIn(next)).flatMap(([key, secret]): readonly SecretChange[] => {
      const before = this.#prints.get(key);
      if (before === undefined) return [];
      if (!before.secret.equals(secret)) return [{ key, change: "named otherwise" }];
      return before.mac === printOf(secret).mac ? [] : [{ key, change: "content" }];
    });
  }
}

/** Whether both name the same secrets in the same places. */
export function namesSame(before: unknown, after: unknown): boolean {
  const known = new Map(secretsIn(before));
  return Array.from(secretsIn(after)).every(
    ([key, secret]) => known.get(key)?.equals(secret) !== false,
  );
}

function printOf(secret: Secret): Print {
  try {
    return { secret, mac: createHmac("sha256", KEY).update(secret.read()).digest("base64") };
  } catch {
    return { secret, mac: undefined };
  }
}

function* secretsIn(value: unknown, path: readonly string[] = []): Generator<[string, Secret]> {
  if (value instanceof Secret) yield [path.join("."), value];
  else if (Array.isArray(value)) {
    for (const [at, one] of value.entries())
      yield* secretsIn(one, [...path, nameOf(one) ?? `${at}`]);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, one] of Object.entries(value)) {
      if (path.length > 0 || key !== "adapters") yield* secretsIn(one, [...path, key]);
    }
  }
}

function nameOf(entry: unknown): string | undefined {
  const isNamed = typeof entry === "object" && entry !== null && "name" in entry;
  return isNamed && typeof entry.name === "string" ? entry.name : undefined;
}
