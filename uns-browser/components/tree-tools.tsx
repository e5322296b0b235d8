"use client";
import { useRouter } from "next/navigation";
import { COLUMNS, withColumn } from "../lib/columns.ts";
import { MOST_CURVES } from "../lib/chart.ts";
import { formatCount } from "../lib/format.ts";
import { metricHref } from "../lib/metric-address.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import type { Namespace } from "../lib/namespace.ts";
import { LENS_NAMES } from "../lib/path.ts";
import { texts } from "../lib/texts.ts";
import { copyText } from "./copy-text.ts";
import { focusTree } from "./focus-tree.ts";
import { Icon, type IconName } from "./icons.tsx";
import { MomentMenu } from "./moment-menu.tsx";
import { pins, setLook, treeLook } from "./kept.ts";
import { say } from "./toast-text.ts";
import { useSignal } from "./use-signal.ts";

const { tools: words } = texts;

/** Above the tree: the usual questions as buttons, what was chosen, and how the tree looks. */
export function TreeTools({ page }: { readonly page: Namespace }) {
  const marked = useSignal(page.marked);
  const isNow = useSignal(page.past.moments).at === null; // the filters look at what is now
  return (
    <div className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1.5 border-b border-line px-3 py-1 max-[699px]:hidden">
      <LensChoice page={page} />
      {marked.size > 1 ? (
        <Chosen page={page} marked={marked} />
      ) : isNow ? (
        <QuickFilters page={page} />
      ) : null}
      <Faults page={page} />
      <div className="ml-auto flex items-center gap-1.5">
        <MomentMenu page={page} />
        <LookMenu />
      </div>
    </div>
  );
}

/** Three ways to cut one plant. */
function LensChoice({ page }: { readonly page: Namespace }) {
  const lens = useSignal(page.lens);
  return (
    <fieldset className="button-row" aria-label={words.lens}>
      {LENS_NAMES.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={lens === one}
          onClick={() => page.setLens(one)}
        >
          {words.lenses[one]}
        </button>
      ))}
    </fieldset>
  );
}

const STALE = "q:stale,offline,last-known";

function QuickFilters({ page }: { readonly page: Namespace }) {
  const text = useSignal(page.filter.text);
  const { bad, stale, silent } = useSignal(page.totals);
  const filters: readonly {
    readonly name: string;
    readonly filter: string;
    readonly icon?: IconName;
    readonly colour?: string;
  }[] = [
    { name: words.all, filter: "" },
    {
      name: words.bad(formatCount(bad)),
      filter: "q:bad",
      ...(bad > 0 && { icon: "cross", colour: "text-bad" }),
    },
    {
      name: words.stale(formatCount(stale)),
      filter: STALE,
      ...(stale > 0 && { icon: "clock", colour: "text-stale" }),
    },
    { name: words.silent(formatCount(silent)), filter: "silent" },
    { name: words.changed, filter: "changed<10s" },
    { name: words.writable, filter: "writable:yes" },
  ];
  return (
    <fieldset className="button-row" aria-label={words.label}>
      {filters.map(({ name, filter, icon, colour }) => (
        <button
          key={filter}
          type="button"
          aria-pressed={text.trim() === filter}
          onClick={() => {
            page.filter.set(filter, "now");
            if (text.trim() === filter) page.filter.refresh(); // the same question again, for now
          }}
        >
          {icon === undefined ? null : <Icon name={icon} className={`size-3 ${colour}`} />}
          {name}
        </button>
      ))}
    </fieldset>
  );
}

/** What of the filter was not understood. */
function Faults({ page }: { readonly page: Namespace }) {
  const faults = useSignal(page.filter.faults);
  return (
    <output className="min-w-0 text-stale">
      {faults.map(({ part, says }) => (
        <span key={part} className="mr-3 inline-flex items-center gap-1.5">
          <Icon name="triangle" className="size-3" />
          {texts.filter.notUnderstood(part, inOurLanguage(says))}
        </span>
      ))}
    </output>
  );
}

interface ChosenProps {
  readonly page: Namespace;
  readonly marked: ReadonlySet<number>;
}

/** What can be done with several rows. */
function Chosen({ page, marked }: ChosenProps) {
  const router = useRouter();
  const tree = page.shown.get();
  const rows = [...marked].flatMap((id) => tree.get(id) ?? []).map(({ row }) => row);
  const paths = rows.map(({ id }) => page.pathOf(id));
  const metrics = rows.filter(({ kind }) => kind === "metric").map(({ id }) => page.pathOf(id));
  const [first, ...others] = metrics.slice(0, MOST_CURVES);
  const copy = async (): Promise<void> => {
    const isCopied = await copyText(paths.join("\n"));
    say(isCopied ? words.copiedPaths(paths.length) : texts.notCopied);
  };
  return (
    <div className="flex flex-wrap items-center gap-3">
      <output className="font-medium">{words.chosen(marked.size)}</output>
      <div className="button-row">
        {first === undefined || others.length === 0 ? null : (
          <button type="button" onClick={() => router.push(metricHref(first, { compare: others }))}>
            {words.compare}
          </button>
        )}
        <button type="button" onClick={() => void copy()}>
          {words.copyPaths}
        </button>
        <button type="button" onClick={() => pins.add(paths)}>
          {words.pin}
        </button>
        <button
          type="button"
          onClick={() => {
            focusTree(); // this button goes
            page.clearMarks();
          }}
        >
          {words.clear}
        </button>
      </div>
    </div>
  );
}

/** Columns and density. */
function LookMenu() {
  const look = useSignal(treeLook);
  return (
    <div>
      <button
        type="button"
        popoverTarget="look-menu"
        className="icon-button size-7!"
        aria-label={words.columns}
        title={words.columns}
      >
        <Icon name="sliders" />
      </button>
      <div popover="auto" id="look-menu" className="account-menu look-menu">
        {COLUMNS.map((key) => (
          <label key={key} className="menu-item">
            <input
              type="checkbox"
              checked={look.columns.includes(key)}
              onChange={() => setLook(withColumn(look, key))}
            />
            {texts.columns[key]}
          </label>
        ))}
        <label className="menu-item border-t border-line">
          <input
            type="checkbox"
            checked={look.isCompact}
            onChange={() => setLook({ ...look, isCompact: !look.isCompact })}
          />
          {words.compact}
        </label>
      </div>
    </div>
  );
}
