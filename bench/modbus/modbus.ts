/**
 * `npm run bench -- modbus`: our Modbus adapter against libmodbus and `modbus-serial`, and from the PLC to the subscriber.
 * What is compared runs in the same minute against the same server.
 */
import { runParts, type PartedSuite } from "../parts.ts";
import { hostileFigures } from "./hostile.ts";
import { lineFigures } from "./line.ts";
import { libmodbusVersion } from "./c/compile.ts";
import { fleetFigures } from "./fleet.ts";
import { plantFigures } from "./plant.ts";
import { speedFigures } from "./speed.ts";
import { troubleFigures } from "./trouble.ts";

const PARTS: PartedSuite["parts"] = new Map([
  ["speed", ["one connection, as fast as it goes", speedFigures]],
  ["fleet", ["500 devices on 500 connections, 5 blocks of each a second", fleetFigures]],
  ["plant", ["PLC to MQTT subscriber through the whole hub, every value changing", plantFigures]],
  ["trouble", ["what the others feel of a device's trouble", troubleFigures]],
  ["line", ["RTU over two pseudo-terminals", lineFigures]],
  ["hostile", ["wrong values taken for right ones", hostileFigures]],
]);

const beside = () => ({ libmodbus: libmodbusVersion() });

/** @throws {TypeError} for arguments it does not know. */
export async function modbus(args: readonly string[]): Promise<void> {
  await runParts({ name: "modbus", parts: PARTS, rounds: 5, seconds: 1, beside }, args);
}
