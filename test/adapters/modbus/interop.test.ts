/** Whole adapters against Modbus servers of others: all tables, all kinds of types, all writes, exceptions. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MetricValue } from "@unshub/sparkplug";
import { ModbusRun } from "../../support/modbus-run.ts";
import {
  LIBMODBUS_MISSING,
  openLibmodbus,
  openPymodbus,
  PYMODBUS_MISSING,
  SOCAT_MISSING,
  type OtherServer,
} from "../../support/modbus-others.ts";
import { openBareLine } from "../../support/serial-pair.ts";

interface Example {
  readonly at: string;
  readonly value: MetricValue;
  /** Words at the address; the rest of the tag. */
  readonly words?: readonly number[];
  readonly tag?: object;
}

/** Worked out by hand or from the standards (IEEE 754, ASCII), not by our own code. */
const EXAMPLES: Readonly<Record<string, Example>> = {
  int16: { at: "hr:0", words: [0xfffe], value: -2 },
  uint16: { at: "hr:1", words: [0xfffe], value: 65_534 },
  int32: { at: "hr:2", words: [0xffff, 0xfffd], value: -3 },
  uint32: { at: "hr:4", words: [0x0001, 0x0002], value: 65_538 },
  int64: { at: "hr:6", words: [0xffff, 0xffff, 0xffff, 0xfffc], value: -4 },
  uint64: { at: "hr:10", words: [0x8000, 0, 0, 1], value: 9_223_372_036_854_775_809n },
  float16: { at: "hr:14", words: [0x3e00], value: 1.5 },
  float32: { at: "hr:15", words: [0x41bc, 0x0000], value: 23.5 },
  float64: { at: "hr:17", words: [0xbff8, 0, 0, 0], value: -1.5 },
  bcd16: { at: "hr:21", words: [0x1234], value: 1234 },
  bcd32: { at: "hr:22", words: [0x1234, 0x5678], value: 12_345_678 },
  swapped: {
    at: "hr:24",
    words: [0x0000, 0x41bc],
    value: 23.5,
    tag: { type: "float32", byteOrder: "CDAB" },
  },
  reversed: {
    at: "hr:26",
    words: [0x0000, 0xbc41],
    value: 23.5,
    tag: { type: "float32", byteOrder: "DCBA" },
  },
  text: { at: "hr:28/2", words: [0x4875, 0x6221], value: "Hub!", tag: { type: "string" } },
  int8h: { at: "hr:30", words: [0xff07], value: -1 },
  uint8l: { at: "hr:30", value: 7 },
  scaled: { at: "hr:31", words: [250], value: 25, tag: { type: "int16", scale: 0.1 } },
  bit: { at: "hr:32.3", words: [0x0008], value: true, tag: {} },
  input: { at: "ir:7", value: 1007, tag: { type: "uint16" } },
  coil: { at: "co:3", value: true, tag: {} },
  noCoil: { at: "co:4", value: false, tag: {} },
  discrete: { at: "di:5", value: true, tag: {} },
};
const WORDS = Array.from({ length: 40 }, () => 0);
for (const { at, words = [] } of Object.values(EXAMPLES)) {
  const start = Number.parseInt(at.slice(3), 10);
  for (const [offset, word] of words.entries()) WORDS[start + offset] = word;
}

/** What is written, by the function that does it. */
const WRITES: Readonly<Record<string, readonly { at: string; tag: object; value: MetricValue }[]>> =
  {
    FC5: [{ at: "co:10", tag: {}, value: true }],
    FC6: [{ at: "hr:50", tag: { type: "int16" }, value: -300 }],
    FC15: [
      { at: "co:20", tag: { writeGroup: "coils" }, value: true },
      { at: "co:21", tag: { writeGroup: "coils" }, value: true },
    ],
    FC16: [
      { at: "hr:52", tag: { type: "float32" }, value: 23.5 },
      { at: "hr:54/3", tag: { type: "string" }, value: "hello" },
    ],
    FC22: [{ at: "hr:60.5", tag: { maskWrite: true }, value: true }],
    FC23: [
      { at: "hr:70", tag: { type: "int32", useFc23: true }, value: -70_000 },
      { at: "hr:72/3", tag: { type: "string", useFc23: true }, value: "at 1x" },
    ],
  };

