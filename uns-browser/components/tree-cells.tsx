"use client";
import type { TreeRow as Row } from "@unshub/hub/feed";
import { formatValue } from "../lib/format.ts";
import { isOtherwise } from "../lib/past.ts";
import type { Quality } from "../lib/quality.ts";
import type { Reading } from "../lib/store.ts";
import { texts } from "../lib/texts.ts";
import { Cell } from "./cell.tsx";
import { Icon, QUALITY_ICONS } from "./icons.tsx";
import { Pending } from "./pending.tsx";

const { past: words } = texts;

/** Room after the decimal point, in characters: numbers of a column stand with their points under each other. */
const FRACTION_ROOM = 5;
/** A number longer than this needs the whole cell: 64-bit integers must never lose their last digits. */
const ALIGNED_UP_TO = 18;

interface ValueCellProps {
  readonly row: Row;
  readonly reading: Reading | null;
  /** What it is compared with; `null`: nothing. */
  readonly before: Reading | null;
}

export function ValueCell({ row, reading, before }: ValueCellProps) {
  if (row.kind === "metric" && isOtherwise(before, reading))
    return <ChangedCell {...{ row, reading, before }} />;

  if (row.kind !== "metric") return <Cell as="gridcell" />;
  if (reading === null || reading.quality === "none") {
    return (
      <Cell as="gridcell" data-cell="value" className="px-2 text-right text-mute">
        {texts.noValue}
      </Cell>
    );
  }
  const { text, kind, fraction } = formatValue(reading.value, row.datatype);
  const pad = text.length > ALIGNED_UP_TO ? 0 : Math.max(0, FRACTION_ROOM - fraction);
  return (
    <Cell
      as="gridcell"
      data-cell="value"
      className={`reading figures truncate px-2 text-right text-xs max-[699px]:pr-2! ${kind === "null" ? "text-mute italic" : ""}`}
      style={kind === "number" ? { paddingRight: `calc(${pad}ch + 8px)` } : undefined}
    >
      {text}
      <Pending id={row.id} />
    </Cell>
  );
}

interface QualityCellProps extends Pick<ValueCellProps, "row" | "before"> {
  readonly quality: Quality;
}

export function QualityCell({ row, quality, before }: QualityCellProps) {
  const now = row.state === undefined ? wordOf(quality, row) : stateWord(row.state, quality);
  const isOther = before !== null && before.quality !== quality;
  const word = isOther && now !== null ? words.change(texts.qualities[before.quality], now) : now;
  if (word === null) return <Cell as="gridcell" />;
  return (
    <Cell
      as="gridcell"
      className={`flex min-w-0 items-center gap-1.5 px-2 text-xs ${COLOURS[quality]}`}
    >
      {row.kind === "metric" && quality === "good" ? (
        <span className="w-3.5 shrink-0" /> // good has a word but no shape; the words stand under each other
      ) : (
        <Icon name={QUALITY_ICONS[quality]} className="size-3.5" />
      )}
      <span className="truncate">{word}</span>
    </Cell>
  );
}

/** What it was worth, and is. */
function ChangedCell({ row, reading, before }: ValueCellProps) {
  const [then, now] = [shownText(row, before), shownText(row, reading)];
  return (
    <Cell
      as="gridcell"
      data-cell="value"
      data-changed=""
      className="reading figures truncate px-2 text-right text-xs"
    >
      {then === now ? now : words.change(then, now)}
    </Cell>
  );
}

function shownText(row: Row, reading: Reading | null): string {
  if (reading === null || reading.quality === "none") return texts.noValue;
  return formatValue(reading.value, row.datatype).text;
}

/** Without a link the hub's last word on a node is only that. */
function stateWord(state: NonNullable<Row["state"]>, quality: Quality): string {
  return quality === "last-known" ? texts.was[state] : texts.states[state];
}

/** A group or folder has no quality. */
function wordOf(quality: Quality, row: Row): string | null {
  return row.kind === "metric" ? texts.qualities[quality] : null;
}

const COLOURS: Readonly<Record<Quality, string>> = {
  good: "text-mute",
  stale: "text-stale",
  bad: "text-bad",
  offline: "text-off",
  uncertain: "text-stale",
  none: "text-mute",
  "last-known": "",
  silent: "text-stale",
};
