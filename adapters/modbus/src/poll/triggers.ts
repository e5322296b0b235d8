/** Groups that are read when the value of a tag changes. */
import { isDeepStrictEqual } from "node:util";
import type { MetricValue } from "@unshub/sparkplug";
import type { DevicePlan } from "./device-plan.ts";
import type { ValueTable } from "./value-table.ts";

interface Trigger {
  readonly group: string;
  readonly index: number;
  last: MetricValue | undefined;
}

export class Triggers {
  readonly #triggers: readonly Trigger[];
  readonly #table: ValueTable;

  constructor({ groups, tags }: DevicePlan, table: ValueTable) {
    this.#table = table;
    this.#triggers = groups.flatMap(({ config: { name, schedule } }): readonly Trigger[] => {
      if (schedule.mode !== "onTrigger") return [];
      const index = tags.findIndex((tag) => tag.name === schedule.trigger);
      return index < 0 ? [] : [{ group: name, index, last: undefined }];
    });
  }

  /** Takes the values as they are for the old ones. */
  arm(): void {
    for (const trigger of this.#triggers) trigger.last = this.#table.valueOf(trigger.index);
  }

  /** The groups whose value has changed since the last time. */
  pulled(): readonly string[] {
    if (this.#triggers.length === 0) return [];
    return this.#triggers.flatMap((trigger) => {
      const value = this.#table.valueOf(trigger.index);
      // Without a value nobody knows whether it changed.
      if (value === undefined || isDeepStrictEqual(value, trigger.last)) return [];
      const isFirst = trigger.last === undefined;
      trigger.last = value;
      return isFirst ? [] : [trigger.group];
    });
  }
}
