"use client";
import type { RefObject } from "react";
import type { FilterState } from "../lib/filter.ts";
import { formatCount } from "../lib/format.ts";
import type { Namespace } from "../lib/namespace.ts";
import { texts } from "../lib/texts.ts";
import { Icon } from "./icons.tsx";
import { letterKeys } from "./kept.ts";
import { useSignal } from "./use-signal.ts";

interface FilterBoxProps {
  readonly page: Namespace;
  readonly input: RefObject<HTMLInputElement | null>;
  /** Down or Enter: on into the tree. */
  readonly onLeave: () => void;
}

export function FilterBox({ page, input, onLeave }: FilterBoxProps) {
  const text = useSignal(page.filter.text);
  const state = useSignal(page.filter.state);
  const hasKey = useSignal(letterKeys);
  return (
    <search className="flex min-w-0 flex-1 items-center gap-2 sm:max-w-[560px]">
      <div className="relative min-w-0 flex-1">
        <Icon
          name="search"
          className="pointer-events-none absolute top-1/2 left-2 size-3.5 -translate-y-1/2 text-mute"
        />
        <input
          ref={input}
          type="text"
          value={text}
          aria-label={texts.filter.label}
          placeholder={texts.filter.placeholder}
          autoComplete="off"
          spellCheck={false}
          className="h-7 w-full rounded-md border border-edge bg-bg pr-8 pl-7 text-fg"
          onChange={(event) => page.filter.set(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "ArrowDown" && event.key !== "Enter") return;
            event.preventDefault();
            onLeave();
          }}
        />
        {text === "" ? (
          <kbd
            hidden={!hasKey}
            className="pointer-events-none absolute top-1/2 right-2 -translate-y-1/2 rounded border border-line px-1 font-mono text-[11px] leading-4 text-mute max-sm:hidden"
          >
            /
          </kbd>
        ) : (
          <button
            type="button"
            className="icon-button absolute top-0.5 right-0.5 size-6!"
            aria-label={texts.filter.clear}
            onClick={() => {
              page.filter.set("");
              input.current?.focus();
            }}
          >
            <Icon name="cross" className="size-3.5" />
          </button>
        )}
      </div>
      <output className="hidden text-xs whitespace-nowrap text-mute md:block">
        {sayHits(state)}
      </output>
    </search>
  );
}

function sayHits(state: FilterState): string | null {
  const { filter } = texts;
  switch (state.kind) {
    case "off":
      return null;
    case "searching":
      return filter.searching;
    case "failed":
      return filter.failed;
    case "none":
      return filter.hits("0");
    case "found": {
      const hits = state.hits === 1 ? filter.oneHit : filter.hits(formatCount(state.hits));
      return state.shown < state.hits ? `${hits}, ${filter.cut(formatCount(state.shown))}` : hits;
    }
  }
}
