"use client";
import { memo } from "react";
import type { RowCounts, TreeRow as Row } from "@unshub/hub/feed";
import { COLUMNS, type ColumnKey, type TreeLook } from "../lib/columns.ts";
import { markedParts } from "../lib/filter.ts";
import { formatCount, formatValue } from "../lib/format.ts";
import type { Namespace } from "../lib/namespace.ts";
import type { Quality } from "../lib/quality.ts";
import type { Reading } from "../lib/store.ts";
import { texts } from "../lib/texts.ts";
import type { Tree } from "../lib/tree.ts";
import { visibleText } from "../lib/visible.ts";
import { Age } from "./age.tsx";
import { Cell } from "./cell.tsx";
import { Icon, KIND_ICONS, QUALITY_ICONS } from "./icons.tsx";
import { Pending } from "./pending.tsx";
import { Rate } from "./rate.tsx";
import { EmptyName } from "./shown-name.tsx";
import { Spark } from "./spark.tsx";
import { useRowVersion } from "./use-signal.ts";

export interface TreeRowProps {
  readonly page: Namespace;
  readonly tree: Tree;
  readonly id: number;
  /** Place in the list, from 0. */
  readonly place: number;
  readonly top: number;
  readonly height: number;
  readonly isSelected: boolean;
  readonly isLoading: boolean;
  readonly isLinked: boolean;
  readonly isMarked: boolean;
  /** Words to be marked. */
  readonly marks: readonly string[];
  readonly look: TreeLook;
}

export const TreeRow = memo(function TreeRow(props: TreeRowProps) {
  const { page, tree, id, place, top, height, isSelected, isLinked, isMarked, look } = props;
  useRowVersion(tree, id);
  useRowVersion(page.store, id);
  const view = tree.get(id);
  if (view === null) return null; // between a change of the tree and the next drawing
  const { row, level, isUnfolded } = view;
  const reading = row.kind === "metric" ? page.store.read(id) : null;
  const quality = reading === null ? qualityOfBranch(row, isLinked) : reading.quality;
  return (
    <Cell
      as="row"
      id={rowElementId(id)}
      className="tree-row"
      style={{ height, transform: `translateY(${top}px)` }}
      aria-level={level}
      aria-rowindex={place + 2}
      aria-selected={isSelected || isMarked}
      data-marked={isMarked ? "" : undefined}
      aria-expanded={row.branch ? isUnfolded : undefined}
      data-row={id}
      data-path={page.pathOf(id)}
      data-kind={row.kind}
      data-quality={quality}
    >
      <NameCell
        row={row}
        level={level}
        isUnfolded={isUnfolded}
        isLoading={props.isLoading}
        marks={props.marks}
      />
      <ValueCell row={row} reading={reading} />
      {COLUMNS.filter((key) => look.columns.includes(key)).map((key) => (
        <ColumnCell key={key} column={key} {...{ page, row, reading, quality }} />
      ))}
    </Cell>
  );
});

interface ColumnCellProps {
  readonly column: ColumnKey;
  readonly page: Namespace;
  readonly row: Row;
  readonly reading: Reading | null;
  readonly quality: Quality;
}

function ColumnCell({ column, page, row, reading, quality }: ColumnCellProps) {
  switch (column) {
    case "quality":
      return <QualityCell row={row} quality={quality} />;
    case "unit":
      return <MuteCell text={row.unit} />;
    case "type":
      return <MuteCell text={row.datatype} />;
    case "trend":
      return (
        <Cell as="gridcell" className="wide-only reading px-2">
          {row.kind === "metric" ? <Spark trends={page.trends} id={row.id} /> : null}
        </Cell>
      );
    case "age":
      return (
        <Cell as="gridcell" className={FIGURES}>
          {reading === null ? null : <Age clock={page.clock} since={reading.sourceTime} />}
        </Cell>
      );
    case "rate":
      return (
        <Cell as="gridcell" className={FIGURES}>
          {reading === null ? null : <Rate page={page} id={row.id} />}
        </Cell>
      );
  }
}

