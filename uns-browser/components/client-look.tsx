"use client";
import {
  CHOSEN_COLUMNS,
  parseClientColumns,
  usualColumns,
  withClientColumn,
  type ClientColumn,
} from "../lib/client-columns.ts";
import { createSignal } from "../lib/signal.ts";
import { texts } from "../lib/texts.ts";
import { keeperOf } from "./kept.ts";
import { useSignal } from "./use-signal.ts";

const { clients: words } = texts;
const keeper = keeperOf("unshub.clients");
const chosen = createSignal<readonly ClientColumn[] | null>(parseClientColumns(keeper.read()));

function choose(columns: readonly ClientColumn[] | null): void {
  chosen.set(columns);
  keeper.write(JSON.stringify(columns === null ? null : { columns }));
}

/** The columns that are shown: as somebody chose them in this browser, or those that its screen has room for. */
export function useClientColumns(): readonly ClientColumn[] {
  const columns = useSignal(chosen);
  return columns ?? usualColumns(window.innerWidth);
}

/** Which columns the table shows. */
export function ColumnsMenu({ shown }: { readonly shown: readonly ClientColumn[] }) {
  return (
    <div>
      <button type="button" popoverTarget="client-columns" className="push-button">
        {words.chooseColumns}
      </button>
      <div popover="auto" id="client-columns" className="account-menu look-menu">
        {CHOSEN_COLUMNS.map((column) => (
          <label key={column} className="menu-item">
            <input
              type="checkbox"
              checked={shown.includes(column)}
              onChange={() => choose(withClientColumn(shown, column))}
            />
            {words.columns[column]}
          </label>
        ))}
        <button
          type="button"
          className="menu-item border-t border-line"
          onClick={() => choose(null)}
        >
          {words.usualColumns}
        </button>
      </div>
    </div>
  );
}
