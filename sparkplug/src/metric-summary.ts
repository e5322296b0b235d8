/** Values that do not fit on a line, told in a few words. */
import type { Datatype } from "./datatype.ts";
import { isArrayValue, isDataSet, type ArrayValue, type DataSet, type Template } from "./metric.ts";

/**
 * `Int32[5]`, `DataSet 3×12` (columns × rows), `Template Motor v2, 14 members`.
 * `datatype`: of the metric, when it is known.
 */
export function summaryOf(value: ArrayValue | DataSet | Template, datatype?: Datatype): string {
  if (isArrayValue(value)) return `${elementName(datatype)}[${value.length}]`;
  if (isDataSet(value)) return `DataSet ${value.columns.length}×${value.rows.length}`;
  const { templateRef, version, metrics } = value;
  const name = templateRef === undefined ? "definition" : templateRef;
  const of = version === undefined ? name : `${name} v${version.replace(/^v/, "")}`;
  return `Template ${of}, ${metrics.length} ${metrics.length === 1 ? "member" : "members"}`;
}

function elementName(datatype: Datatype | undefined): string {
  return datatype?.replace(/Array$/, "") ?? "list";
}
