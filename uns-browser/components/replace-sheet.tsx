"use client";
import { useEffect, useId, useMemo, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { formatCount } from "../lib/format.ts";
import type { Signal } from "../lib/signal.ts";
import { withRowChanges, type Making } from "../lib/tag-cells.ts";
import type { Draft } from "../lib/tag-draft.ts";
import { readRows, type TagPlaces } from "../lib/tag-read.ts";
import { replacementIn, type Replaced, type ReplaceWish } from "../lib/tag-replace.ts";
import type { TagRow } from "../lib/tag-rows.ts";
import { visibleText } from "../lib/visible.ts";
import { sendToHub } from "./browser-world.ts";
import { Sheet } from "./sheet.tsx";
import { SheetField } from "./sheet-field.tsx";

const { replace: said, review } = words;
/** Nobody reads more, and the count is told. */
const MOST_SHOWN = 100;

interface ReplaceSheetProps {
  readonly places: TagPlaces;
  readonly making: Making;
  readonly draft: Signal<Draft>;
  readonly onClose: () => void;
}

/** Find and replace in all tags that the filter leaves: every cell before and after, then one step of the draft. */
export function ReplaceSheet(props: ReplaceSheetProps) {
  const { places, making, draft, onClose } = props;
  const rows = useAllRows(places, draft);
  const [wish, setWish] = useState<ReplaceWish>({
    find: "",
    by: "",
    key: null,
    isCaseKept: false,
    isWhole: false,
  });
  const found = useMemo(
    () =>
      rows !== null && typeof rows !== "string" ? replacementIn(rows, making.keys, wish) : null,
    [rows, making, wish],
  );
  const count = found?.cells.length ?? 0;
  const take = (): void => {
    if (found === null || count === 0) return;
    draft.set(withRowChanges(draft.get(), found.changes, making).draft);
    onClose();
  };
  return (
    <Sheet isWide title={said.title} onClose={onClose}>
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          take();
        }}
      >
        <p className="text-mute">{whereText(rows, places)}</p>
        <WishFields {...{ wish, making }} onChange={setWish} />
        <output data-found={count}>
          {wish.find === "" || found === null
            ? null
            : said.found(formatCount(count), formatCount(found.locked))}
        </output>
        {found === null ? null : <Cells cells={found.cells} />}
        <div className="sheet-foot flex flex-wrap justify-end gap-2">
          <button type="button" className="push-button" onClick={onClose}>
            {words.editor.cancel}
          </button>
          <button type="submit" className="main-button" aria-disabled={count === 0}>
            {said.act(formatCount(count))}
          </button>
        </div>
      </form>
    </Sheet>
  );
}

function whereText(rows: readonly TagRow[] | string | null, { text, notGood }: TagPlaces): string {
  if (rows === null) return said.asking;
  if (typeof rows === "string") return rows;
  const count = formatCount(rows.length);
  return text !== "" || notGood ? said.inFiltered(count) : said.inAll(count);
}

/** `null`: they are asked for. */
function useAllRows(places: TagPlaces, draft: Signal<Draft>): readonly TagRow[] | string | null {
  const [rows, setRows] = useState<readonly TagRow[] | string | null>(null);
  const [asked] = useState(places);
  useEffect(() => {
    let isOpen = true;
    const all = { draft: draft.get(), first: 0, end: Infinity };
    void readRows(sendToHub, asked, all).then((found) => (isOpen ? setRows(found) : undefined));
    return () => {
      isOpen = false;
    };
  }, [asked, draft]);
  return rows;
}

function WishFields({
  wish,
  making,
  onChange,
}: {
  readonly wish: ReplaceWish;
  readonly making: Making;
  readonly onChange: (wish: ReplaceWish) => void;
}) {
  const id = useId();
  const searched = making.keys.filter(({ kind }) => kind !== "other");
  return (
    <>
      <div className="tag-form">
        <SheetField
          label={said.find}
          value={wish.find}
          onText={(find) => onChange({ ...wish, find })}
        />
        <SheetField label={said.by} value={wish.by} onText={(by) => onChange({ ...wish, by })} />
        <div className="grid gap-0.5">
          <label htmlFor={id} className="font-medium">
            {said.key}
          </label>
          <select
            id={id}
            className="text-field"
            value={wish.key ?? ""}
            onChange={({ target: { value } }) =>
              onChange({ ...wish, key: value === "" ? null : value })
            }
          >
            <option value="">{said.anyKey}</option>
            {searched.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </div>
      </div>
      <div className="flex flex-wrap gap-x-5 gap-y-1">
        <Tick
          label={said.isCaseKept}
          isOn={wish.isCaseKept}
          onChange={(isCaseKept) => onChange({ ...wish, isCaseKept })}
        />
        <Tick
          label={said.isWhole}
          isOn={wish.isWhole}
          onChange={(isWhole) => onChange({ ...wish, isWhole })}
        />
      </div>
    </>
  );
}

function Tick({
  label,
  isOn,
  onChange,
}: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}) {
  return (
    <label className="flex min-h-6 items-center gap-2">
      <input type="checkbox" checked={isOn} onChange={({ target }) => onChange(target.checked)} />
      {label}
    </label>
  );
}

function Cells({ cells }: { readonly cells: readonly Replaced[] }) {
  if (cells.length === 0) return null;
  return (
    <>
      <ul className="figures grid gap-0.5 text-xs">
        {cells.slice(0, MOST_SHOWN).map(({ tag, key, before, after }) => (
          <li
            key={`${tag}\n${key}`}
            className="grid grid-cols-[minmax(0,1fr)_90px_minmax(0,1fr)_minmax(0,1fr)] gap-x-3 border-t border-line py-1 first:border-t-0"
          >
            <span className="truncate" title={visibleText(tag).text}>
              {visibleText(tag).text}
            </span>
            <span className="text-mute">{key}</span>
            <del className="gone rounded-sm px-1 wrap-anywhere">{visibleText(before).text}</del>
            <ins className="come rounded-sm px-1 wrap-anywhere no-underline">
              {visibleText(after).text}
            </ins>
          </li>
        ))}
      </ul>
      {cells.length > MOST_SHOWN ? (
        <p className="text-mute">{review.more(formatCount(cells.length - MOST_SHOWN))}</p>
      ) : null}
    </>
  );
}
