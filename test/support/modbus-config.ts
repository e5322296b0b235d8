/** Reading a Modbus entry with one link, as most tests have it. */
import assert from "node:assert/strict";
import type { ConfigPlace } from "@unshub/adapter";
import type { LinkedDevices, ModbusConfig } from "../../adapters/modbus/src/config/config.ts";
import { parseModbusConfig } from "../../adapters/modbus/src/config/parse.ts";
import { problemsIn } from "./config-problems.ts";

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

/** Of an entry with one link: where nobody answers. */
export const LINK = { host: "10.0.1.20" };

/** A device with one group, as it is written. */
export function device(...tags: readonly object[]): object {
  return { name: "press-01", unit: 1, groups: { fast: { interval: "250ms" } }, tags };
}

/** A tag of it. */
export function tag(fields: object): object {
  return { name: "x", at: "hr:1", type: "int16", group: "fast", ...fields };
}

/** What is wrong with an entry with one link. */
export function problemsOf(entry: unknown): readonly string[] {
  return problemsIn(() => parseOnlyLink(entry));
}

/** What is wrong with a tag beside another one. */
export function problemsOfTag(fields: object): readonly string[] {
  return problemsOf({ link: LINK, devices: [device(tag(fields), tag({ name: "y" }))] });
}
