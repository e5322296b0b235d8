/** Store and forward of an edge node: what could not be sent is kept where there is a store, and told in any case. */
import type { Member } from "./edge-node-member.ts";
import type { EdgeNodeMessages } from "./edge-node-message.ts";
import type { EdgeNodeOptions, SkipCause } from "./edge-node-options.ts";
import type { MetricReading } from "./metric.ts";
import type { DeviceReadings, Draft } from "./outgoing.ts";

/** Historical readings in one message. */
const HISTORY_BATCH = 200;

export class StoreAndForward {
  readonly #options: Pick<EdgeNodeOptions, "store" | "onEvent">;

  constructor(options: Pick<EdgeNodeOptions, "store" | "onEvent">) {
    this.#options = options;
  }

  /** Readings while there is no connection: not sent, but nothing went wrong either. */
  keep({ deviceId, readings }: DeviceReadings): void {
    const lost = this.#options.store?.append(deviceId, readings) ?? 0;
    if (lost > 0) this.#lost("store full", deviceId, lost);
  }

  /** Readings that should have been sent one by one and were not. */
  skip(skipped: readonly DeviceReadings[], because: SkipCause): void {
    const readings = skipped.reduce((sum, each) => sum + each.readings.length, 0);
    if (readings === 0) return;
    for (const each of skipped) this.keep(each);
    const kept = this.#options.store !== undefined;
    this.#options.onEvent?.({ kind: "skipped", because, readings, kept });
  }

  /** The next message of historical values, taken out of the store; `undefined` when there are none. */
  take(member: Member, messages: EdgeNodeMessages): Draft | undefined {
    const { store } = this.#options;
    const { deviceId } = member;
    for (;;) {
      const readings: readonly MetricReading[] = store?.oldest(deviceId, HISTORY_BATCH) ?? [];
      if (readings.length === 0) return undefined;
      const draft = messages.history(member, readings);
      store?.forget(deviceId, readings.length);
      const lost = readings.length - draft.metrics.length;
      if (lost > 0) this.#lost("metric no longer born", deviceId, lost);
      if (draft.metrics.length > 0) return draft;
    }
  }

  #lost(
    because: "store full" | "metric no longer born",
    deviceId: string | undefined,
    readings: number,
  ): void {
    this.#options.onEvent?.({ kind: "lost", because, deviceId, readings });
  }
}
