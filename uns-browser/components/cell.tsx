import type { HTMLAttributes } from "react";

interface CellProps extends HTMLAttributes<HTMLDivElement> {
  /** Its role in the tree grid. */
  readonly as: "row" | "rowgroup" | "rowheader" | "columnheader" | "gridcell";
}

/** A part of the tree grid. Not a `<table>`: its rows are placed one by one, which table layout does not allow. */
export function Cell({ as, ...rest }: CellProps) {
  return <div role={as} {...rest} />;
}
