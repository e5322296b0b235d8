/** What the tree keeps of one edge node's session: whether it lives, its counters, its aliases. */
import type { Datatype, TemplateTypes } from "@unshub/sparkplug";

/** What is known of a metric from its birth. */
export interface MetricInfo {
  readonly id: number;
  /** The row of its device, or of its edge node. */
  readonly memberRow: number;
  /** `undefined` when the code is none of the standard's. */
  readonly datatype: Datatype | undefined;
  /** Code of its datatype as announced. */
  readonly datatypeCode: number;
  readonly groupId: string;
  readonly edgeNodeId: string;
  /** `undefined` for metrics of the edge node itself. */
  readonly deviceId: string | undefined;
  readonly name: string;
  readonly alias: number | bigint | undefined;
  readonly writable: boolean;
  readonly unit: string | undefined;
  /** Lowest and highest value that makes sense; `undefined` on a side that was not announced. */
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly description: string | undefined;
}

/** A device, or the edge node's own metrics. */
export interface Member {
  readonly rowId: number;
  online: boolean;
  /** By metric name. */
  readonly metrics: Map<string, MetricInfo>;
}

/** One edge node. `online` and counters are those of its current Sparkplug session. */
export interface NodeSession {
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly own: Member;
  readonly devices: Map<string, Member>;
  readonly aliases: Map<number | bigint, MetricInfo>;
  /** What the births said of the members of templates, which come without datatype in data. */
  readonly templates: TemplateTypes;
  bdSeq: number | undefined;
  /** The `seq` that the next message should carry; `undefined` before the first birth. */
  expectedSeq: number | undefined;
}
