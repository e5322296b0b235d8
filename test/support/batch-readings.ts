/** What a batch says, one object per row: for tests that look at single values. */
import {
  batchReadings,
  type BornMetric,
  type MetricReading,
  type SampleBatch,
} from "@unshub/sparkplug";

export function readingsOf(
  batch: SampleBatch,
  born: readonly BornMetric[],
): readonly MetricReading[] {
  return batchReadings(batch, (metric) => born[metric]);
}
