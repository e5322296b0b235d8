import { COLUMNS, type TreeLook } from "../lib/columns.ts";
import { texts } from "../lib/texts.ts";
import { Cell } from "./cell.tsx";

/** The names of the columns. */
export function TreeHead({ look }: { readonly look: TreeLook }) {
  return (
    <Cell as="rowgroup" id="tree-head" className="shrink-0 border-b border-line bg-panel">
      <Cell as="row" aria-rowindex={1} className="tree-head h-7 text-xs text-mute">
        <Cell as="columnheader" className="pl-4">
          {texts.columns.name}
        </Cell>
        <Cell as="columnheader" className="px-2 text-right">
          {texts.columns.value}
        </Cell>
        {COLUMNS.filter((key) => look.columns.includes(key)).map((key) => (
          <Cell
            as="columnheader"
            key={key}
            className={`px-2 ${key === "quality" ? "" : "wide-only"} ${key === "age" || key === "rate" ? "text-right" : ""}`}
          >
            {texts.columns[key]}
          </Cell>
        ))}
      </Cell>
    </Cell>
  );
}
