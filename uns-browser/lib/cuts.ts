/** The ways in which one page cuts the plant, each with its tree and what fetches it. They begin when they are looked at. */
import { createApi, type FetchLike } from "./api.ts";
import { createLensApi, type LensApi } from "./lens-api.ts";
import type { Lens } from "./path.ts";
import { createTree, type Tree } from "./tree.ts";
import { createTreeLoader, type TreeLoader } from "./tree-loader.ts";

export interface Cut {
  readonly lens: Lens;
  readonly tree: Tree;
  readonly loader: TreeLoader;
  /** Names rows by the path in the address bar. */
  pathOf(id: number): string;
  /** Begins for a run of the hub; where it has, it only looks again: what was not looked at may be old. */
  begin(epoch: string): Promise<void>;
}

export function createCuts(fetchLike: FetchLike): Readonly<Record<Lens, Cut>> {
  const api = createApi(fetchLike);
  const other = (lens: "uns" | "topic"): Cut => {
    const own = createLensApi(fetchLike, lens);
    const asked = { ...api, children: own.children.bind(own), path: own.path.bind(own) };
    return new OneCut(lens, asked, own);
  };
  return {
    sparkplug: new OneCut("sparkplug", api, null),
    uns: other("uns"),
    topic: other("topic"),
  };
}

class OneCut implements Cut {
  readonly lens: Lens;
  readonly tree = createTree();
  readonly loader: TreeLoader;
  readonly #own: LensApi | null;
  #epoch: string | null = null;

  constructor(lens: Lens, api: Parameters<typeof createTreeLoader>[0], own: LensApi | null) {
    this.lens = lens;
    this.loader = createTreeLoader(api, this.tree);
    this.#own = own;
  }

  pathOf(id: number): string {
    return this.#own?.pathOf(id) ?? this.tree.pathOf(id);
  }

  async begin(epoch: string): Promise<void> {
    if (this.#epoch === epoch) return await this.loader.refresh();
    this.#epoch = epoch;
    this.#own?.begin(epoch);
    await this.loader.start(epoch);
    const isFailed = typeof this.loader.top.get() === "object";
    if (isFailed && this.#epoch === epoch) this.#epoch = null; // the next one begins again
  }
}
