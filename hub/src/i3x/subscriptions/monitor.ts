/**
 * Tells subscriptions of changes. A metric is told the moment it changes, with the value that it has then; what is made of
 * many metrics once for all that changed in a turn of the event loop.
 */
import type { Sight } from "../../feed/index.ts";
import { ROOT, type UnsTree, type Watch } from "../../tree/index.ts";
import type { AddressSpace } from "../space/address-space.ts";
import type { Element } from "../space/element.ts";
import type { Members } from "../space/members.ts";
import type { Values } from "../values.ts";
import type { Subscription } from "./subscription.ts";

/** An element that a subscription monitors. */
export interface Monitored {
  readonly subscription: Subscription;
  readonly element: Element;
  readonly maxDepth: number;
}

export interface MonitorOptions {
  readonly tree: UnsTree;
  readonly space: AddressSpace;
  readonly members: Members;
  readonly values: Values;
}

export class Monitor {
  readonly #options: MonitorOptions;
  readonly #watch: Watch;
  readonly #stopObserving: () => void;
  /** Who monitors a metric or a part of it, by its row. */
  readonly #ofMetrics = new Map<number, Set<Monitored>>();
  /** Who monitors a device or an edge node, by its row. */
  readonly #ofMembers = new Map<number, Set<Monitored>>();
  /** Devices that changed in this turn, and their metrics that did. */
  readonly #changed = new Map<number, Set<number>>();
  /** Which birth of a device is watched: all metrics that it names. */
  readonly #births = new Map<number, number>();
  #isFlushing = false;

  constructor(options: MonitorOptions) {
    this.#options = options;
    const { tree } = options;
    this.#watch = tree.watch((id) => this.#metricChanged(id));
    this.#stopObserving = tree.observe({
      rowAdded: (row) => this.#rowAdded(row),
      rowChanged: (row) => {
        if (this.#ofMembers.has(row)) this.#note(row);
      },
    });
  }

  /** From now on; the value that it has now is told at once. */
  add(monitored: Monitored): void {
    const { element } = monitored;
    if (element.kind === "metric" || element.kind === "part") {
      addTo(this.#ofMetrics, element.id, monitored);
      this.#watch.add(element.id);
    }
    if (element.kind === "member") {
      addTo(this.#ofMembers, element.row, monitored);
      this.#watchMember(element.row);
    }
    this.#tell(monitored, undefined);
  }

  remove(monitored: Monitored): void {
    const { element } = monitored;
    if (element.kind === "metric" || element.kind === "part") {
      removeFrom(this.#ofMetrics, element.id, monitored);
      this.#unwatch(element.id);
    }
    if (element.kind !== "member") return;
    removeFrom(this.#ofMembers, element.row, monitored);
    if (this.#ofMembers.has(element.row)) return;
    this.#births.delete(element.row);
    for (const id of this.#options.members.of(element.row)?.metrics ?? []) this.#unwatch(id);
  }

  stop(): void {
    this.#watch.stop();
    this.#stopObserving();
  }

  #watchMember(row: number): void {
    const member = this.#options.members.of(row);
    if (member === undefined || this.#births.get(row) === member.version) return;
    this.#births.set(row, member.version);
    for (const id of member.metrics) this.#watch.add(id);
  }

  #unwatch(id: number): void {
    const memberRow = this.#options.tree.definitions.memberRow(id);
    if (!this.#ofMetrics.has(id) && !this.#ofMembers.has(memberRow)) this.#watch.delete(id);
  }

  #metricChanged(id: number): void {
    for (const monitored of this.#ofMetrics.get(id) ?? []) this.#tell(monitored, undefined);
    const memberRow = this.#options.tree.definitions.memberRow(id);
    if (this.#ofMembers.has(memberRow)) this.#note(memberRow, id);
  }

  /** A metric that a device did not have before. */
  #rowAdded(row: number): void {
    const { rows } = this.#options.tree;
    if (this.#ofMembers.size === 0 || !rows.isMetric(row)) return;
    let above = rows.parent(row);
    while (rows.kind(above) === "folder" && above !== ROOT) above = rows.parent(above);
    if (this.#ofMembers.has(above)) this.#watch.add(row);
  }

  #note(memberRow: number, id?: number): void {
    const ids = this.#changed.get(memberRow) ?? new Set<number>();
    this.#changed.set(memberRow, ids);
    if (id !== undefined) ids.add(id);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const [row, ids] of changed) {
      this.#watchMember(row);
      for (const monitored of this.#ofMembers.get(row) ?? []) this.#tell(monitored, ids);
    }
  }

  /** The element, and its components as deep as they are monitored: those that changed; `undefined`: all. */
  #tell(
    { subscription, element, maxDepth }: Monitored,
    changed: ReadonlySet<number> | undefined,
  ): void {
    const { space } = this.#options;
    const { sight } = subscription;
    const now = this.#again(element);
    if (now === undefined || !space.sees(now, sight)) return;
    subscription.enqueue(this.#update(now, sight));
    for (const component of space.componentsWithin(now, maxDepth)) {
      if ("id" in component && changed?.has(component.id) === false) continue;
      if (space.sees(component, sight)) subscription.enqueue(this.#update(component, sight));
    }
  }

  /** A part is in the value that its metric has now. */
  #again(element: Element): Element | undefined {
    if (element.kind !== "part") return element;
    const whole = this.#options.space.metric(element.id);
    for (const part of this.#options.space.componentsWithin(whole, 0)) {
      if (part.path === element.path) return part;
    }
    return undefined;
  }

  #update(element: Element, sight: Sight): { readonly row: number; readonly text: string } {
    const row = "id" in element ? element.id : element.kind === "member" ? element.row : -1;
    return { row, text: this.#options.values.entryText(element, sight) };
  }
}

function addTo(sets: Map<number, Set<Monitored>>, row: number, monitored: Monitored): void {
  const set = sets.get(row) ?? new Set<Monitored>();
  sets.set(row, set.add(monitored));
}

function removeFrom(sets: Map<number, Set<Monitored>>, row: number, monitored: Monitored): void {
  const set = sets.get(row);
  set?.delete(monitored);
  if (set?.size === 0) sets.delete(row);
}
