/**
 * Tells the log what births changed: metrics that are left out, have another name or another type. One line for each edge
 * node or device and turn of the event loop, and not more of them a minute than somebody can read.
 */
import { infoOf, metricName, type MetricInfo } from "./metric-info.ts";
import type { TreeLog } from "./snapshot-keeper.ts";
import type { UnsTree } from "./tree.ts";

const MOST_NAMES = 10;
const MOST_LINES_A_MINUTE = 30;
const MINUTE_MS = 60_000;

/** Of one edge node or device; metrics by their ids. */
interface News {
  readonly removed: Set<number>;
  readonly renamed: Map<number, number>;
  readonly retyped: Map<number, MetricInfo>;
}

export class BirthNews {
  readonly #tree: UnsTree;
  readonly #log: TreeLog;
  readonly #monotonic: () => number;
  /** By the row of the edge node or device. */
  readonly #news = new Map<number, News>();
  /** Of the minute that began then. */
  #since = Number.NEGATIVE_INFINITY;
  #lines = 0;

  /** `monotonic`: milliseconds that never go back. */
  constructor(tree: UnsTree, log: TreeLog, monotonic = (): number => performance.now()) {
    this.#tree = tree;
    this.#log = log;
    this.#monotonic = monotonic;
  }

  /** Listens for as long as the tree lives. */
  start(): void {
    this.#tree.observe({
      metricRemoved: (id) => this.#of(id).removed.add(id),
      metricRetyped: (id, before) => this.#of(id).retyped.set(id, before),
      metricRenamed: (before, now) => {
        const news = this.#of(before);
        news.removed.delete(before);
        news.renamed.set(before, now);
      },
    });
  }

  #of(id: number): News {
    const memberRow = this.#tree.definitions.memberRow(id);
    const known = this.#news.get(memberRow);
    if (known !== undefined) return known;
    if (this.#news.size === 0) queueMicrotask(() => this.#tell());
    const news = { removed: new Set<number>(), renamed: new Map(), retyped: new Map() };
    this.#news.set(memberRow, news);
    return news;
  }

  #tell(): void {
    const now = this.#monotonic();
    if (now - this.#since >= MINUTE_MS) {
      this.#sayHowManyMore();
      this.#since = now;
      this.#lines = 0;
    }
    for (const [memberRow, news] of this.#news) {
      this.#lines += 1;
      if (this.#lines <= MOST_LINES_A_MINUTE)
        this.#log.info(this.#fieldsOf(memberRow, news), "metrics removed, renamed or retyped");
    }
    this.#news.clear();
  }

  #sayHowManyMore(): void {
    const births = this.#lines - MOST_LINES_A_MINUTE;
    if (births > 0) this.#log.info({ births }, "more metrics removed, renamed or retyped");
  }

  #fieldsOf(memberRow: number, { removed, renamed, retyped }: News): object {
    const nameOf = (id: number): string => metricName(this.#tree, memberRow, id);
    return {
      ...memberFields(this.#tree, memberRow),
      ...listed("removed", removed, nameOf),
      ...listed("renamed", renamed, ([before, now]) => `${nameOf(before)} → ${nameOf(now)}`),
      ...listed("retyped", retyped, ([id, before]) => {
        const now = infoOf(this.#tree, id);
        return `${nameOf(id)}: ${typeName(before)} → ${typeName(now)}`;
      }),
    };
  }
}

function memberFields({ rows }: UnsTree, memberRow: number): object {
  const isDevice = rows.kind(memberRow) === "device";
  const nodeRow = isDevice ? rows.parent(memberRow) : memberRow;
  const edgeNode = `${rows.name(rows.parent(nodeRow))}/${rows.name(nodeRow)}`;
  return { edgeNode, ...(isDevice && { device: rows.name(memberRow) }) };
}

function typeName({ datatype, datatypeCode }: MetricInfo): string {
  return datatype ?? `datatype ${datatypeCode}`;
}

/** The first ones, and how many more; nothing when there are none. */
function listed<Item>(key: string, items: Iterable<Item>, textOf: (item: Item) => string): object {
  const all = [...items];
  if (all.length === 0) return {};
  const texts = all.slice(0, MOST_NAMES).map(textOf);
  const more = all.length - texts.length;
  return { [key]: more > 0 ? [...texts, `and ${more} more`] : texts };
}
