"use client";
import { Fragment, memo } from "react";
import type { RowCounts, TreeRow as Row } from "@unshub/hub/feed";
import { COLUMNS, type ColumnKey, type TreeLook } from "../lib/columns.ts";
import { markedParts } from "../lib/filter.ts";
import { formatCount } from "../lib/format.ts";
import type { Namespace } from "../lib/namespace.ts";
import { type Moments, withoutNow } from "../lib/past.ts";
import type { Quality } from "../lib/quality.ts";
import type { Reading } from "../lib/store.ts";
import { texts } from "../lib/texts.ts";
import type { Tree } from "../lib/tree.ts";
import { visibleText } from "../lib/visible.ts";
import { Age } from "./age.tsx";
import { Cell } from "./cell.tsx";
import { Icon, KIND_ICONS } from "./icons.tsx";
import { Rate } from "./rate.tsx";
import { EmptyName } from "./shown-name.tsx";
import { Spark } from "./spark.tsx";
import { QualityCell, ValueCell } from "./tree-cells.tsx";
import { useReadings } from "./use-readings.ts";
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
  readonly moments: Moments;
  /** Among metrics that differ between two instants: it stands still. */
  readonly isListed: boolean;
}

export const TreeRow = memo(function TreeRow(props: TreeRowProps) {
  const { page, tree, id, place, top, height, isSelected, isLinked, isMarked, look } = props;
  useRowVersion(tree, id);
  const { reading, before } = useReadings(page, id, props);
  const view = tree.get(id);
  if (view === null) return null; // between a change of the tree and the next drawing
  const { level, isUnfolded, chain } = view;
  const row = props.moments.at === null ? view.row : withoutNow(view.row);
  const isLive = props.moments.at === null && !props.isListed;
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
        chain={chain}
        level={level}
        isUnfolded={isUnfolded}
        isLoading={props.isLoading}
        marks={props.marks}
      />
      <ValueCell row={row} reading={reading} before={before} />
      {COLUMNS.filter((key) => look.columns.includes(key)).map((key) => (
        <ColumnCell key={key} column={key} {...{ page, row, reading, before, quality, isLive }} />
      ))}
    </Cell>
  );
});

interface ColumnCellProps {
  readonly column: ColumnKey;
  readonly page: Namespace;
  readonly row: Row;
  readonly reading: Reading | null;
  readonly before: Reading | null;
  readonly quality: Quality;
  readonly isLive: boolean;
}

function ColumnCell({ column, page, row, before, quality, ...value }: ColumnCellProps) {
  switch (column) {
    case "quality":
      return <QualityCell row={row} quality={quality} before={before} />;
    case "unit":
      return <MuteCell text={row.unit} />;
    case "type":
      return <MuteCell text={row.datatype} />;
    case "retained":
      return <MuteCell text={row.retained === true ? texts.retained.yes : undefined} />;
    case "trend":
    case "age":
    case "rate":
      return <MovingCell column={column} page={page} id={row.id} {...value} />;
  }
}

interface MovingCellProps extends Pick<ColumnCellProps, "page" | "reading" | "isLive"> {
  readonly column: "trend" | "age" | "rate";
  readonly id: number;
}

/** What moves with time; trend and rate are of now. */
function MovingCell({ column, page, id, reading, isLive }: MovingCellProps) {
  if (column === "age") {
    return (
      <Cell as="gridcell" className={`age ${FIGURES}`}>
        {reading === null ? null : <Age clock={page.clock} since={reading.sourceTime} />}
      </Cell>
    );
  }
  const isShown = reading !== null && isLive;
  if (column === "trend") {
    return (
      <Cell as="gridcell" className="wide-only reading px-2">
        {isShown ? <Spark trends={page.trends} id={id} /> : null}
      </Cell>
    );
  }
  return (
    <Cell as="gridcell" className={FIGURES}>
      {isShown ? <Rate page={page} id={id} /> : null}
    </Cell>
  );
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
  /** Names of the levels that share its row. */
  readonly chain: readonly string[];
  readonly level: number;
  readonly isUnfolded: boolean;
  readonly isLoading: boolean;
  readonly marks: readonly string[];
}

function NameCell({ row, chain, level, isUnfolded, isLoading, marks }: NameCellProps) {
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
      {chain.length === 0 ? null : <ChainNames names={chain} marks={marks} />}
      <span
        className={`truncate whitespace-pre ${row.kind === "metric" ? "" : "font-medium"} ${chain.length === 0 ? "" : "max-w-[70%] shrink-0"}`}
      >
        <MarkedName name={row.name} marks={marks} />
      </span>
      {row.counts === undefined ? null : <Counts counts={row.counts} />}
    </Cell>
  );
}

/** The levels before the last one; where there is no room, these are cut and not the one that the row is named by. */
function ChainNames({
  names,
  marks,
}: {
  readonly names: readonly string[];
  readonly marks: readonly string[];
}) {
  return (
    <>
      <span className="min-w-0 truncate font-medium whitespace-pre">
        {names.map((name, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- levels of one chain may have one name
          <Fragment key={at}>
            {at === 0 ? null : <span className="font-normal text-mute"> · </span>}
            <MarkedName name={name} marks={marks} />
          </Fragment>
        ))}
      </span>
      <span className="shrink-0 whitespace-pre text-mute"> · </span>
    </>
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
      {counts.silent === undefined ? null : (
        <span className="flex items-center gap-1 text-stale" data-silent={counts.silent}>
          <Icon name="hourglass" className="size-3" />
          {formatCount(counts.silent)}
          <span className="sr-only">{texts.silentBelow("")}</span>
        </span>
      )}
      <span className="wide-only min-w-[4ch] text-right">
        {formatCount(counts.metrics)}
        <span className="sr-only">{texts.metricsBelow("")}</span>
      </span>
    </span>
  );
}
