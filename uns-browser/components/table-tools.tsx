"use client";
import { useId, useState, type MouseEvent } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import type { Signal } from "../lib/signal.ts";
import type { TableCommand } from "../lib/tag-cursor.ts";
import type { Draft } from "../lib/tag-draft.ts";
import { useSignal } from "./use-signal.ts";
import type { TagTableModel } from "./use-tag-table.ts";

const { cells } = words;

/** What can be done to the cells that are selected, for who does not know the keys; and which keys there are. */
export function TableTools({
  table,
  said,
  draft,
}: {
  readonly table: TagTableModel;
  readonly said: string;
  readonly draft: Signal<Draft>;
}) {
  const { before, after } = useSignal(draft);
  const [isHelping, setIsHelping] = useState(false);
  const id = useId();
  const press =
    (command: TableCommand) =>
    ({ detail }: MouseEvent): void => {
      if (detail > 0) table.focus(); // of a mouse: keys go on in the table
      table.run(command);
    };
  return (
    <div className="grid gap-1.5">
      <div className="flex flex-wrap items-center gap-2">
        <fieldset className="button-row" aria-label={cells.tools}>
          <Tool label={cells.undo} isOff={before.length === 0} onPress={press("undo")} />
          <Tool label={cells.redo} isOff={after.length === 0} onPress={press("redo")} />
          <Tool label={cells.fillDown} onPress={press("fillDown")} />
          <Tool label={cells.replace} onPress={press("find")} />
          <Tool label={cells.repeat} onPress={press("repeat")} />
          <Tool label={cells.remove} onPress={press("remove")} />
        </fieldset>
        <button
          type="button"
          className="text-accent underline"
          aria-expanded={isHelping}
          aria-controls={id}
          onClick={() => setIsHelping(!isHelping)}
        >
          {cells.keys}
        </button>
        <output className="min-w-0 flex-1 text-mute wrap-anywhere" data-cells-said="">
          {said}
        </output>
      </div>
      <dl
        id={id}
        hidden={!isHelping}
        className="flex flex-wrap gap-x-5 gap-y-1 rounded-md bg-panel2 px-3 py-2 text-xs"
      >
        {cells.help.map(([keys, does]) => (
          <div key={keys} className="flex gap-1.5">
            <dt className="figures font-medium">{keys}</dt>
            <dd className="text-mute">{does}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Tool({
  label,
  isOff = false,
  onPress,
}: {
  readonly label: string;
  readonly isOff?: boolean;
  readonly onPress: (event: MouseEvent) => void;
}) {
  return (
    <button
      type="button"
      aria-disabled={isOff}
      className="aria-disabled:opacity-50"
      onClick={(event) => (isOff ? undefined : onPress(event))}
    >
      {label}
    </button>
  );
}
