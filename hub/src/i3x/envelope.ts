/** The shapes in which i3X answers: one result, a list of results, or why there is none. Everything is JSON text already. */
import { STATUS_CODES } from "node:http";

/** What is said of a failure, or of an answer that is not whole. [RFC 9457] names the members. */
export interface ResponseDetail {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

export function detailOf(status: number, detail: string): ResponseDetail {
  return { title: STATUS_CODES[status] ?? "Error", status, detail };
}

/** Why a whole call is not answered; a handler returns it. */
export class Refusal {
  readonly status: number;
  readonly detail: string;
  /** After which it is worth another try; `undefined`: nobody knows. */
  readonly waitMs: number | undefined;

  constructor(status: number, detail: string, waitMs?: number) {
    this.status = status;
    this.detail = detail;
    this.waitMs = waitMs;
  }
}

/** What a call is answered, in pieces that follow each other. */
export interface Answer {
  /** 206: a limit of the hub has cut it. */
  readonly status: 200 | 206;
  readonly pieces: readonly string[];
}

/** `result`: JSON text; `cut`: which limit cut it, in a sentence. */
export function success(result: readonly string[], cut?: string): Answer {
  return { status: statusOf(cut), pieces: ['{"success":true,"result":', ...result, endOf(cut)] };
}

/** What became of one element or subscription of a call that named many. */
export interface Item {
  readonly id: string;
  readonly outcome: Outcome;
}

/** `result`: JSON text. A success may say more, as that it is not confirmed yet. */
export type Outcome =
  | { readonly isDone: true; readonly result: string; readonly detail?: ResponseDetail }
  | { readonly isDone: false; readonly detail: ResponseDetail };

export const DONE: Outcome = { isDone: true, result: "null" };

export function failed(status: number, detail: string): Outcome {
  return { isDone: false, detail: detailOf(status, detail) };
}

/** What one may not see is as what is not there. */
export function notFound(elementId: string): Outcome {
  return failed(404, `Element not found: ${elementId}`);
}

/** It is on its way, and nobody knows yet how it ends. */
export function accepted(detail: string): ResponseDetail {
  return { ...detailOf(202, detail), title: "Accepted" };
}

/** One outcome for many: of those that failed the gravest, with what is said of each. */
export function together(
  all: readonly { readonly name: string; readonly outcome: Outcome }[],
): Outcome {
  const said = all.flatMap(({ name, outcome: { detail } }) =>
    detail === undefined ? [] : [`${name}: ${detail.detail}`],
  );
  const text = said.join("; ");
  const failures = all.flatMap(({ outcome }) => (outcome.isDone ? [] : [outcome.detail.status]));
  if (failures.length > 0) return failed(Math.max(...failures), text);
  return said.length === 0 ? DONE : { ...DONE, detail: accepted(text) };
}

/** In the order of the call, and as long as it. */
export function bulk(
  items: readonly Item[],
  { key = "elementId", cut }: { readonly key?: Key; readonly cut?: string | undefined } = {},
): Answer {
  const isDone = items.every(({ outcome }) => outcome.isDone);
  const pieces = items.map((item, at) => `${at === 0 ? "" : ","}${itemText(item, key)}`);
  const head = `{"success":${isDone},"results":[`;
  return { status: statusOf(cut), pieces: [head, ...pieces, "]", endOf(cut)] };
}

export type Key = "elementId" | "subscriptionId";

function itemText({ id, outcome }: Item, key: Key): string {
  const head = `{"success":${outcome.isDone},"${key}":${JSON.stringify(id)}`;
  const result = outcome.isDone ? `,"result":${outcome.result}` : "";
  const { detail } = outcome;
  return `${head}${result}${detail === undefined ? "" : `,"responseDetail":${JSON.stringify(detail)}`}}`;
}

function statusOf(cut: string | undefined): 200 | 206 {
  return cut === undefined ? 200 : 206;
}

function endOf(cut: string | undefined): string {
  return cut === undefined ? "}" : `,"responseDetail":${JSON.stringify(detailOf(206, cut))}}`;
}
