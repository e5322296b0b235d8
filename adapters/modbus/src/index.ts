/** The front door of the Modbus adapter. */
import { tagKeysOf, writtenSchemaOf, type AdapterModule } from "@unshub/adapter";
import { createModbusAdapter } from "./adapter.ts";
import type { ModbusConfig } from "./config/config.ts";
import { entryFormSchema } from "./config/entry-form.ts";
import { parseModbusConfig } from "./config/parse.ts";
import { tagSchema } from "./config/tag-schema.ts";
import { writtenTags } from "./config/written-tags.ts";
import { EXPORT_FORMATS, exportTags } from "./csv/export/index.ts";
import { TAG_TABLES } from "./csv/tag-fields.ts";
import { describePlan } from "./plan/index.ts";
import { peersOf } from "./plan/peers.ts";
import { plannedBirths } from "./reload.ts";
import { simulateModbus } from "./simulator/simulate.ts";
import { decodeTool } from "./tools/decode.ts";
import { detectiveTool } from "./tools/detective.ts";
import { exportTool } from "./tools/export-tags.ts";
import { importTool } from "./tools/import-tags.ts";
import { libraryTool } from "./tools/library-tool.ts";
import { scanTool } from "./tools/scan.ts";
import { tryModbus } from "./trial.ts";

export { ModbusError } from "./errors.ts";
export type { ModbusErrorCode } from "./errors.ts";
export type { ModbusConfig } from "./config/config.ts";

const modbus: AdapterModule<ModbusConfig> = {
  protocol: "modbus",
  parseConfig: (input, place = { folder: "." }) => parseModbusConfig(input, place),
  create: createModbusAdapter,
  describe: describePlan,
  peers: peersOf,
  births: plannedBirths,
  deviceIds: ({ links }) => links.flatMap(({ devices }) => devices.map(({ name }) => name)),
  writtenTags,
  get tagKeys() {
    return tagKeysOf(tagSchema.shape);
  },
  get entrySchema() {
    return writtenSchemaOf(entryFormSchema);
  },
  tryConnection: tryModbus,
  tagTables: TAG_TABLES,
  exportFormats: EXPORT_FORMATS,
  exportTags,
  tools: [scanTool, decodeTool, detectiveTool, importTool, exportTool, libraryTool],
  simulate: simulateModbus,
};

export default modbus;
