/** Answers what a metric was worth from one time to another: its rows and the gaps between them, page by page. */
import { newColumns, type Columns } from "./columns.ts";
import { GapWeaver, type Gaps, type KnownGap } from "./gaps.ts";
import type { RowsAnswer, RowsQuestion } from "./questions.ts";
import { rowAt, stretches, type Damage, type ReadingTools } from "./reading.ts";
import { joined, part, RowCopy, type Piece, type Stretch } from "./rows.ts";
import type { Link, SeriesTable } from "./series.ts";
import { stepEnd, type Job } from "./transactions.ts";

export interface AnswerTools extends ReadingTools {
  readonly series: SeriesTable;
  readonly gaps: Gaps;
}

export function* answerRows(tools: AnswerTools, question: RowsQuestion): Job<RowsAnswer> {
  const links = tools.series.chain(question.metric);
  const damage: Damage = { blocks: 0 };
  const collected = new Collected(question.limit);
  for (const stretch of woven(tools, links, { ...question, damage })) {
    if (stretch === undefined) yield;
    else if (!collected.add(stretch)) break;
  }
  const { rows, origins } = collected.take();
  return {
    kind: "rows",
    isKnown: links.length > 0,
    rows,
    origins,
    datatypes: links.map(({ datatypeCode }) => datatypeCode),
    more: collected.isFull,
    damaged: damage.blocks,
  };
}

export interface WovenRange {
  readonly since: number;
  readonly until: number;
  /** `since` itself is not wanted. */
  readonly isNext: boolean;
  /** The row that held at `since` comes first, with its own time. */
  readonly withEdge: boolean;
  readonly damage: Damage;
}

/** The rows of a metric with its gaps; `undefined` whenever others should have their turn. */
export function* woven(
  tools: AnswerTools,
  links: readonly Link[],
  range: WovenRange,
): Generator<Stretch | undefined> {
  const { until, withEdge, isNext, damage } = range;
  const since = isNext ? justAfter(range.since) : range.since;
  const { weaver, edge } = begin(tools, links, range);
  if (withEdge && edge !== undefined && timeOf(edge) < range.since) yield stretchOf(edge);
  let isOver = stepEnd();
  for (const stretch of stretches(tools, links, { since, until, damage })) {
    yield weaver.weave(stretch);
    if (!isOver()) continue;
    yield undefined;
    isOver = stepEnd();
  }
  const last = weaver.end(until);
  if (last !== undefined) yield { rows: last, origins: undefined };
}

/** What held at the begin of the range, and what puts gaps between the rows. */
function begin(tools: AnswerTools, links: readonly Link[], range: WovenRange) {
  const { since, until, isNext, withEdge } = range;
  const nodes = links.map(({ node }) => node);
  const gaps = tools.gaps.touching(nodes, since, until);
  const edge = withEdge || gaps.length > 0 ? edgeOf(tools, links, since) : undefined;
  const before = edge && { time: timeOf(edge), received: edge.rows.received[0] ?? 0 };
  const isTold = ({ from }: KnownGap): boolean =>
    isNext && Math.max(from, (before?.time ?? from) + 1) <= since;
  const open = gaps.filter((gap) => !isTold(gap));
  return { weaver: new GapWeaver(open, before), edge };
}

function timeOf({ rows }: Piece): number {
  return rows.times[0] ?? 0;
}

function justAfter(time: number): number {
  return time + Number.EPSILON * Math.max(1, Math.abs(time));
}

/** The row that held at a time, of whichever name and datatype the metric had then. */
// oxlint-disable-next-line max-params -- `heldFresh`: what was found in one pass for many metrics
export function edgeOf(
  tools: AnswerTools,
  links: readonly Link[],
  time: number,
  heldFresh?: (series: number) => Piece | undefined,
): Piece | undefined {
  const found = links.flatMap((link, origin) => {
    const isNow = !Number.isFinite(link.before);
    const fresh =
      heldFresh !== undefined && isNow
        ? [heldFresh(link.series)].filter((piece) => piece !== undefined)
        : tools.fresh.pieces(link.series, 0);
    const stored = rowAt(tools, link, time);
    const pieces = stored === undefined ? fresh : [stored, ...fresh];
    const until = isNow ? time : Math.min(time, link.before - 1);
    const { rows } = joined(pieces, Number.NEGATIVE_INFINITY, until);
    if (rows.count === 0) return [];
    return [{ rows: part(rows, rows.count - 1, rows.count), origin, isSorted: true }];
  });
  return found.toSorted((a, b) => timeOf(b) - timeOf(a))[0];
}

function stretchOf({ rows, origin }: Piece): Stretch {
  return { rows, origins: Uint8Array.of(origin) };
}

/** Rows of several stretches, up to a limit, in columns of their own. */
class Collected {
  readonly #limit: number;
  readonly #stretches: Stretch[] = [];
  #size = 0;
  #isFull = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether there were more rows than the limit. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Whether more are wanted. */
  add({ rows, origins }: Stretch): boolean {
    const room = this.#limit - this.#size;
    this.#isFull = rows.count > room;
    const taken = Math.min(room, rows.count);
    if (taken > 0) this.#stretches.push({ rows: part(rows, 0, taken), origins });
    this.#size += taken;
    return !this.#isFull;
  }

  take(): Stretch {
    const hasOrigins = this.#stretches.some(({ origins }) => origins !== undefined);
    const origins = hasOrigins ? new Uint8Array(this.#size) : undefined;
    let at = 0;
    for (const stretch of this.#stretches) {
      const own = stretch.origins?.subarray(0, stretch.rows.count);
      if (own !== undefined) origins?.set(own, at);
      at += stretch.rows.count;
    }
    return {
      rows: together(
        this.#stretches.map(({ rows }) => rows),
        this.#size,
      ),
      origins,
    };
  }
}

/** Copies columns behind each other. */
function together(all: readonly Columns[], size: number): Columns {
  if (all.some(({ sides }) => sides.length > 0)) {
    const copy = new RowCopy(size);
    for (const rows of all) for (let row = 0; row < rows.count; row += 1) copy.add(rows, row);
    return copy.take();
  }
  const rows = newColumns(size);
  let at = 0;
  for (const one of all) {
    rows.times.set(one.times, at);
    rows.received.set(one.received, at);
    rows.numbers.set(one.numbers, at);
    rows.metas.set(one.metas, at);
    at += one.count;
  }
  return rows;
}
