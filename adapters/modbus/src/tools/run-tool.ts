/** What all tools of the engineer do alike: what is wrong with their arguments or with a device becomes a sentence. */
import type { ToolContext } from "@unshub/adapter";
import { ModbusError } from "../errors.ts";

/** The caller's mistake. */
export class ToolUsageError extends Error {
  override readonly name = "ToolUsageError";
}

/** Exit code: that of `run`; 2 for the caller's mistakes, 1 when the device or its link did not do. */
export async function runTool(
  usage: string,
  context: ToolContext,
  run: () => Promise<number>,
): Promise<number> {
  try {
    return await run();
  } catch (error) {
    // Of parseArgs: a TypeError with a code and a sentence of its own.
    const isArguments = error instanceof TypeError && Reflect.get(error, "code") !== undefined;
    if (error instanceof ToolUsageError || isArguments) {
      context.complain(`${error.message}\n\n${usage}`);
      return 2;
    }
    if (!(error instanceof ModbusError)) throw error;
    context.complain(error.message);
    return 1;
  }
}

/** The whole number that `text` is. @throws {ToolUsageError} */
export function wholeNumber(
  text: string,
  [least, most]: readonly [number, number],
  option: string,
): number {
  const number = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new ToolUsageError(`${option} ${text}: a whole number from ${least} to ${most}`);
}

/** `3`, `1-10`, `1,5,7-9`: every number once, in their order. @throws {ToolUsageError} */
export function numberList(
  text: string,
  limits: readonly [number, number],
  option: string,
): readonly number[] {
  const numbers = text.split(",").flatMap((part) => {
    const [first, last] = numberSpan(part, limits, option);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return [...new Set(numbers)];
}

/** `100-200`, `100..200`, or `100`. @throws {ToolUsageError} */
export function numberSpan(
  text: string,
  limits: readonly [number, number],
  option: string,
): readonly [first: number, last: number] {
  const [from = "", to = from, ...more] = text.split(/-|\.\./);
  const first = wholeNumber(from, limits, option);
  const last = wholeNumber(to, limits, option);
  if (more.length === 0 && first <= last) return [first, last];
  throw new ToolUsageError(
    `${option} ${text}: a number, or two with a dash between, the smaller first`,
  );
}
