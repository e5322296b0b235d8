/** The front door of the Modbus adapter. */
import type { AdapterModule } from "@unshub/adapter";
import { createModbusAdapter } from "./adapter.ts";
import type { ModbusConfig } from "./config/config.ts";
import { parseModbusConfig } from "./config/parse.ts";

export { ModbusError } from "./errors.ts";
export type { ModbusErrorCode } from "./errors.ts";
export type { ModbusConfig } from "./config/config.ts";

const modbus: AdapterModule<ModbusConfig> = {
  protocol: "modbus",
  parseConfig: (input) => parseModbusConfig(input, { folder: "." }),
  create: createModbusAdapter,
};

export default modbus;
