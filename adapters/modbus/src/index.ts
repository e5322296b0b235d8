/** The front door of the Modbus adapter. */
import type { AdapterModule } from "@unshub/adapter";
import { createModbusAdapter } from "./adapter.ts";
import type { ModbusConfig } from "./config/config.ts";
import { parseModbusConfig } from "./config/parse.ts";
import { describePlan } from "./plan/index.ts";
import { exportTool } from "./tools/export-tags.ts";
import { importTool } from "./tools/import-tags.ts";
import { libraryTool } from "./tools/library-tool.ts";

export { ModbusError } from "./errors.ts";
export type { ModbusErrorCode } from "./errors.ts";
export type { ModbusConfig } from "./config/config.ts";

const modbus: AdapterModule<ModbusConfig> = {
  protocol: "modbus",
  parseConfig: (input) => parseModbusConfig(input, { folder: "." }),
  create: createModbusAdapter,
  describe: describePlan,
  tools: [importTool, exportTool, libraryTool],
};

export default modbus;
