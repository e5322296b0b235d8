"use client";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import type { Account } from "../lib/account.ts";
import { PAGES } from "../lib/pages.ts";
import { metricsIn, movedPlace, pagesFor, searchHref, type PaletteEntry } from "../lib/palette.ts";
import { mayIn } from "../lib/session.ts";
import { texts } from "../lib/texts.ts";
import { Icon, type IconName } from "./icons.tsx";
import { useSession } from "./use-account.ts";
import { useFoundRows } from "./use-found-rows.ts";

const { palette: words } = texts;

/** Ctrl K, or ⌘ K: pages and metrics by a few letters of their names. */
export function Palette({ account }: { readonly account: Account | null }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      if (event.key !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      if (document.querySelector("dialog[open]") !== null) return;
      setIsOpen(true);
      dialog.current?.showModal();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={words.label}
      className="sheet mt-[12vh]! w-[min(640px,calc(100vw-32px))] p-2!"
      onClose={() => setIsOpen(false)}
    >
      {isOpen ? <Choice account={account} onDone={() => dialog.current?.close()} /> : null}
    </dialog>
  );
}

const ICONS = { page: "right", metric: "pulse", filter: "search" } as const satisfies Record<
  PaletteEntry["kind"],
  IconName
>;

interface ChoiceProps {
  readonly account: Account | null;
  readonly onDone: () => void;
}

function Choice({ account, onDone }: ChoiceProps) {
  const router = useRouter();
  const [text, setText] = useState("");
  const [place, setPlace] = useState(0);
  const entries = useEntries(text, account);
  const go = (entry: PaletteEntry | undefined): void => {
    if (entry === undefined) return;
    onDone();
    router.push(entry.href);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") return go(entries[place]);
    const next = movedPlace(place, event.key, entries.length);
    if (next === place) return;
    event.preventDefault();
    setPlace(next);
  };
  return (
    <>
      <input
        type="search"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={entries.length === 0 ? undefined : `palette-${place}`}
        aria-label={words.label}
        placeholder={words.placeholder}
        className="text-field w-full"
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- it was opened to be typed into
        autoFocus
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setPlace(0);
        }}
        onKeyDown={onKeyDown}
      />
      <Entries {...{ entries, place }} onGo={go} />
    </>
  );
}

interface EntriesProps {
  readonly entries: readonly PaletteEntry[];
  readonly place: number;
  readonly onGo: (entry: PaletteEntry) => void;
}

/** What is found; the field above has the focus and says which one is meant. */
function Entries({ entries, place, onGo }: EntriesProps) {
  return (
    <div
      id="palette-list"
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- options with icons, below a field that filters them
      role="listbox"
      aria-label={words.label}
      className="mt-2 max-h-[50vh] overflow-y-auto"
    >
      {entries.map((entry, at) => (
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- keys are those of the field
        <div
          key={`${entry.kind} ${entry.href}`}
          id={`palette-${at}`}
          // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- as above; keys are those of the field
          role="option"
          tabIndex={-1}
          aria-selected={at === place}
          className="menu-item cursor-pointer aria-selected:bg-panel2"
          onClick={() => onGo(entry)}
        >
          <Icon name={ICONS[entry.kind]} className="size-3.5 text-mute" />
          <span className="min-w-0 wrap-anywhere">{entry.name}</span>
        </div>
      ))}
    </div>
  );
}

/** Pages, then metrics, then the whole search. */
function useEntries(text: string, account: Account | null): readonly PaletteEntry[] {
  const session = useSession(account);
  const rows = useFoundRows(text);
  const pages = PAGES.filter(({ needs }) => session !== null && mayIn(session, needs));
  const wanted = text.trim();
  return [
    ...pagesFor(text, pages),
    ...(rows === null ? [] : metricsIn(rows)),
    ...(wanted === ""
      ? []
      : [{ kind: "filter", name: words.search(wanted), href: searchHref(wanted) } as const]),
  ];
}
