/** The columns of a Modbus tag; what is in their cells the contract's tables read. */
import { LIMIT_KEYS } from "@unshub/adapter";
import { TagTables, type CellKind } from "@unshub/adapter/table";

/** Every column, in the order in which an export writes them. */
const COLUMNS: ReadonlyMap<string, CellKind> = new Map<string, CellKind>([
  ["name", "text"],
  ["at", "text"],
  ["type", "text"],
  ["group", "text"],
  ["access", "text"],
  ["scale", "number"],
  ["offset", "number"],
  ["unit", "text"],
  ["euLow", "low"],
  ["euHigh", "high"],
  ["deadband", "number"],
  ["byteOrder", "text"],
  ["description", "text"],
  ["enum", "map"],
  ["deadbandPercent", "number"],
  ["of", "text"],
  ["publish", "text"],
  ["minInterval", "text"],
  ["maxInterval", "text"],
  ["rawRange", "range"],
  ["clamp", "boolean"],
  ["output", "text"],
  ["validRange", "range"],
  ["writeRange", "range"],
  ["invalidRaw", "list"],
  ["allowNan", "boolean"],
  ["onBad", "text"],
  ["bits", "map"],
  ["bitsAs", "text"],
  ["bitOrder", "text"],
  ["utcOffset", "text"],
  ["encoding", "text"],
  ["byte", "text"],
  ["swap", "boolean"],
  ["trim", "boolean"],
  ["consistent", "boolean"],
  ["round", "boolean"],
  ["verify", "text"],
  ["verifyAfter", "text"],
  ["verifyTimeout", "text"],
  ["idempotent", "boolean"],
  ["writeGroup", "text"],
  ["singleWrite", "text"],
  ["maskWrite", "boolean"],
  ["allowRmw", "boolean"],
  ["useFc23", "boolean"],
  ...LIMIT_KEYS.map((key) => [key, "number"] as const),
]);

/** The names of all columns, as an export writes them. */
export const TAG_COLUMNS: readonly string[] = [...COLUMNS.keys()];

/** The hub's own table of Modbus tags. What was exported can be read again. */
export const TAG_TABLES = new TagTables(COLUMNS, { required: ["name", "at"], usual: 14 });
