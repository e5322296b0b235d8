"use client";
import type { FilterState } from "../lib/filter.ts";
import type { Link } from "../lib/live.ts";
import type { Namespace } from "../lib/namespace.ts";
import type { Changes } from "../lib/past.ts";
import type { TopState } from "../lib/tree-loader.ts";
import { TreeGrid, type TreeGridProps } from "./tree-grid.tsx";
import {
  EmptyPlant,
  HubAbsent,
  NoMatch,
  NothingDiffers,
  Skeleton,
  TreeFailed,
} from "./tree-states.tsx";
import { useSignal } from "./use-signal.ts";

/** The tree, or what is to be said while there is none. */
export function TreeArea(props: TreeGridProps) {
  const { page } = props;
  useSignal(page.lens); // another lens has another loader
  const link = useSignal(page.live.link);
  const top = useSignal(page.loader.top);
  const filter = useSignal(page.filter.state);
  const changes = useSignal(page.past.changes);
  return stateArea(page, { link, top, filter, changes }) ?? <TreeGrid {...props} />;
}

interface States {
  readonly link: Link;
  readonly top: TopState;
  readonly filter: FilterState;
  readonly changes: Changes;
}

function stateArea(page: Namespace, { link, top, filter, changes }: States) {
  if (link.kind === "opening") {
    // The first failure may be a hub that is just starting; the second is worth a sentence.
    return link.tries > 1 ? <HubAbsent page={page} tries={link.tries} /> : <Skeleton />;
  }
  if (typeof top === "object") return <TreeFailed page={page} error={top.failed} />;
  if (top === "loading") return <Skeleton />;
  if (top === "empty") return <EmptyPlant />;
  if (changes.kind === "ready") return changes.hits === 0 ? <NothingDiffers page={page} /> : null;
  if (filter.kind === "none") return <NoMatch page={page} filter={filter.filter} />;
  return null;
}
