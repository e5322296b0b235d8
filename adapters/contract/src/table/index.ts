/** Tables of tags, as spreadsheets write them. A door of its own: only who reads one loads a reader of CSV. */
export { numberIn, type CellKind, type TagFields } from "./cells.ts";
export { importIntoTable, tableText } from "./into-table.ts";
export type { IncomingTags, TableImport } from "./into-table.ts";
export { commonFields, isIgnition, readIgnition } from "./ignition.ts";
export type { IgnitionLeaf, IgnitionTag } from "./ignition.ts";
export { MERGE_MODES, nameOf } from "./merge.ts";
export type { MergeMode } from "./merge.ts";
export { readTable } from "./read-table.ts";
export type { Table, TableProblem, TableRow } from "./read-table.ts";
export { TagTables } from "./tag-tables.ts";
export type { FoundTag, TagTable } from "./tag-tables.ts";
export { writeRows } from "./write-rows.ts";
