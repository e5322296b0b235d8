"use client";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { faultsOf } from "../lib/tag-rows.ts";
import { texts } from "../lib/texts.ts";
import { Cell } from "./cell.tsx";
import { TagCell, type TagRowProps } from "./tag-cell.tsx";

/** One tag in a line: where it is, how it is read, what it is worth now. */
export function TagRow(props: TagRowProps) {
  const { id, row, place, columns, check, height, top } = props;
  const faults = row === undefined ? [] : faultsOf(check, row.name);
  return (
    <Cell
      as="row"
      id={id}
      aria-rowindex={place + 2}
      data-tag={row?.name}
      data-mark={row?.mark ?? undefined}
      data-faults={faults.length > 0 ? faults.length : undefined}
      className="tag-row tag-line"
      style={{ height, transform: `translateY(${top}px)` }}
    >
      {row === undefined ? (
        <Cell as="gridcell" className="tag-cell text-mute" aria-label={words.tags.asking}>
          {texts.noValue}
        </Cell>
      ) : (
        columns.map((column, at) => (
          <TagCell
            key={column.name}
            {...props}
            id={`${id}c${at}`}
            {...{ row, column, at }}
            faults={faults}
          />
        ))
      )}
    </Cell>
  );
}
