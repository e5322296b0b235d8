/** Reading a Modbus entry with one link, as most tests have it. */
import assert from "node:assert/strict";
import type { ConfigPlace } from "@unshub/adapter";
import type { LinkedDevices, ModbusConfig } from "../../adapters/modbus/src/config/config.ts";
import { parseModbusConfig } from "../../adapters/modbus/src/config/parse.ts";

/** The only link and its devices. */
export function onlyLink({ links }: ModbusConfig): LinkedDevices {
  const [linked, ...more] = links;
  assert.ok(linked !== undefined && more.length === 0, "the entry has not one link");
  return linked;
}

/** As `parseModbusConfig`, of an entry with one link. */
export function parseOnlyLink(entry: unknown, place: ConfigPlace = { folder: "." }): LinkedDevices {
  return onlyLink(parseModbusConfig(entry, place));
}
