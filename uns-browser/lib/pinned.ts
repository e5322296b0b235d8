/** What stands at the pinned paths now: their rows, asked for again now and then, and after the hub began anew. */
import type { TreeRow } from "@unshub/hub/feed";
import { ApiError, type NamespaceApi } from "./api.ts";
import type { Namespace } from "./namespace.ts";
import type { Pins } from "./pins.ts";
import { createSignal, type Signal } from "./signal.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";

export interface PinnedRow {
  readonly path: string;
  /** `null`: nothing stands there now. */
  readonly row: TreeRow | null;
}

/** Counts of branches and rows that are born are looked for again. */
const AGAIN_MS = 10_000;

export interface Pinned {
  readonly rows: Signal<readonly PinnedRow[]>;
  stop(): void;
}

export function followPins(
  page: Pick<Namespace, "hub" | "watchAlso">,
  pins: Pick<Pins, "paths">,
  { api, timer }: { readonly api: Pick<NamespaceApi, "path">; readonly timer: StartTimer },
): Pinned {
  const rows = createSignal<readonly PinnedRow[]>([]);
  let asked = 0;
  let cancel = nothingToStop;
  const look = async (): Promise<void> => {
    cancel();
    asked += 1;
    const mine = asked;
    const paths = pins.paths.get();
    const found = await Promise.all(
      paths.map(async (path) => ({ path, row: await rowAt(api, path) })),
    );
    if (mine !== asked) return; // pinned or begun anew meanwhile
    rows.set(found);
    page.watchAlso(found.flatMap(({ row }) => (row === null ? [] : [row.id])));
    if (paths.length > 0) cancel = timer(AGAIN_MS, () => void look());
  };
  const ends = [pins.paths.subscribe(() => void look()), page.hub.subscribe(() => void look())];
  void look();
  return {
    rows,
    stop() {
      asked += 1;
      cancel();
      for (const end of ends) end();
    },
  };
}

async function rowAt(api: Pick<NamespaceApi, "path">, path: string): Promise<TreeRow | null> {
  try {
    return (await api.path(path)).rows.at(-1) ?? null;
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}
