import { texts } from "../lib/texts.ts";
import { Cell } from "./cell.tsx";

const COLUMNS = [
  { key: "name", className: "pl-4" },
  { key: "value", className: "px-2 text-right" },
  { key: "unit", className: "wide-only px-2" },
  { key: "quality", className: "px-2" },
  { key: "age", className: "wide-only px-2 text-right" },
] as const;

export function TreeHead() {
  return (
    <Cell as="rowgroup" id="tree-head" className="shrink-0 border-b border-line bg-panel">
      <Cell as="row" aria-rowindex={1} className="tree-head h-7 text-xs text-mute">
        {COLUMNS.map(({ key, className }) => (
          <Cell as="columnheader" key={key} className={className}>
            {texts.columns[key]}
          </Cell>
        ))}
      </Cell>
    </Cell>
  );
}
