/** An export of the history: every metric at or below some paths, one line a value, made while it is sent. */
import type { HistoryReader, TimeRange } from "../history/index.ts";
import type { UnsTree } from "../tree/index.ts";
import { CSV_HEAD, csvLine, jsonLine, pathOf } from "./history-json.ts";

export interface ExportAsked extends TimeRange {
  readonly paths: readonly string[];
  readonly format: "csv" | "jsonl";
}

export interface ExportRooms {
  readonly reader: HistoryReader;
  readonly tree: UnsTree;
  /** Whether the metric at a path may be read by whoever asked. */
  readonly mayRead: (path: string) => boolean;
}

const METRICS_AT_ONCE = 500;
const VALUES_AT_ONCE = 10_000;

/** Pieces of text. Metrics come in the order in which they were first recorded, their values oldest first. */
export async function* exportLines(
  { reader, tree, mayRead }: ExportRooms,
  asked: ExportAsked,
): AsyncGenerator<string> {
  if (asked.format === "csv") yield `${CSV_HEAD}\n`;
  const line = asked.format === "csv" ? csvLine : jsonLine;
  for await (const path of pathsBelow(reader, asked)) {
    if (!mayRead(path)) continue;
    const id = tree.find(path);
    const unit = id === undefined ? undefined : tree.info(id)?.unit;
    let after: number | undefined;
    for (let more = true; more;) {
      const page = await reader.values(path, { ...asked, limit: VALUES_AT_ONCE, after });
      if (page === undefined) break;
      if (page.values.length > 0)
        yield `${page.values.map((past) => line({ path, past, unit })).join("\n")}\n`;
      ({ more } = page);
      after = page.values.at(-1)?.time;
    }
  }
}

async function* pathsBelow(reader: HistoryReader, { paths }: ExportAsked): AsyncGenerator<string> {
  for (const path of paths) {
    let after: number | undefined = 0;
    while (after !== undefined) {
      const page = await reader.at(path, [], { after, limit: METRICS_AT_ONCE });
      for (const metric of page.metrics) yield pathOf(metric);
      after = page.next;
    }
  }
}
