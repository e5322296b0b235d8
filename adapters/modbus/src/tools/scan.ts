/** `unshub modbus scan`: which units answer, and which of their registers. */
import { parseArgs } from "node:util";
import type { AdapterTool, ToolContext } from "@unshub/adapter";
import { isBitTable, type Table } from "../address.ts";
import { ModbusError } from "../errors.ts";
import { LIMITS } from "../wire/pdu.ts";
import { Asker } from "./asker.ts";
import { exceptionText } from "./exception-text.ts";
import { numberList, numberSpan, runTool, ToolUsageError, wholeNumber } from "./run-tool.ts";
import { survey, type Surveyed } from "./survey.ts";
import { TARGET_OPTIONS, TARGET_USAGE, targetOf, type Target } from "./target.ts";

const TABLES = ["hr", "ir", "co", "di"] as const;

const USAGE = `unshub modbus scan HOST[:PORT]|/dev/tty… [--unit 1-10] [--table hr,ir,co,di] [--range 0-200] [--max-block N]
    [--max-requests N] [--timeout 1s] [--json]
  Says which units answer and which of their registers: asks for blocks of at most N, and halves what is refused. Reads
  only. Addresses are zero-based, as in the PDU. Ctrl-C ends it and shows what was found until then.
  --unit          default 1
  --table         default hr
  --range         default 0-200
  --max-block     registers (or bits) in one request, default 100
  --max-requests  for each table of each unit, default 2000
${TARGET_USAGE}`;

interface Wish {
  readonly target: Target;
  readonly units: readonly number[];
  readonly tables: readonly Table[];
  readonly range: readonly [first: number, last: number];
  readonly maxBlock: number;
  readonly maxRequests: number;
  readonly isJson: boolean;
}

export const scanTool: AdapterTool = {
  name: "scan",
  summary: "which units and registers of a device answer",
  usage: USAGE,
  run: (args, context) => runTool(USAGE, context, () => scan(wishOf(args), context)),
};

function wishOf(args: readonly string[]): Wish {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...TARGET_OPTIONS,
      unit: { type: "string", default: "1" },
      table: { type: "string", default: "hr" },
      range: { type: "string", default: "0-200" },
      "max-block": { type: "string", default: "100" },
      "max-requests": { type: "string", default: "2000" },
      json: { type: "boolean", default: false },
    },
  });
  const [host, ...more] = positionals;
  if (host === undefined || more.length > 0)
    throw new ToolUsageError("name one HOST or serial port");
  const target = targetOf(host, values);
  if (typeof target === "string") throw new ToolUsageError(target);
  return {
    target,
    units: numberList(values.unit, [0, 255], "--unit"),
    tables: values.table.split(",").map(tableOf),
    range: numberSpan(values.range, [0, 65_535], "--range"),
    maxBlock: wholeNumber(values["max-block"], [1, LIMITS.readBits], "--max-block"),
    maxRequests: wholeNumber(values["max-requests"], [1, 200_000], "--max-requests"),
    isJson: values.json,
  };
}

function tableOf(text: string): Table {
  const table = TABLES.find((each) => each === text);
  if (table === undefined) throw new ToolUsageError(`--table ${text}: ${TABLES.join(", ")}`);
  return table;
}

async function scan(wish: Wish, context: ToolContext): Promise<number> {
  await using asker = await Asker.open(wish.target.link, wish.target.timeoutMs, context);
  let answering = 0;
  try {
    for (const unit of wish.units) {
      if (await scanUnit(asker, wish, { unit, context })) answering += 1;
    }
  } catch (error) {
    if (!(error instanceof ModbusError) || error.code !== "STOPPED") throw error;
    context.complain(
      `stopped after ${asker.asked} requests; the above is what was found until then`,
    );
    return 1;
  }
  if (!wish.isJson) {
    context.print(`${answering} of ${wish.units.length} units answer; ${asker.asked} requests`);
  }
  return answering > 0 ? 0 : 1;
}

interface OneUnit {
  readonly unit: number;
  readonly context: ToolContext;
}

/** Whether the unit answers at all, be it with exceptions. */
async function scanUnit(asker: Asker, wish: Wish, { unit, context }: OneUnit): Promise<boolean> {
  const [first, last] = wish.range;
  for (const table of wish.tables) {
    const most = isBitTable(table) ? LIMITS.readBits : LIMITS.readRegisters;
    const maxBlock = Math.min(wish.maxBlock, most);
    const limits = { first, last, maxBlock, maxRequests: wish.maxRequests };
    const surveyed = await survey(asker, { unit, table, ...limits });
    report(surveyed, { unit, table, wish, context });
    if (!surveyed.isThere) return false;
  }
  return true;
}

interface Found extends OneUnit {
  readonly table: Table;
  readonly wish: Wish;
}

function report({ stretches, isThere, isWhole }: Surveyed, found: Found): void {
  const { unit, table, wish, context } = found;
  if (wish.isJson) {
    const ranges = stretches.map(({ first, last, refusal }) => ({
      first,
      last,
      ...(refusal === undefined ? { answer: "data" } : refusalJson(refusal)),
    }));
    context.print(JSON.stringify({ unit, table, answers: isThere, isWhole, ranges }));
    return;
  }
  if (!isThere) {
    context.print(`unit ${unit}: ${refusalText(stretches[0]?.refusal ?? "silent")}`);
    return;
  }
  context.print(`unit ${unit}, ${table}`);
  for (const { first, last, refusal } of stretches) {
    const what = refusal === undefined ? "answers" : refusalText(refusal);
    context.print(`  ${spanText(table, first, last).padEnd(18)} ${what}`);
  }
  if (!isWhole) {
    context.print(
      "  …                  not looked at: too many requests, or too many without an answer",
    );
  }
}

function refusalJson(refusal: number | "silent"): object {
  return refusal === "silent" ? { answer: "silent" } : { answer: "exception", code: refusal };
}

function refusalText(refusal: number | "silent"): string {
  return refusal === "silent" ? "no answer" : exceptionText(refusal);
}

function spanText(table: Table, first: number, last: number): string {
  return first === last ? `${table}:${first}` : `${table}:${first}..${last}`;
}
