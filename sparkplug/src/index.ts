/** The front door of the Sparkplug room: the standard itself, without I/O. */
export { DATATYPES, datatypeCode, datatypeOf, integerRange } from "./datatype.ts";
export type { Datatype } from "./datatype.ts";
export type { BornMetric, MetricReading, MetricValue, Quality } from "./metric.ts";
