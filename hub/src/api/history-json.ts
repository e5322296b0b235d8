/** Values of the past as JSON and as lines of a file. Times are milliseconds since 1970 UTC. */
import { wireValue } from "../feed/index.ts";
import type { MetricThen, PastValue } from "../history/index.ts";
import { joinPath, timeText, valueJson } from "../tree/index.ts";

/** A value; flags only when they are set. */
export function pastJson(past: PastValue): object {
  const { time, receivedAt, value, datatype, quality, reason } = past;
  return {
    time,
    value: valueJson(value, datatype),
    quality,
    reason,
    receivedAt,
    datatype,
    ...(past.isGap && { gap: true }),
    ...(past.isHistorical && { historical: true }),
    ...(past.isRestated && { restated: true }),
    ...(past.isCorrected && { corrected: true }),
  };
}

/** As `pastJson`, with the value as the live feed sends it. */
export function pastWire(past: PastValue): object {
  return { ...pastJson(past), value: wireValue(past.value, past.datatype) };
}

/** Where a metric stands in the tree. */
export function pathOf({
  groupId,
  edgeNodeId,
  deviceId,
  name,
}: Pick<MetricThen, "groupId" | "edgeNodeId" | "deviceId" | "name">): string {
  const member = deviceId === "" ? [groupId, edgeNodeId] : [groupId, edgeNodeId, deviceId];
  return joinPath([...member, ...name.split("/")]);
}

/** What a line of an export is about. */
export interface ExportRow {
  readonly path: string;
  readonly past: PastValue;
  readonly unit: string | undefined;
}

export const CSV_HEAD = "time_utc,path,value,quality,source_time,received_time,unit,type";

export function csvLine({ path, past, unit }: ExportRow): string {
  const { time, receivedAt, value, quality, datatype } = past;
  const at = timeText(time) ?? String(time);
  const shown = textOf(valueJson(value, datatype));
  const cells = [at, path, shown, past.isGap ? "gap" : quality, at, timeText(receivedAt) ?? ""];
  return csvCells([...cells, unit ?? "", datatype ?? ""]);
}

export function jsonLine({ path, past, unit }: ExportRow): string {
  return JSON.stringify({ path, ...pastJson(past), unit });
}

/** One line of a CSV file; values as JSON has them. */
export function csvCells(cells: readonly unknown[]): string {
  return cells.map((json) => cell(textOf(json))).join(",");
}

function textOf(json: unknown): string | number | boolean {
  if (json === null || json === undefined) return "";
  if (typeof json === "string" || typeof json === "number" || typeof json === "boolean")
    return json;
  return JSON.stringify(json);
}

/** A text that a spreadsheet would take for a formula gets a quote in front. [RFC 4180] */
function cell(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Whether a metric was worth the same; when it was heard does not count. */
export function isSamePast(before: PastValue | undefined, now: PastValue | undefined): boolean {
  if (before === undefined || now === undefined) return before === now;
  if (before.quality !== now.quality || before.isGap !== now.isGap) return false;
  return JSON.stringify(valueJson(before.value)) === JSON.stringify(valueJson(now.value));
}
