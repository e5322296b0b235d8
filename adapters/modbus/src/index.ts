/** The front door of the Modbus adapter. */
import type { AdapterModule } from "@unshub/adapter";
import { createModbusAdapter } from "./adapter.ts";
import { parseModbusConfig, type ModbusConfig } from "./config.ts";

export { ModbusError } from "./errors.ts";
export type { ModbusErrorCode } from "./errors.ts";
export type { ModbusConfig } from "./config.ts";

const modbus: AdapterModule<ModbusConfig> = {
  protocol: "modbus",
  parseConfig: parseModbusConfig,
  create: createModbusAdapter,
};

export default modbus;
