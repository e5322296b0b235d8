/** The tree of the past over HTTP: what rows were worth at an instant, and what differs between two. */
import type { TreeRow, WireValue } from "@unshub/hub/feed";
import type { FetchLike } from "./api.ts";
import { asSentence, isRecord } from "./hub-request.ts";
import { isTreeRow, isWireValue, STRIDE } from "./messages.ts";
import { texts } from "./texts.ts";

/** Values of rows as a `d` frame carries them; `t`: what their times are relative to. */
export interface PastValues {
  readonly t: number;
  readonly u: readonly WireValue[];
}

/** Metrics that differ between two instants; `rows` holds the first of them with all above. */
interface Difference {
  readonly epoch: string;
  readonly hits: number;
  readonly rows: readonly TreeRow[];
  readonly before: PastValues;
  readonly after: PastValues;
}

/** Why the past is not shown, as a sentence. */
export class PastError extends Error {}

export interface DifferenceAsked {
  readonly from: number;
  /** `null`: now. */
  readonly to: number | null;
  readonly filter: string;
}

export interface PastApi {
  at(at: number, ids: readonly number[], signal: AbortSignal): Promise<PastValues>;
  difference(asked: DifferenceAsked, signal: AbortSignal): Promise<Difference>;
}

const MOST_ROWS = 2000;

export function createPastApi(fetchLike: FetchLike): PastApi {
  return {
    async at(at, ids, signal) {
      const json = await ask(fetchLike, `/api/ns/at?at=${at}&ids=${ids.join(",")}`, signal);
      const values = valuesOf(json["t"], json["u"]);
      if (values === null) throw new PastError(texts.notUnderstood);
      return values;
    },
    async difference(asked, signal) {
      const url = `/api/ns/difference?${queryOf(asked)}&limit=${MOST_ROWS}`;
      const difference = differenceOf(await ask(fetchLike, url, signal));
      if (difference === null) throw new PastError(texts.notUnderstood);
      return difference;
    },
  };
}

/** The same list as a file. */
export function differenceFile(asked: DifferenceAsked): string {
  return `/api/ns/difference/export?${queryOf(asked)}`;
}

function queryOf({ from, to, filter }: DifferenceAsked): string {
  const end = to === null ? "" : `&to=${to}`;
  const only = filter === "" ? "" : `&f=${encodeURIComponent(filter.toWellFormed())}`;
  return `from=${from}${end}${only}`;
}

async function ask(
  fetchLike: FetchLike,
  url: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const headers = { accept: "application/json" };
  const answer = await fetchLike(url, { signal, headers }).catch(() => {
    throw new PastError(texts.entry.unreachable);
  });
  const json = await answer.json().catch(() => null);
  if (answer.ok && isRecord(json)) return json;
  const detail = isRecord(json) ? json["detail"] : undefined;
  throw new PastError(
    typeof detail === "string" ? asSentence(detail) : texts.entry.refused(answer.status),
  );
}

function differenceOf(json: Readonly<Record<string, unknown>>): Difference | null {
  const { epoch, hits, rows, from, to } = json;
  const [before, after] = [valuesOf(from, json["before"]), valuesOf(to, json["after"])];
  if (typeof epoch !== "string" || typeof hits !== "number" || !Array.isArray(rows)) return null;
  if (before === null || after === null) return null;
  return { epoch, hits, rows: rows.filter(isTreeRow), before, after };
}

function valuesOf(t: unknown, u: unknown): PastValues | null {
  if (typeof t !== "number" || !Array.isArray(u) || u.length % STRIDE !== 0) return null;
  return { t, u: u.map((one: unknown) => (isWireValue(one) ? one : null)) };
}
