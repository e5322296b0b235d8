"use client";
import type { MouseEvent, ReactNode } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import type { CheckState } from "../lib/draft-check.ts";
import { formatAge, formatValue, isClockAhead } from "../lib/format.ts";
import {
  faultAt,
  lockOf,
  shownText,
  writtenText,
  type ColumnName,
  type TagColumn,
} from "../lib/tag-columns.ts";
import type { CellState } from "../lib/tag-cursor.ts";
import type { Fault } from "../lib/tag-draft.ts";
import { settingsText, type TagRow as Row } from "../lib/tag-rows.ts";
import type { TagRaw } from "../lib/tag-raw.ts";
import type { TagNow } from "../lib/tags.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { Cell } from "./cell.tsx";
import { Icon } from "./icons.tsx";
import { EmptyName } from "./shown-name.tsx";
import { TagQuality } from "./tag-quality.tsx";

const { tags } = words;
const MARKS = {
  added: "text-good",
  changed: "text-accent",
  removed: "text-bad",
} as const;

export interface TagRowProps {
  readonly id: string;
  /** `undefined`: it is asked for. */
  readonly row: Row | undefined;
  readonly place: number;
  readonly columns: readonly TagColumn[];
  readonly check: CheckState;
  /** By the hub's clock; `null`: it has not said so yet. */
  readonly now: number | null;
  readonly isOld: boolean;
  /** What its value was made of; `undefined`: nothing came yet. */
  readonly raw: TagRaw | undefined;
  /** Whether its bytes can be looked at in every byte order. */
  readonly isDecoded: boolean;
  readonly isEditable: boolean;
  readonly top: number;
  readonly height: number;
  readonly stateOf: (column: number) => CellState;
  /** Where somebody may type: what he types in. */
  readonly editorAt: (column: number) => ReactNode;
  /** Whether he does. */
  readonly isTypedAt: (column: number) => boolean;
  readonly onPointer: (kind: PointerKind, column: number, event: MouseEvent) => void;
}

export type PointerKind = "down" | "over" | "click" | "twice";

type TagCellProps = Omit<TagRowProps, "row" | "columns"> & {
  readonly row: Row;
  readonly column: TagColumn;
  readonly at: number;
  readonly columns: readonly TagColumn[];
  readonly faults: readonly Fault[];
};

/** One cell: what is written there or what the hub tells, and whether something can be typed. */
export function TagCell(props: TagCellProps) {
  const { id, row, column, at, faults, isEditable, stateOf, editorAt, onPointer } = props;
  const { isActive, isSelected } = stateOf(at);
  const isFaulty = faultAt(faults, column) !== undefined;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- keys are heard by the grid, which has the focus
    <Cell
      as={column.name === "name" ? "rowheader" : "gridcell"}
      id={id}
      aria-colindex={at + 1}
      aria-readonly={isEditable && lockOf(row, column) === null ? undefined : true}
      aria-selected={isSelected}
      aria-invalid={isFaulty ? true : undefined}
      data-column={column.name}
      data-active={isActive ? "" : undefined}
      data-written={isChanged(row, column) ? "" : undefined}
      {...(column.name === "value" && { "data-value": "" })}
      className="tag-cell"
      onMouseDown={(event) => onPointer("down", at, event)}
      onMouseEnter={(event) => onPointer("over", at, event)}
      onClick={(event) => onPointer("click", at, event)}
      onDoubleClick={(event) => onPointer("twice", at, event)}
    >
      {props.isTypedAt(at) ? null : <Shown {...props} />}
      {editorAt(at)}
    </Cell>
  );
}

/** A cell of a tag that is written, in which something else is wanted. */
function isChanged(row: Row, { key }: TagColumn): boolean {
  if (row.tag === null || row.mark !== "changed" || key === null) return false;
  return writtenText(row, key) !== writtenText({ ...row, fields: row.tag.fields }, key);
}

function Shown(props: TagCellProps): ReactNode {
  const { row, column, now, isOld, raw } = props;
  const worth = raw?.now ?? row.tag?.now ?? null; // the value of these bytes
  const { name } = column;
  if (name === "name") return <Name row={row} isFaulty={props.faults.length > 0} />;
  if (name === "value") return <Value now={worth} />;
  if (name === "raw") return <Raw {...props} />;
  if (name === "quality") return <Worth {...{ row, isOld }} now={worth} />;
  if (name === "age") return <Plain isQuiet>{worth === null ? "" : ageText(worth.at, now)}</Plain>;
  if (name === "more") return <More {...props} />;
  return <Written row={row} column={column} />;
}

