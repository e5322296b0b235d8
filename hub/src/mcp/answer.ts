/** An answer of a tool: the same as text and as structure, together below 64 KB; what does not fit is said to be missing. */

export const MAX_ANSWER_BYTES = 65_536;
/** The frame around it: JSON-RPC, metadata. */
const SPARE_BYTES = 1024;

/** What a tool answers; `list`: the key of the list that may be cut. */
export interface Answer {
  readonly result: Readonly<Record<string, unknown>>;
  readonly list?: string;
}

export interface ToolResult {
  readonly content: { readonly type: "text"; readonly text: string }[];
  readonly structuredContent: Record<string, unknown>;
  readonly [key: string]: unknown;
}

export function toolResult({ result, list }: Answer): ToolResult {
  const whole = resultOf(result);
  if (isSmall(whole)) return whole;
  const items: unknown = list === undefined ? undefined : result[list];
  if (list === undefined || !Array.isArray(items)) return resultOf(TOO_LARGE);
  let [fits, most] = [0, items.length];
  while (most - fits > 1) {
    const middle = Math.floor((fits + most) / 2);
    if (isSmall(resultOf(cutList(result, list, middle)))) fits = middle;
    else most = middle;
  }
  return resultOf(fits === 0 ? TOO_LARGE : cutList(result, list, fits));
}

const TOO_LARGE = {
  cut: "the answer would be larger than 64 KB: ask for less, or for one after the other",
};

function cutList(
  result: Answer["result"],
  list: string,
  count: number,
): Readonly<Record<string, unknown>> {
  const items: unknown = result[list];
  const all: readonly unknown[] = Array.isArray(items) ? items : [];
  return {
    ...result,
    [list]: all.slice(0, count),
    cut: `${count} of ${all.length} are shown: the answer would be larger than 64 KB`,
  };
}

/** Undefined keys go; integers beyond 2^53 stay as they are. */
function resultOf(result: Answer["result"]): ToolResult {
  return {
    content: [{ type: "text", text: JSON.stringify(result) }],
    structuredContent: { ...result },
  };
}

function isSmall(result: ToolResult): boolean {
  return Buffer.byteLength(JSON.stringify(result)) <= MAX_ANSWER_BYTES - SPARE_BYTES;
}
