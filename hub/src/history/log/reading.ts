/**
 * Reads the rows of one metric from blocks and from what is fresh, in order of time: what overlaps in time is read
 * together, so that late rows come at their own time, and the rest block after block.
 */
import type { Fresh } from "./fresh.ts";
import type { Parts } from "./parts.ts";
import { blockEnds, joined, part, type Piece, type Stretch } from "./rows.ts";
import type { Link } from "./series.ts";
import { sorted } from "./sorted.ts";

export interface ReadingTools {
  readonly fresh: Fresh;
  readonly parts: Parts;
}

/** Something with rows that is decoded when its turn comes. */
interface Source {
  readonly first: number;
  readonly last: number;
  /** Later ones hold. */
  readonly order: number;
  read(): Piece | undefined;
}

/** What was found damaged while reading. */
export interface Damage {
  blocks: number;
}

/** The rows of a metric from `since` to `until`, both included, in stretches. */
export function* stretches(
  tools: ReadingTools,
  links: readonly Link[],
  range: { readonly since: number; readonly until: number; readonly damage: Damage },
): Generator<Stretch> {
  const { since, until } = range;
  const sources = sourcesOf(tools, links, range).toSorted((a, b) => a.first - b.first);
  let group: Source[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const source of sources) {
    if (source.first > last && group.length > 0) {
      yield read(group, since, until);
      group = [];
    }
    group.push(source);
    last = Math.max(last, source.last);
  }
  if (group.length > 0) yield read(group, since, until);
}

function read(group: readonly Source[], since: number, until: number): Stretch {
  const pieces = group
    .toSorted((a, b) => a.order - b.order)
    .flatMap((source) => source.read() ?? []);
  return joined(pieces, since, until);
}

function sourcesOf(
  { fresh, parts }: ReadingTools,
  links: readonly Link[],
  { since, until, damage }: { since: number; until: number; damage: Damage },
): Source[] {
  const sources: Source[] = [];
  for (const [origin, { series, before }] of links.entries()) {
    if (since >= before) continue;
    const clip = (piece: Piece): Piece =>
      Number.isFinite(before) ? { ...piece, rows: clipped(piece, before) } : piece;
    for (const [order, { id: partId, first, last }] of parts.all.entries()) {
      if (first > until || last < since) continue;
      for (const place of parts.places(partId, series, since, until)) {
        const block = (): Piece | undefined => {
          const rows = parts.block(place.id);
          if (rows === undefined) damage.blocks += 1;
          return rows && clip({ rows, origin, isSorted: true });
        };
        sources.push({ first: place.first, last: place.last, order, read: block });
      }
    }
    for (const piece of freshPieces(fresh, series)) {
      const source = clip({ rows: piece, origin, isSorted: true });
      const [first = 0, last = 0] = [piece.times[0], piece.times.at(-1)];
      if (first > until || last < since) continue;
      sources.push({ first, last, order: Number.MAX_SAFE_INTEGER, read: () => source });
    }
  }
  return sources;
}

/** Rows of the old name end where the new one begins. */
function clipped({ rows }: Piece, before: number) {
  const own = joined([{ rows, origin: 0, isSorted: true }], -Infinity, before).rows;
  return own.times.at(-1) === before ? part(own, 0, own.count - 1) : own;
}

/** The fresh rows of a series in order of time, parted like blocks. */
function freshPieces(fresh: Fresh, series: number) {
  const arrived = fresh.pieces(series, 0);
  if (arrived.length === 0) return [];
  const rows = sorted(joined(arrived, -Infinity, Infinity).rows);
  let begin = 0;
  return blockEnds(rows).map((end) => {
    const piece = part(rows, begin, end);
    begin = end;
    return piece;
  });
}

/** The last row of a series at or before a time; `undefined`: there is none. */
export function rowAt(
  { parts }: Pick<ReadingTools, "parts">,
  link: Link,
  time: number,
): Piece | undefined {
  const until = Math.min(time, justBefore(link.before));
  let best: Piece | undefined;
  const candidates = parts.all.filter(({ first }) => first <= until);
  for (const { id, last } of candidates.toSorted((a, b) => b.last - a.last)) {
    const bestTime = best?.rows.times[0] ?? Number.NEGATIVE_INFINITY;
    if (last < bestTime) break;
    const place = parts.lastPlace(id, link.series, until);
    if (place === undefined) continue;
    const block = parts.block(place.id);
    if (block === undefined) continue;
    const { rows } = joined([{ rows: block, origin: 0, isSorted: true }], -Infinity, until);
    const found = part(rows, rows.count - 1, rows.count);
    if (found.count === 1 && (found.times[0] ?? 0) >= bestTime)
      best = { rows: found, origin: 0, isSorted: true };
  }
  return best;
}

function justBefore(time: number): number {
  return Number.isFinite(time) ? time - 1 : time;
}
