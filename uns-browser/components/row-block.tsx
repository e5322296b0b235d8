import type { ReactNode } from "react";
import { Cell } from "./cell.tsx";
import type { RowWindowView } from "./use-row-window.ts";

/** The rows of a long list that are drawn: as a whole where they stand in it, each at its `topOf`. */
export function RowBlock({
  id,
  rows,
  children,
}: {
  readonly id: string;
  readonly rows: Pick<RowWindowView, "spacerPx" | "shiftPx">;
  readonly children: ReactNode;
}) {
  return (
    <div role="presentation" className="relative" style={{ height: rows.spacerPx }}>
      <Cell
        as="rowgroup"
        id={id}
        className="absolute inset-x-0 top-0"
        style={{ transform: `translateY(${rows.shiftPx}px)` }}
      >
        {children}
      </Cell>
    </div>
  );
}
