/** Ways to read registers that fitted every time somebody looked at the display. */
import { scaledBy } from "../types/decode-all.ts";
import { rankReadings, type RankedReading } from "../types/index.ts";
import type { Look } from "./kept-case.ts";

/** One of them; `at` is the address, `value` what it gives now. */
export interface Suspect extends RankedReading {
  readonly value: number;
}

/** Ranked as the last look ranks them. */
export function suspectsOf(looks: readonly Look[]): readonly Suspect[] {
  const found = looks.map(suspectsOfOne);
  const last = found.at(-1) ?? [];
  const earlier = found.slice(0, -1).map((suspects) => new Set(suspects.map(keyOf)));
  return last.filter((suspect) => earlier.every((keys) => keys.has(keyOf(suspect))));
}

function suspectsOfOne({ parts, seen, tolerance }: Look): readonly Suspect[] {
  const ranked = parts.flatMap(({ start, data }) =>
    rankReadings(data, seen, tolerance).map((reading, rank) => ({ reading, rank, start })),
  );
  return ranked
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ reading, start }) => ({
      ...reading,
      at: start + reading.at,
      value: valueOf(reading),
    }));
}

function valueOf({ decoded, scale }: RankedReading): number {
  return decoded.kind === "good" ? scaledBy(Number(decoded.value), scale) : Number.NaN;
}

function keyOf({ at, type, byteOrder, scale, registers }: Suspect): string {
  return [at, type, byteOrder, scale, registers].join();
}