const FIGURES = "wide-only reading figures truncate px-2 text-right text-xs text-mute";

function MuteCell({ text }: { readonly text: string | undefined }) {
  return (
    <Cell as="gridcell" className="wide-only truncate px-2 text-mute">
      {text === undefined ? null : visibleText(text).text}
    </Cell>
  );
}

export function rowElementId(id: number): string {
  return `row-${id}`;
}

/** Groups and folders have no quality of their own; nodes and devices have their session's. */
function qualityOfBranch(row: Row, isLinked: boolean): Quality {
  if (row.kind === "metric") return "none";
  if (!isLinked) return "last-known";
  if (row.state === undefined) return "none";
  return row.state === "online" ? "good" : row.state;
}

interface NameCellProps {
  readonly row: Row;
  readonly level: number;
  readonly isUnfolded: boolean;
  readonly isLoading: boolean;
  readonly marks: readonly string[];
}

function NameCell({ row, level, isUnfolded, isLoading, marks }: NameCellProps) {
  const icon = KIND_ICONS[row.kind];
  return (
    <Cell
      as="rowheader"
      className="flex h-full min-w-0 items-center pr-2"
      style={{ paddingLeft: level * 16 - 8 }}
    >
      {row.branch ? (
        <span
          data-twisty=""
          className="grid h-full w-6 shrink-0 cursor-pointer place-items-center text-mute"
        >
          <Icon
            name="chevron"
            className={`size-3.5 ${isUnfolded ? "rotate-90" : ""} ${isLoading ? "opacity-40" : ""}`}
          />
        </span>
      ) : (
        <span className="w-6 shrink-0" />
      )}
      {icon === null ? null : <Icon name={icon} className="mr-1.5 size-3.5 text-mute" />}
      <span className={`truncate whitespace-pre ${row.kind === "metric" ? "" : "font-medium"}`}>
        <MarkedName name={row.name} marks={marks} />
      </span>
      {row.counts === undefined ? null : <Counts counts={row.counts} />}
    </Cell>
  );
}

/** The name with the hits of the filter marked. */
function MarkedName({ name, marks }: { readonly name: string; readonly marks: readonly string[] }) {
  const { text, isEmpty } = visibleText(name);
  if (isEmpty) return <EmptyName />;
  return markedParts(text, marks).map((part, at) =>
    // oxlint-disable-next-line react/no-array-index-key -- the parts have no other identity
    part.isHit ? <mark key={at}>{part.text}</mark> : part.text,
  );
}

function Counts({ counts }: { readonly counts: RowCounts }) {
  return (
    <span className="figures ml-auto flex shrink-0 items-center gap-2 pl-3 text-xs text-mute">
      {counts.bad > 0 ? (
        <span className="flex items-center text-bad">
          <Icon name="bar" className="size-3" />
          {formatCount(counts.bad)}
          <span className="sr-only">{texts.badBelow("")}</span>
        </span>
      ) : null}
      {counts.stale > 0 ? (
        <span className="flex items-center gap-1 text-stale">
          <Icon name="clock" className="size-3" />
          {formatCount(counts.stale)}
          <span className="sr-only">{texts.staleBelow("")}</span>
        </span>
      ) : null}
      <span className="wide-only min-w-[4ch] text-right">
        {formatCount(counts.metrics)}
        <span className="sr-only">{texts.metricsBelow("")}</span>
      </span>
    </span>
  );
}

/** Room after the decimal point, in characters: numbers of a column stand with their points under each other. */
const FRACTION_ROOM = 5;
/** A number longer than this needs the whole cell: 64-bit integers must never lose their last digits. */
const ALIGNED_UP_TO = 18;

function ValueCell({ row, reading }: { readonly row: Row; readonly reading: Reading | null }) {
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

function QualityCell({ row, quality }: { readonly row: Row; readonly quality: Quality }) {
  const word = row.state === undefined ? wordOf(quality, row) : stateWord(row.state, quality);
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
};
