/** The columns of a table of OPC UA tags, in the order in which they are written. */
import { LIMIT_KEYS } from "@unshub/adapter";
import { TagTables, type CellKind } from "@unshub/adapter/table";

const COLUMNS: ReadonlyMap<string, CellKind> = new Map<string, CellKind>([
  ["name", "text"],
  ["node", "text"],
  ["group", "text"],
  ["access", "text"],
  ["deadband", "number"],
  ["deadbandPercent", "number"],
  ["sampling", "text"],
  ["queue", "number"],
  ["unit", "text"],
  ["euLow", "low"],
  ["euHigh", "high"],
  ["description", "text"],
  ["device", "text"],
  ["indexRange", "text"],
  ["of", "text"],
  ["publish", "text"],
  ["minInterval", "text"],
  ["maxInterval", "text"],
  ["enum", "text"],
  ["structures", "text"],
  ["matrices", "text"],
  ["allowNan", "boolean"],
  ["onBad", "text"],
  ["maxBytes", "number"],
  ["writeRange", "range"],
  ["round", "boolean"],
  ["verify", "text"],
  ["verifyAfter", "text"],
  ["verifyTimeout", "text"],
  ["idempotent", "boolean"],
  ["writeGroup", "text"],
  ...LIMIT_KEYS.map((key) => [key, "number"] as const),
]);

/** The names of all columns. */
export const TAG_KEYS: readonly string[] = [...COLUMNS.keys()];

/** Tables of OPC UA tags: what `unshub opcua browse --csv` writes and `tagFile` reads. */
export const TAG_TABLES = new TagTables(COLUMNS, { required: ["name", "node"], usual: 12 });
