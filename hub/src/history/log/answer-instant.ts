/** What all metrics below a path were worth at one or two instants, page by page. */
import { edgeOf, type AnswerTools } from "./answer-rows.ts";
import { gapRow } from "./gaps.ts";
import type { InstantAnswer, InstantMetric, InstantQuestion } from "./questions.ts";
import { RowCopy, type Piece } from "./rows.ts";
import type { Link, SeriesTable } from "./series.ts";
import { stepEnd, type Job } from "./transactions.ts";

export function* answerInstant(tools: AnswerTools, question: InstantQuestion): Job<InstantAnswer> {
  const { names, more } = pageOf(tools.series, question);
  const copy = new RowCopy(names.length * question.times.length);
  const datatypes: number[] = [];
  const metrics: InstantMetric[] = [];
  const held = question.times.map((time) => tools.fresh.heldAt(time));
  let isOver = stepEnd();
  for (const { id, metric } of names) {
    const links = tools.series.chain(metric);
    const at = question.times.map((time, turn) => {
      const found = heldAt(tools, links, { time, heldFresh: held[turn] });
      if (found === undefined) return -1;
      copy.add(found.rows, 0);
      return datatypes.push(links[found.origin]?.datatypeCode ?? 0) - 1;
    });
    metrics.push({ id, metric, at });
    if (!isOver()) continue;
    yield;
    isOver = stepEnd();
  }
  return { kind: "instant", metrics, rows: copy.take(), datatypes, more };
}

type HeldFresh = ReturnType<AnswerTools["fresh"]["heldAt"]>;

interface NamePage {
  readonly names: readonly Pick<InstantMetric, "id" | "metric">[];
  readonly more: boolean;
}

/** Each name once, however many datatypes it had. */
function pageOf(series: SeriesTable, question: InstantQuestion): NamePage {
  if (question.names !== undefined) {
    return { names: question.names.map((metric, id) => ({ id, metric })), more: false };
  }
  const { segments, after, limit } = question;
  const names = [];
  for (const name of series.page(segments, after)) {
    if (names.length === limit) return { names, more: true };
    if (series.isFirstOfName(name)) names.push(name);
  }
  return { names, more: false };
}

/** The row that held, or the gap that was there instead. A name that was given up holds nothing. */
function heldAt(
  tools: AnswerTools,
  links: readonly Link[],
  { time, heldFresh }: { readonly time: number; readonly heldFresh: HeldFresh | undefined },
): Piece | undefined {
  const held = edgeOf(tools, links, time, heldFresh);
  if (held === undefined) return undefined;
  const received = held.rows.received[0] ?? 0;
  const begun = held.rows.times[0] ?? 0;
  const gap = tools.gaps
    .touching(
      links.map(({ node }) => node),
      begun,
      time,
    )
    .findLast(({ from, to }) => to > received && from <= time);
  if (gap === undefined) return held;
  return { ...held, rows: gapRow(gap, Math.max(gap.from, begun + 1)) };
}