function tagsOf(): readonly object[] {
  const read = Object.entries(EXAMPLES).map(([name, { at, tag }]) => ({
    name,
    at,
    ...(tag ?? { type: name }),
  }));
  const written = Object.values(WRITES).flatMap((writes) =>
    writes.map(({ at, tag }) => ({ name: `w ${at}`, at, access: "rw", ...tag })),
  );
  const hole = { name: "hole", at: "hr:500", type: "uint16", access: "rw" };
  return [...read, ...written, hole];
}

/** What went over the only link since now, without transaction and unit. */
function traced({ adapter }: ModbusRun): () => readonly string[] {
  const [link] = adapter.diagnostics().links;
  assert.ok(link);
  adapter.setTrace?.(link.name, true);
  return () =>
    (adapter.trace?.(link.name) ?? []).map(({ header }) => header.replace(/^.*unit 1 /, ""));
}

async function speaksWith(link: object): Promise<void> {
  await using run = await ModbusRun.start({
    link: { timeout: "5s", ...link },
    devices: [
      {
        name: "plc",
        unit: 1,
        readOnly: false,
        groups: { all: { interval: "50ms" } },
        tags: tagsOf(),
      },
    ],
  });
  await run.until(() => run.count("born", "plc") === 1);
  for (const [name, { value }] of Object.entries(EXAMPLES)) {
    const reading = run.readings("plc", name).at(-1);
    assert.deepEqual({ name, value: reading?.value }, { name, value });
    assert.equal(reading?.quality, "good", name);
  }
  assert.equal(run.readings("plc", "hole").at(-1)?.reason, "modbus_exception_2");

  const heardFrames = traced(run);
  for (const [name, writes] of Object.entries(WRITES)) {
    const commands = writes.map(({ at, value }) => ({
      deviceId: "plc",
      metric: `w ${at}`,
      value,
    }));
    const results = await run.adapter.write(commands);
    const said = results.map(({ outcome, read, because }) => ({ name, outcome, read, because }));
    const right = writes.map(({ value }) => ({
      name,
      outcome: "ok",
      read: value,
      because: undefined,
    }));
    assert.deepEqual(said, right);
  }
  assert.deepEqual(
    heardFrames().filter((header) => header.startsWith("write and read")),
    [70, 72].flatMap((at, index) => [
      `write and read registers ${at}+${2 + index}`,
      `write and read registers: ${2 * (2 + index)} bytes`,
    ]),
  );
  const { outcome } = await run.write("plc", "hole", 1);
  assert.equal(outcome, "exception_2");
  assert.equal(run.count("died", "plc"), 0);
}

async function speaksOverTcp(opening: Promise<OtherServer>, framing: string): Promise<void> {
  await using server = await opening;
  await speaksWith({ framing, host: "127.0.0.1", port: server.port });
}

describe("interop with libmodbus", { skip: LIBMODBUS_MISSING }, () => {
  it("reads every table and type, writes by FC5, 6, 15, 16, 22 and 23, hears exceptions: TCP", () =>
    speaksOverTcp(openLibmodbus(WORDS), "tcp"));

  it("the same on a serial line", { skip: SOCAT_MISSING }, async () => {
    await using line = await openBareLine();
    await using server = await openLibmodbus(WORDS, line.far);
    assert.equal(server.port, 0);
    await speaksWith({ framing: "rtu", port: line.near, baud: 115_200, parity: "none" });
  });
});

describe("interop with pymodbus", { skip: PYMODBUS_MISSING }, () => {
  it("reads every table and type, writes by FC5, 6, 15, 16, 22 and 23, hears exceptions: TCP", () =>
    speaksOverTcp(openPymodbus("tcp", WORDS), "tcp"));

  it("the same in RTU frames over TCP", () =>
    speaksOverTcp(openPymodbus("rtu", WORDS), "rtuOverTcp"));
});
