/** `unshub modbus decode`: the same registers read as every type in every order, side by side. */
import { parseArgs } from "node:util";
import type { AdapterTool, ToolContext } from "@unshub/adapter";
import { isBitTable, LAST_ADDRESS, parseAddress, type Address } from "../address.ts";
import { decodeAll, type RegisterReading } from "../types/index.ts";
import { Asker } from "./asker.ts";
import { columns } from "./columns.ts";
import { exceptionText } from "./exception-text.ts";
import { runTool, ToolUsageError, wholeNumber } from "./run-tool.ts";
import { jsonValue, shownValue } from "./show-value.ts";
import { TARGET_OPTIONS, TARGET_USAGE, targetOf, type Target } from "./target.ts";

const USAGE = `unshub modbus decode HOST[:PORT]|/dev/tty… hr:100 [--all] [--type TYPE] [--unit 1] [--timeout 1s] [--json]
unshub modbus decode --hex 41bc0000 [--all] [--type TYPE] [--json]
  Reads up to four registers, or takes them in hex, and shows what they are as every type in every byte order.
  --type  only this one, e.g. float32
${TARGET_USAGE}`;

/** The longest numbers. */
const REGISTERS = 4;

type Source =
  | { readonly kind: "hex"; readonly data: Uint8Array }
  | {
      readonly kind: "device";
      readonly target: Target;
      readonly unit: number;
      readonly address: Address;
    };

interface Wish {
  readonly source: Source;
  readonly type: string | undefined;
  readonly isJson: boolean;
}

export const decodeTool: AdapterTool = {
  name: "decode",
  summary: "registers as every type in every byte order, side by side",
  usage: USAGE,
  run: (args, context) => runTool(USAGE, context, () => decode(wishOf(args), context)),
};

function wishOf(args: readonly string[]): Wish {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...TARGET_OPTIONS,
      all: { type: "boolean", default: false },
      type: { type: "string" },
      hex: { type: "string" },
      unit: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
    },
  });
  const { type, hex, json: isJson } = values;
  if (hex !== undefined) {
    if (positionals.length > 0) throw new ToolUsageError("either --hex or a HOST, not both");
    return { source: { kind: "hex", data: bytesOf(hex) }, type, isJson };
  }
  const [host, at, ...more] = positionals;
  if (host === undefined || at === undefined || more.length > 0) {
    throw new ToolUsageError("name a HOST and an address such as hr:100, or --hex");
  }
  const target = targetOf(host, values);
  if (typeof target === "string") throw new ToolUsageError(target);
  const unit = wholeNumber(values.unit, [0, 255], "--unit");
  return { source: { kind: "device", target, unit, address: registerAt(at) }, type, isJson };
}

function bytesOf(hex: string): Uint8Array {
  const digits = hex.replaceAll(/[\s:_,]|0x/gi, "");
  if (!/^([0-9a-f]{4})+$/i.test(digits)) {
    throw new ToolUsageError(`--hex ${hex}: four digits for each register, e.g. 41bc0000`);
  }
  return Uint8Array.from(Buffer.from(digits, "hex"));
}

function registerAt(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed.kind === "problem") throw new ToolUsageError(parsed.problem);
  if (isBitTable(parsed.address.table)) {
    throw new ToolUsageError(`"${text}" is one bit: there is only one way to read it`);
  }
  return parsed.address;
}

async function decode({ source, type, isJson }: Wish, context: ToolContext): Promise<number> {
  const data = source.kind === "hex" ? source.data : await read(source, context);
  if (data === undefined) return 1;
  const readings = decodeAll(data).filter((reading) => type === undefined || reading.type === type);
  if (readings.length === 0) {
    context.complain(`${type ?? "nothing"}: no number that fits ${data.length / 2} registers`);
    return 2;
  }
  const place = source.kind === "hex" ? "hex" : placeOf(source.address, data.length / 2);
  for (const line of isJson ? jsonLines(readings) : tables(place, data, readings)) {
    context.print(line);
  }
  return 0;
}

/** As many registers as there are, up to the longest number. */
async function read(
  { target, unit, address }: Extract<Source, { kind: "device" }>,
  context: ToolContext,
): Promise<Uint8Array | undefined> {
  const { table, start } = address;
  await using asker = await Asker.open(target.link, target.timeoutMs, context);
  let why = "";
  for (const count of [REGISTERS, 2, 1]) {
    if (start + count > LAST_ADDRESS + 1) continue;
    const answer = await asker.ask({ unit, table, start, count });
    if (answer.kind === "data") return answer.data;
    why = answer.kind === "silent" ? "does not answer" : `says ${exceptionText(answer.code)}`;
    if (answer.kind === "silent") break;
  }
  context.complain(`unit ${unit}, ${table}:${start}: the device ${why}`);
  return undefined;
}

function placeOf({ table, start }: Address, count: number): string {
  return count === 1 ? `${table}:${start}` : `${table}:${start}..${start + count - 1}`;
}

function jsonLines(readings: readonly RegisterReading[]): readonly string[] {
  return readings.map(({ type, byteOrder, registers, decoded }) =>
    JSON.stringify({ type, byteOrder, registers, ...jsonValue(decoded) }),
  );
}

function tables(
  place: string,
  data: Uint8Array,
  readings: readonly RegisterReading[],
): readonly string[] {
  const bySize = Map.groupBy(readings, ({ registers }) => registers);
  return [
    `${place}  ${wordsOf(data).join(" ")}${textOf(data)}`,
    ...[...bySize].flatMap(([registers, some]) => ["", ...tableOf(registers, some)]),
  ];
}

function wordsOf(data: Uint8Array): readonly string[] {
  const hex = Buffer.from(data).toString("hex");
  return hex.match(/.{4}/g) ?? [];
}

/** What stands there if it is text. */
function textOf(data: Uint8Array): string {
  const text = Buffer.from(data).toString("latin1").replace(/\0+$/, "");
  return /^[ -~]{2,}$/.test(text) ? `  "${text}"` : "";
}

function tableOf(registers: number, readings: readonly RegisterReading[]): readonly string[] {
  const orders = [...new Set(readings.map(({ byteOrder }) => byteOrder))];
  const rows = [...Map.groupBy(readings, ({ type }) => type)].map(([type, ofType]) => [
    type,
    ...orders.map((order) => {
      const reading = ofType.find(({ byteOrder }) => byteOrder === order);
      return reading === undefined ? "" : shownValue(reading.decoded, type);
    }),
  ]);
  const head = registers === 1 ? "1 register" : `${registers} registers`;
  return columns([[head, ...orders], ...rows]);
}