/** What stands there, and what it means where that is known. */
function Written({ row, column }: Pick<TagCellProps, "row" | "column">) {
  const { key, meaning } = column;
  const meant = key === null ? null : (meaning?.(writtenText(row, key)) ?? null);
  return (
    <>
      <Plain isQuiet={isTold(row, column)} isEndSeen={ENDING_COLUMNS.has(column.name)}>
        {shownText(row, column)}
      </Plain>
      {meant === null ? null : <Plain isQuiet>{meant}</Plain>}
    </>
  );
}

/** Those of one device begin alike: where there is no room for all of it, the end is seen. */
const ENDING_COLUMNS: ReadonlySet<ColumnName> = new Set(["place", "path"]);

/** What nobody wrote there. */
function isTold(row: Row, { key }: TagColumn): boolean {
  return key === null || writtenText(row, key) === "";
}

function Plain({
  isQuiet = false,
  isEndSeen = false,
  children,
}: {
  readonly isQuiet?: boolean;
  readonly isEndSeen?: boolean;
  readonly children: string;
}) {
  const { text } = visibleText(children);
  return (
    <span
      className={`truncate ${isEndSeen ? "end-seen" : ""} ${isQuiet ? "text-mute" : ""}`}
      title={text}
    >
      {isEndSeen ? <bdi dir="ltr">{text}</bdi> : text}
    </span>
  );
}

function Name({ row, isFaulty }: { readonly row: Row; readonly isFaulty: boolean }) {
  const { name, mark } = row;
  const { text, isEmpty } = visibleText(name);
  return (
    <>
      <span
        className={`truncate font-medium ${mark === "removed" ? "line-through" : ""}`}
        title={text}
      >
        {isEmpty ? <EmptyName /> : text}
      </span>
      {mark === null ? null : (
        <span className={`shrink-0 text-xs font-medium ${MARKS[mark]}`}>{tags.marks[mark]}</span>
      )}
      {isFaulty ? <Icon name="cross" className="size-3.5 shrink-0 text-bad" /> : null}
    </>
  );
}

function Value({ now }: { readonly now: TagNow | null }) {
  if (now === null) return <Plain isQuiet>{texts.noValue}</Plain>;
  const { value, datatype, quality } = now;
  return (
    <Plain isQuiet={quality !== "good"}>{formatValue(value, datatype ?? undefined).text}</Plain>
  );
}

function Worth({
  row,
  now,
  isOld,
}: {
  readonly row: Row;
  readonly now: TagNow | null;
  readonly isOld: boolean;
}) {
  if (now === null) return <Plain isQuiet>{row.mark === "added" ? "" : tags.neverBorn}</Plain>;
  const quality = isOld ? "last-known" : now.quality;
  return <TagQuality quality={quality} reason={isOld ? null : now.reason} />;
}

function Raw({ row, raw, isDecoded }: TagCellProps) {
  if (row.tag === null) return null;
  const isGood = row.tag.now?.quality === "good";
  return (
    <>
      {raw === undefined ? (
        <span className="text-mute" title={words.raw.none}>
          {texts.noValue}
        </span>
      ) : (
        <Plain isQuiet={!isGood}>{raw.raw}</Plain>
      )}
      {isDecoded ? <Icon name="search" className="ml-auto size-3.5 shrink-0 text-accent" /> : null}
    </>
  );
}

function More({ row, columns }: TagCellProps) {
  const beside = new Set(columns.flatMap(({ key }) => key?.name ?? []));
  return (
    <>
      <Icon name="sliders" className="size-3.5 shrink-0 text-accent" />
      <Plain isQuiet>{settingsText(row.fields, beside)}</Plain>
    </>
  );
}

function ageText(heard: number | null, now: number | null): string {
  if (heard === null || now === null) return texts.noValue;
  const age = now - heard;
  return isClockAhead(age) ? texts.clockAhead : formatAge(age);
}
