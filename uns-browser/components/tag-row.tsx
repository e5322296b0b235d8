"use client";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import type { CheckState } from "../lib/draft-check.ts";
import { formatAge, formatValue, isClockAhead } from "../lib/format.ts";
import { faultsOf, settingsText, type TagRow as Row } from "../lib/tag-rows.ts";
import { cellText, placeOf, type TagNow } from "../lib/tags.ts";
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

interface TagRowProps {
  readonly id: string;
  /** `undefined`: it is asked for. */
  readonly row: Row | undefined;
  readonly place: number;
  readonly check: CheckState;
  /** By the hub's clock; `null`: it has not said so yet. */
  readonly now: number | null;
  readonly isOld: boolean;
  readonly isActive: boolean;
  readonly top: number;
  readonly height: number;
  readonly onOpen: () => void;
}

/** One tag in a line: where it is, how it is read, what it is worth now. */
export function TagRow(props: TagRowProps) {
  const { id, row, place, check, now, isOld, isActive, top, height, onOpen } = props;
  const faults = row === undefined ? [] : faultsOf(check, row.name);
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- Enter on the grid opens the active row
    <Cell
      as="row"
      id={id}
      aria-rowindex={place + 2}
      aria-selected={isActive}
      data-tag={row?.name}
      data-mark={row?.mark ?? undefined}
      data-faults={faults.length > 0 ? faults.length : undefined}
      className="tag-row tag-line"
      style={{ height, transform: `translateY(${top}px)` }}
      onClick={onOpen}
    >
      {row === undefined ? (
        <Cell as="gridcell" className="text-mute" aria-hidden="true">
          {texts.noValue}
        </Cell>
      ) : (
        <Cells {...{ row, now, isOld }} fault={faults[0]?.message ?? null} />
      )}
    </Cell>
  );
}

interface CellsProps {
  readonly row: Row;
  readonly fault: string | null;
  readonly now: number | null;
  readonly isOld: boolean;
}

function Cells({ row, fault, now, isOld }: CellsProps) {
  const { fields, tag, mark } = row;
  return (
    <>
      <Cell as="rowheader" className="flex min-w-0 items-center gap-1.5">
        <Name row={row} />
        {mark === null ? null : (
          <span className={`shrink-0 text-xs font-medium ${MARKS[mark]}`}>{tags.marks[mark]}</span>
        )}
        {fault === null ? null : <Icon name="cross" className="size-3.5 shrink-0 text-bad" />}
      </Cell>
      <Cell as="gridcell" data-column="place" className="figures truncate text-xs">
        {visibleText(placeOf(fields)).text}
      </Cell>
      <Cell as="gridcell" data-column="type" className="figures truncate text-xs">
        {cellText(fields["type"] ?? tag?.now?.datatype)}
      </Cell>
      <Cell as="gridcell" data-column="group" className="truncate">
        {visibleText(cellText(fields["group"])).text}
      </Cell>
      <NowCells now={tag?.now ?? null} {...{ row, isOld }} at={now} />
      <Cell as="gridcell" data-column="more" className="truncate text-xs text-mute">
        {fault === null ? (
          visibleText(settingsText(fields)).text
        ) : (
          <span className="text-bad">{visibleText(fault).text}</span>
        )}
      </Cell>
    </>
  );
}

function Name({ row: { name, mark } }: { readonly row: Row }) {
  const { text, isEmpty } = visibleText(name);
  return (
    <span className={`truncate font-medium ${mark === "removed" ? "line-through" : ""}`}>
      {isEmpty ? <EmptyName /> : text}
    </span>
  );
}

interface NowCellsProps {
  readonly row: Row;
  readonly now: TagNow | null;
  /** When it was said. */
  readonly at: number | null;
  readonly isOld: boolean;
}

function NowCells({ row, now, at, isOld }: NowCellsProps) {
  const unit = visibleText(cellText(row.fields["unit"])).text;
  if (now === null)
    return (
      <>
        <Cell as="gridcell" data-column="value" className="text-right text-mute">
          {texts.noValue}
        </Cell>
        <Cell as="gridcell" data-column="unit" className="truncate text-mute">
          {unit}
        </Cell>
        <Cell as="gridcell" data-column="quality" className="truncate text-xs text-mute">
          {row.mark === "added" ? "" : tags.neverBorn}
        </Cell>
        <Cell as="gridcell" data-column="age" />
      </>
    );
  const quality = isOld ? "last-known" : now.quality;
  const isSound = quality === "good";
  return (
    <>
      <Cell
        as="gridcell"
        data-column="value"
        data-value=""
        className={`figures truncate text-right text-xs ${isSound ? "" : "text-mute"}`}
      >
        {formatValue(now.value, now.datatype ?? undefined).text}
      </Cell>
      <Cell as="gridcell" data-column="unit" className="truncate text-mute">
        {unit}
      </Cell>
      <Cell as="gridcell" data-column="quality" className="min-w-0 text-xs">
        <TagQuality quality={quality} reason={isOld ? null : now.reason} />
      </Cell>
      <Cell
        as="gridcell"
        data-column="age"
        className="figures truncate text-right text-xs text-mute"
      >
        {ageText(now.at, at)}
      </Cell>
    </>
  );
}

function ageText(heard: number | null, now: number | null): string {
  if (heard === null || now === null) return texts.noValue;
  const age = now - heard;
  return isClockAhead(age) ? texts.clockAhead : formatAge(age);
}
