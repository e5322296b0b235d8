/**
 * The page of one metric without its screen: the Namespace page finds and watches the metric, the chart has its past;
 * here both are joined with the address bar and with the metrics that it is compared with.
 */
import type { TreeRow } from "@unshub/hub/feed";
import { ApiError, createApi } from "./api.ts";
import { createChart, MOST_CURVES, type Chart, type Curve } from "./chart.ts";
import type { SendLike } from "./hub-request.ts";
import {
  readMetricAddress,
  writeMetricAddress,
  type MetricAddress,
  type MetricTab,
} from "./metric-address.ts";
import { createNamespace, type Namespace, type NamespaceWorld } from "./namespace.ts";
import { decodePath, readAddress } from "./path.ts";
import { createSignal, type Signal } from "./signal.ts";
import { texts } from "./texts.ts";
import { nothingToStop } from "./timer.ts";

export interface MetricWorld extends NamespaceWorld {
  readonly send: SendLike;
}

/** What stands at the path of the address bar. */
export type Subject =
  /** No path at all. */
  | { readonly kind: "none" }
  | { readonly kind: "looking"; readonly path: string }
  | { readonly kind: "missing"; readonly path: string }
  | { readonly kind: "branch"; readonly path: string; readonly row: TreeRow }
  | { readonly kind: "metric"; readonly path: string; readonly row: TreeRow };

export interface MetricPage {
  readonly page: Namespace;
  readonly chart: Chart;
  readonly subject: Signal<Subject>;
  readonly address: Signal<MetricAddress>;
  /** Why something could not be compared. */
  readonly compareFault: Signal<string | null>;
  choose(change: { readonly tab?: MetricTab; readonly isUtc?: boolean }): void;
  compare(path: string): void;
  leaveOut(path: string): void;
  followAddress(): void;
  stop(): void;
}

const CHART_PARTS = 1000;
const WRITE_ADDRESS_AFTER_MS = 200;

export function createMetric(world: MetricWorld): MetricPage {
  return new OneMetric(world);
}

class OneMetric implements MetricPage {
  readonly page: Namespace;
  readonly chart: Chart;
  readonly subject: Signal<Subject>;
  readonly address: Signal<MetricAddress>;
  readonly compareFault = createSignal<string | null>(null);
  readonly #world: MetricWorld;
  readonly #ends: (() => void)[];
  #cancelWrite = nothingToStop;
  /** Grows with each look-up of the compared metrics; an older answer is too late. */
  #looked = 0;

  constructor(world: MetricWorld) {
    this.#world = world;
    const address = readMetricAddress(world.readSearch());
    this.address = createSignal(address);
    this.page = createNamespace(world);
    const { page } = this;
    this.chart = createChart(
      {
        send: world.send,
        timer: world.timerWhileSeen,
        clock: page.clock,
        store: page.store,
        knownUntil: () => knownUntil(page),
        parts: CHART_PARTS,
      },
      address.range,
    );
    if (address.hasBefore) this.chart.hasBefore.set(true);
    this.subject = createSignal(this.#subject());
    const look = (): void => this.#look();
    this.#ends = [
      page.selection.subscribe(look),
      page.missingPath.subscribe(look),
      this.chart.range.subscribe(() => this.#change({ range: this.chart.range.get() })),
      this.chart.hasBefore.subscribe(() => this.#change({ hasBefore: this.chart.hasBefore.get() })),
    ];
  }

  choose(change: { readonly tab?: MetricTab; readonly isUtc?: boolean }): void {
    this.#change(change);
  }

  compare(path: string): void {
    const { compare } = this.address.get();
    const own = readAddress(this.#world.readSearch()).path;
    this.compareFault.set(null);
    if (path === own || compare.includes(path)) return;
    if (compare.length + 1 >= MOST_CURVES) {
      this.compareFault.set(texts.chart.compareFull);
      return;
    }
    this.#change({ compare: [...compare, path] });
    void this.#showCurves();
  }

  leaveOut(path: string): void {
    this.#change({ compare: this.address.get().compare.filter((one) => one !== path) });
    void this.#showCurves();
  }

  followAddress(): void {
    this.address.set(readMetricAddress(this.#world.readSearch()));
    this.chart.setRange(this.address.get().range);
    this.page.followAddress();
    void this.#showCurves();
  }

  stop(): void {
    this.#cancelWrite();
    this.#looked += 1;
    for (const end of this.#ends) end();
    this.chart.stop();
    this.page.stop();
  }

  #subject(): Subject {
    const selected = this.page.selection.get();
    const tree = this.page.shown.get();
    const view = selected === null ? null : tree.get(selected.id);
    if (view !== null) {
      const { row } = view;
      return {
        kind: row.kind === "metric" ? "metric" : "branch",
        path: this.page.pathOf(row.id),
        row,
      };
    }
    const { path } = readAddress(this.#world.readSearch());
    if (path === null) return { kind: "none" };
    return { kind: this.page.missingPath.get() === null ? "looking" : "missing", path };
  }

  #look(): void {
    this.subject.set(this.#subject());
    void this.#showCurves();
  }

  /** The metric itself and those that it is compared with; ids are those of this run of the hub. */
  async #showCurves(): Promise<void> {
    const subject = this.subject.get();
    if (subject.kind !== "metric") return;
    this.#looked += 1;
    const looked = this.#looked;
    const api = createApi(this.#world.fetch);
    const { compare } = this.address.get();
    const rows = await Promise.all(
      compare.map(async (path) => {
        const found = await api.path(path).catch((error: unknown) => {
          if (error instanceof ApiError) return null;
          throw error;
        });
        const row = found?.rows.at(-1);
        return { path, row: row?.kind === "metric" ? row : null };
      }),
    );
    if (looked !== this.#looked) return;
    const missing = rows.find(({ row }) => row === null);
    if (missing !== undefined) this.compareFault.set(texts.chart.compareMissing(missing.path));
    const curves = [subject, ...rows].map(({ path, row }) => curveOf(path, row));
    this.page.watch(curves.flatMap(({ id }) => (id === null ? [] : [id])));
    this.chart.show(curves);
  }

  #change(change: Partial<MetricAddress>): void {
    this.address.set({ ...this.address.get(), ...change });
    this.#cancelWrite();
    this.#cancelWrite = this.#world.socket.timer(WRITE_ADDRESS_AFTER_MS, () => {
      const search = this.#world.readSearch();
      this.#world.replaceSearch(writeMetricAddress(search, this.address.get()));
    });
  }
}

/** A row as a curve; without one, only the past of its path. */
function curveOf(path: string, row: TreeRow | null): Curve {
  return {
    path,
    id: row?.id ?? null,
    name: row?.name ?? decodePath(path).at(-1) ?? path,
    datatype: row?.datatype,
    unit: row?.unit,
  };
}

/** Up to when this page knows what values are. */
export function knownUntil({ live, clock }: Pick<Namespace, "live" | "clock">): number {
  const link = live.link.get();
  if (link.kind === "lost") return link.valuesFrom;
  return live.pausedAt.get() ?? clock.now();
}
