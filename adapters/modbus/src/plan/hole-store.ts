/**
 * Remembers for seven days what was learned of each device, so that a restart does not ask for every hole again. One
 * JSON file, replaced as a whole: a crash leaves the old one or the new one. A file that cannot be read is no reason
 * not to poll: what was learned is learned again.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { learnedSchema, NOTHING_LEARNED, type LearnedHoles } from "./learned.ts";

/** Who a device is: another one at the same address has other holes. */
export interface DeviceKey {
  /** Host and port, or the serial port. */
  readonly address: string;
  readonly unit: number;
  /** What the device says of itself, where it is asked; else empty. */
  readonly identification: string;
}

const KEPT_MS = 7 * 86_400_000;

const fileSchema = z.object({
  version: z.literal(1),
  devices: z.array(
    z.object({
      address: z.string(),
      unit: z.int(),
      identification: z.string(),
      learnedAtMs: z.number(),
      learned: learnedSchema,
    }),
  ),
});
type Entry = z.output<typeof fileSchema>["devices"][number];

/** What is remembered of all devices. */
export class HoleStore {
  readonly #path: string;
  readonly #now: () => number;
  readonly #entries: Map<string, Entry>;
  #saving: Promise<void> = Promise.resolve();

  private constructor(path: string, now: () => number, entries: readonly Entry[]) {
    this.#path = path;
    this.#now = now;
    this.#entries = new Map(entries.map((entry) => [keyOf(entry), entry]));
  }

  /** What the file at `path` says, or nothing. `now`: milliseconds since 1970 UTC. */
  static async open(path: string, now: () => number): Promise<HoleStore> {
    return new HoleStore(path, now, await entriesIn(path));
  }

  /** What is still remembered of a device. */
  recall(device: DeviceKey): LearnedHoles {
    const entry = this.#entries.get(keyOf(device));
    const isFresh = entry !== undefined && this.#now() - entry.learnedAtMs < KEPT_MS;
    return isFresh ? entry.learned : NOTHING_LEARNED;
  }

  /** Remembers and writes; resolves when it is on disk. One write at a time. */
  async remember(device: DeviceKey, learned: LearnedHoles): Promise<void> {
    this.#entries.set(keyOf(device), copyOf(device, learned, this.#now()));
    const before = this.#saving;
    const saved = this.#saveAfter(before);
    // Whoever waits for the next write does not fail for this one; this caller does.
    this.#saving = saved.catch(() => undefined);
    await saved;
  }

  async #saveAfter(before: Promise<void>): Promise<void> {
    await before;
    const now = this.#now();
    const devices = [...this.#entries.values()].filter(
      ({ learnedAtMs }) => now - learnedAtMs < KEPT_MS,
    );
    const next = `${this.#path}.new`;
    await writeFile(next, `${JSON.stringify({ version: 1, devices })}\n`, { flush: true });
    await rename(next, this.#path);
  }
}

async function entriesIn(path: string): Promise<readonly Entry[]> {
  try {
    const parsed = fileSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
    return parsed.success ? parsed.data.devices : [];
  } catch {
    // There is no such file yet, or it is no JSON: both mean that nothing is known.
    return [];
  }
}

function copyOf(device: DeviceKey, learned: LearnedHoles, learnedAtMs: number): Entry {
  const { address, unit, identification } = device;
  return { address, unit, identification, learnedAtMs, learned: learnedSchema.parse(learned) };
}

function keyOf({ address, unit, identification }: DeviceKey): string {
  return JSON.stringify([address, unit, identification]);
}
