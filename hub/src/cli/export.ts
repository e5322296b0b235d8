/** `unshub export`: the history of everything below a path as CSV or JSON lines. */
import { createWriteStream, type WriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { messageOf } from "../caught.ts";
import {
  CommandFailure,
  DEFAULT_HTTP_URL,
  readArguments,
  URL_OPTION,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { streamFromHub } from "./http.ts";
import { rangeOf } from "./instant.ts";

export const EXPORT_USAGE = `unshub export [PATH] [--since 1h | --from TIME] [--to TIME] [--format csv|jsonl] [--out FILE] [--url ${DEFAULT_HTTP_URL}]
  The history of everything below PATH, one line a value, to stdout or FILE. TIME as in unshub history.`;

/** How often it is said how far it is. */
const PROGRESS_MS = 2000;

export async function exportHistory(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      ...URL_OPTION,
      since: { type: "string" },
      from: { type: "string" },
      to: { type: "string" },
      format: { type: "string", default: "csv" },
      out: { type: "string" },
    },
  });
  const { url, since, from, to, format, out } = values;
  if (positionals.length > 1)
    throw new UsageError("one PATH at most; quote paths that contain spaces");
  if (format !== "csv" && format !== "jsonl")
    throw new UsageError(`--format ${format}: csv or jsonl`);
  const range = rangeOf({ since, from, to }, Date.now());
  const search = new URLSearchParams({
    path: positionals[0] ?? "",
    from: String(range.from),
    to: String(range.to),
    format,
  });
  const lines = linesOf(await streamFromHub(url, `/api/history/export?${search.toString()}`));
  const count =
    out === undefined ? await printed(lines, console) : await intoFile(out, lines, console);
  if (count > (format === "csv" ? 1 : 0)) return 0;
  const where = positionals[0] === undefined ? "" : ` at or below "${positionals[0]}"`;
  const [begin, end] = [range.from, range.to].map((at) => new Date(at).toISOString());
  console.complain(`Nothing was recorded${where} from ${begin} to ${end}.`);
  return 0;
}

async function printed(lines: AsyncIterable<string>, console: Console): Promise<number> {
  let count = 0;
  for await (const line of lines) {
    console.print(line);
    count += 1;
  }
  return count;
}

/** How many lines. @throws {CommandFailure} when the file cannot be written. */
async function intoFile(
  file: string,
  lines: AsyncIterable<string>,
  console: Console,
): Promise<number> {
  const stream = createWriteStream(file);
  const whole = finished(stream);
  whole.catch(() => undefined); // told by the await below
  let count = 0;
  let nextAt = performance.now() + PROGRESS_MS;
  try {
    for await (const line of lines) {
      await put(stream, line);
      count += 1;
      if (performance.now() < nextAt) continue;
      console.complain(`${count} lines …`);
      nextAt = performance.now() + PROGRESS_MS;
    }
    stream.end();
    await whole;
  } catch (cause) {
    stream.destroy();
    const because = messageOf(cause);
    throw new CommandFailure(`${file}: ${because}`, { cause });
  }
  console.complain(`${count} lines in ${file}`);
  return count;
}

async function put(stream: WriteStream, line: string): Promise<void> {
  if (stream.errored !== null) throw stream.errored;
  if (stream.write(`${line}\n`)) return;
  await new Promise<void>((resolve) => {
    stream.once("drain", resolve);
    stream.once("close", resolve);
  });
}

async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
