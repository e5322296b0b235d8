/** What is known of a metric from its birth, put together when somebody asks. */
import type { Datatype } from "@unshub/sparkplug";
import type { UnsTree } from "./tree.ts";

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

/** `id`: of a metric that was born. */
export function infoOf({ rows, definitions, properties }: UnsTree, id: number): MetricInfo {
  const memberRow = definitions.memberRow(id);
  const isDevice = rows.kind(memberRow) === "device";
  const nodeRow = isDevice ? rows.parent(memberRow) : memberRow;
  const { unit, low, high, description } = properties.facts(definitions.properties(id));
  return {
    id,
    memberRow,
    datatype: definitions.datatype(id),
    datatypeCode: definitions.datatypeCode(id),
    groupId: rows.name(rows.parent(nodeRow)),
    edgeNodeId: rows.name(nodeRow),
    deviceId: isDevice ? rows.name(memberRow) : undefined,
    name: metricName({ rows }, memberRow, id),
    alias: definitions.alias(id),
    writable: definitions.isWritable(id),
    unit,
    low,
    high,
    description,
  };
}

/** The name of a metric in its birth: the rows below its member. */
export function metricName({ rows }: Pick<UnsTree, "rows">, memberRow: number, id: number): string {
  let name = rows.name(id);
  for (let row = rows.parent(id); row !== memberRow; row = rows.parent(row)) {
    name = `${rows.name(row)}/${name}`;
  }
  return name;
}
