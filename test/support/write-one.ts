/** A command of one metric. */
import type { Adapter, WriteResult } from "@unshub/adapter";
import type { MetricValue } from "@unshub/sparkplug";

export async function writeOne(
  adapter: Adapter,
  deviceId: string,
  metric: string,
  value: MetricValue,
): Promise<WriteResult> {
  const [result] = await adapter.write([{ deviceId, metric, value }]);
  if (result === undefined) throw new Error("a command without a result");
  return result;
}
