/** A plant behind a hub, for tests of the Namespace page. */
import type { TreeRow } from "@unshub/hub/feed";
import { createNamespace, type Namespace } from "../../uns-browser/lib/namespace.ts";
import { decodePath } from "../../uns-browser/lib/path.ts";
import { FakeHub, settled } from "./fake-hub.ts";

/** A hub with rows, asked over a fetch that answers from memory. */
export class Plant {
  readonly hub = new FakeHub();
  readonly asked: string[] = [];
  rows: TreeRow[];
  search = "";
  pageSize = 500;
  topics: readonly string[] = [];
  /** Questions that the hub refuses now. */
  refuses: RegExp | null = null;

  constructor(rows: TreeRow[]) {
    this.rows = rows;
  }

  open(search = ""): Namespace {
    this.search = search;
    return createNamespace({
      socket: this.hub.world,
      timerWhileSeen: this.hub.time.timer,
      fetch: async (url) => {
        this.asked.push(url);
        if (this.refuses?.test(url) === true)
          return { ok: false, status: 503, json: async () => null };
        const json = this.#answer(new URL(url, "http://hub"));
        return { ok: json !== null, status: json === null ? 404 : 200, json: async () => json };
      },
      localNow: () => this.hub.time.now,
      readSearch: () => this.search,
      replaceSearch: (next) => {
        this.search = next;
      },
      ui: "test",
    });
  }

  #answer({ pathname, searchParams }: URL): unknown {
    const { epoch } = this.hub;
    if (pathname.endsWith("/children")) {
      const parent = searchParams.has("id") ? Number(searchParams.get("id")) : null;
      const all = this.rows.filter((row) => row.parent === parent);
      const from = all.findIndex((row) => row.id === Number(searchParams.get("after"))) + 1;
      const rows = all.slice(from, from + this.pageSize);
      const only = rows.flatMap((row) => this.#aloneBelow(row));
      return { epoch, rows, only, more: from + rows.length < all.length };
    }
    if (pathname.endsWith("/topics")) {
      const rows = this.topics.map((topic) => ({ name: topic, topic, branch: false }));
      return { rows: searchParams.has("p") ? [] : rows, more: false };
    }
    if (pathname.endsWith("/topics/line")) {
      const topic = this.topics.find((one) => one === searchParams.get("p"));
      return topic === undefined ? null : { rows: [{ name: topic, topic, branch: false }] };
    }
    if (pathname.endsWith("/path")) return this.#path(searchParams.get("p") ?? "");
    if (pathname.endsWith("/find")) {
      const hits = this.rows.filter((row) => row.name.includes(searchParams.get("f") ?? ""));
      return { epoch, hits: hits.length, rows: hits.flatMap((row) => this.#lineOf(row)) };
    }
    return null;
  }

  #path(path: string): unknown {
    const line: TreeRow[] = [];
    for (const name of decodePath(path)) {
      const row = this.rows.find(
        (one) => one.name === name && one.parent === (line.at(-1)?.id ?? null),
      );
      if (row === undefined) return null;
      line.push(row);
    }
    return { epoch: this.hub.epoch, rows: line };
  }

  #aloneBelow(row: TreeRow): readonly TreeRow[] {
    const [only, ...others] = this.rows.filter(({ parent }) => parent === row.id);
    const isChain = row.kind === "folder" && only?.kind === "folder" && others.length === 0;
    return isChain ? [only, ...this.#aloneBelow(only)] : [];
  }

  #lineOf(row: TreeRow): readonly TreeRow[] {
    const parent = this.rows.find((one) => one.id === row.parent);
    return parent === undefined ? [row] : [...this.#lineOf(parent), row];
  }
}

/** The page once the hub has welcomed it and answered its first questions. */
export async function welcomed(plant: Plant, page: Namespace): Promise<Namespace> {
  plant.hub.welcome();
  await settled();
  await settled();
  return page;
}

/** From top to bottom. */
export function shownNames(page: Namespace): readonly string[] {
  const tree = page.shown.get();
  return Array.from(tree.order.get(), (id) => tree.get(id)?.row.name ?? "?");
}
