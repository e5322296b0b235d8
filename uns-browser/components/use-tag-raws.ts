import { useCallback, useEffect } from "react";
import { createSignal } from "../lib/signal.ts";
import type { TagColumn } from "../lib/tag-columns.ts";
import { createTagRawWatch, type TagRaws } from "../lib/tag-raw.ts";
import { rowAt } from "../lib/tag-rows.ts";
import { sendToHub, startTimer } from "./browser-world.ts";
import type { TableProps } from "./tag-table.tsx";
import { useOpened } from "./use-opened.ts";
import type { RowWindowView } from "./use-row-window.ts";
import { useSignal } from "./use-signal.ts";

const NONE = createSignal<TagRaws>(new Map());
const WORLD = { send: sendToHub, timer: startTimer, isSeen: () => !document.hidden };

/** What the values on screen were made of; nothing is asked where there is no column for it. */
export function useTagRaws(
  { places: { adapter, device }, state, shown }: TableProps,
  { first, end }: RowWindowView,
  columns: readonly TagColumn[],
): TagRaws {
  const isWanted = columns.some(({ name }) => name === "raw");
  const watch = useOpened(
    useCallback(
      () => (isWanted ? createTagRawWatch(WORLD, { adapter, device }) : null),
      [adapter, device, isWanted],
    ),
  );
  useEffect(() => {
    const places = Array.from({ length: Math.max(0, end - first) }, (_, at) => first + at);
    watch?.look(places.flatMap((place) => rowAt(state, shown, place)?.tag?.name ?? []));
  });
  return useSignal(watch?.raws ?? NONE);
}
