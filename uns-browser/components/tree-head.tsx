"use client";
import { useRef, type KeyboardEvent, type PointerEvent } from "react";
import { COLUMNS, type TreeLook, type WideKey, withWidth } from "../lib/columns.ts";
import { texts } from "../lib/texts.ts";
import { Cell } from "./cell.tsx";
import { setLook, treeLook } from "./kept.ts";

const TO_THE_RIGHT: ReadonlySet<WideKey> = new Set(["value", "age", "rate"]);

/** The names of the columns; the line behind each makes it wider. */
export function TreeHead({ look }: { readonly look: TreeLook }) {
  return (
    <Cell as="rowgroup" id="tree-head" className="shrink-0 border-b border-line bg-panel">
      <Cell as="row" aria-rowindex={1} className="tree-head h-7 text-xs text-mute">
        <HeadCell column="name" className="pl-4" />
        <HeadCell column="value" className="px-2" />
        {COLUMNS.filter((key) => look.columns.includes(key)).map((key) => (
          <HeadCell
            key={key}
            column={key}
            className={`px-2 ${key === "quality" ? "" : "wide-only"}`}
          />
        ))}
      </Cell>
    </Cell>
  );
}

interface HeadCellProps {
  readonly column: WideKey;
  readonly className: string;
}

function HeadCell({ column, className }: HeadCellProps) {
  const side = TO_THE_RIGHT.has(column) ? "text-right" : "";
  return (
    <Cell as="columnheader" className={`relative min-w-0 truncate ${side} ${className}`}>
      {texts.columns[column]}
      <Handle column={column} />
    </Cell>
  );
}

const STEP_PX = 8;

/** Drags the edge of a column; by keys the arrows move it, and Home or a double click makes it as wide as usual. */
function Handle({ column }: { readonly column: WideKey }) {
  const drag = useRef<{ readonly x: number; readonly px: number } | null>(null);
  const setWidth = (px: number | null): void => setLook(withWidth(treeLook.get(), column, px));
  const begin = (event: PointerEvent<HTMLElement>): void => {
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, px: widthOf(event.currentTarget) };
  };
  const onKey = (event: KeyboardEvent<HTMLElement>): void => {
    const step = KEYS.get(event.key);
    if (step === undefined) return;
    event.preventDefault();
    setWidth(step === null ? null : widthOf(event.currentTarget) + step);
  };
  return (
    <button
      type="button"
      className="column-handle"
      aria-label={texts.tools.wider(texts.columns[column])}
      onPointerDown={begin}
      onPointerMove={(event) => {
        const from = drag.current;
        if (from !== null) setWidth(from.px + event.clientX - from.x);
      }}
      onPointerUp={() => {
        drag.current = null;
      }}
      onPointerCancel={() => {
        drag.current = null;
      }}
      onDoubleClick={() => setWidth(null)}
      onKeyDown={onKey}
    />
  );
}

/** Of the column that a handle stands in. */
function widthOf(handle: Element): number {
  return handle.parentElement?.getBoundingClientRect().width ?? 0;
}

/** `null`: as usual. */
const KEYS: ReadonlyMap<string, number | null> = new Map([
  ["ArrowLeft", -STEP_PX],
  ["ArrowRight", STEP_PX],
  ["Home", null],
]);
