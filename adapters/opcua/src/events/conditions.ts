/** The conditions that were heard of, with their last state, and the metrics that show them. */
import { ON_CHANGE } from "@unshub/adapter";
import { GOOD, type MetricValue } from "@unshub/sparkplug";
import type { DeviceTable, TableMetric } from "../values/device-table.ts";
import type { ConditionState, OpcUaEvent } from "./event-fields.ts";

/** A server can make up conditions; beyond this many they are only told as events. */
const MOST_CONDITIONS = 1_000;

/** One condition of one device. */
export interface KnownCondition {
  readonly device: string;
  /** `Alarms/<source>/<condition>` */
  readonly prefix: string;
  readonly nodeId: string;
  readonly mayAcknowledge: boolean;
  last: OpcUaEvent & { readonly condition: ConditionState };
}

type ConditionEvent = KnownCondition["last"];

const ACKNOWLEDGE = "/Acknowledge";
const CONFIRM = "/Confirm";

export class Conditions {
  /** By device and condition; bounded. */
  readonly #known = new Map<string, KnownCondition>();

  /** What is new: the condition itself, only its state, or nothing (the same was told before). */
  take(
    event: ConditionEvent,
    { device, mayAcknowledge }: { readonly device: string; readonly mayAcknowledge: boolean },
  ): "condition" | "state" | "nothing" | "tooMany" {
    const key = JSON.stringify([device, event.condition.id]);
    const known = this.#known.get(key);
    if (known !== undefined) {
      if (known.last.eventId === event.eventId) return "nothing";
      known.last = event;
      return "state";
    }
    if (this.#known.size >= MOST_CONDITIONS) return "tooMany";
    const prefix = this.#prefix(event, device);
    const nodeId = event.condition.id;
    this.#known.set(key, { device, prefix, nodeId, mayAcknowledge, last: event });
    return "condition";
  }

  /** Two conditions of one source may have one name: the later one gets a number. */
  #prefix({ source, condition }: ConditionEvent, device: string): string {
    const wanted = `Alarms/${clean(source)}/${clean(condition.name)}`;
    const taken = new Set(
      [...this.#known.values()].filter((each) => each.device === device).map((each) => each.prefix),
    );
    if (!taken.has(wanted)) return wanted;
    let number = 2;
    while (taken.has(`${wanted} ${number}`)) number += 1;
    return `${wanted} ${number}`;
  }

  get(device: string, conditionId: string): KnownCondition | undefined {
    return this.#known.get(JSON.stringify([device, conditionId]));
  }

  /** The condition that a command to `metric` acknowledges or confirms. */
  commanded(
    device: string,
    metric: string,
  ): { readonly condition: KnownCondition; readonly isConfirm: boolean } | undefined {
    for (const condition of this.#known.values()) {
      if (condition.device !== device || !condition.mayAcknowledge) continue;
      if (metric === `${condition.prefix}${ACKNOWLEDGE}`) return { condition, isConfirm: false };
      if (metric === `${condition.prefix}${CONFIRM}`) return { condition, isConfirm: true };
    }
    return undefined;
  }

  /** By device. `isReadOnly`: nothing can be commanded. */
  metrics(isReadOnly: boolean): ReadonlyMap<string, readonly TableMetric[]> {
    const metrics = new Map<string, TableMetric[]>();
    for (const { device, prefix, mayAcknowledge } of this.#known.values()) {
      const list = metrics.get(device) ?? [];
      metrics.set(device, list);
      const add = (name: string, datatype: TableMetric["datatype"], writable = false): unknown =>
        list.push({ name: `${prefix}${name}`, datatype, writable, rule: ON_CHANGE });
      add("/Active", "Boolean");
      add("/Acked", "Boolean");
      add("/Severity", "UInt16");
      add("/Message", "String");
      if (!mayAcknowledge || isReadOnly) continue;
      add(ACKNOWLEDGE, "String", true);
      add(CONFIRM, "String", true);
    }
    return metrics;
  }

  /** Shows all conditions in the tables of a new birth. */
  fill(tables: ReadonlyMap<string, DeviceTable>): void {
    for (const condition of this.#known.values()) {
      const table = tables.get(condition.device);
      if (table !== undefined) show(table, condition);
    }
  }
}

/** Shows the last state of a condition, if the table has its metrics. */
export function show(table: DeviceTable, { prefix, last }: KnownCondition): void {
  const first = table.metrics.findIndex(({ name }) => name === `${prefix}/Active`);
  if (first < 0) return;
  const { condition, severity, message, at } = last;
  const values: readonly MetricValue[] = [
    condition.isActive && condition.isRetained,
    condition.isAcked,
    severity,
    message,
  ];
  const arrival = { nowMs: performance.now(), isRead: true, historicalBefore: -Infinity };
  for (const [offset, value] of values.entries()) {
    table.value(first + offset, { value, quality: GOOD, at }, arrival);
  }
}

/** A part of a metric's name. */
function clean(part: string): string {
  // oxlint-disable-next-line no-control-regex
  return part.replaceAll(/[/+#\u0000-\u001f]/g, "_") || "unnamed";
}
