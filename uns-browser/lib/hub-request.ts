/** Questions to the hub that change something, or are about the person who asks: answers, refusals in the hub's words, silence. */

import { inOurLanguage } from "./hub-words.ts";
import { texts } from "./texts.ts";

/** What is needed of `fetch`; handed in so that tests need no network. */
export type SendLike = (
  url: string,
  options: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body: string | null;
  },
) => Promise<{
  readonly ok: boolean;
  readonly status: number;
  readonly headers?: { get(name: string): string | null };
  json(): Promise<unknown>;
}>;

export type Answer =
  | { readonly kind: "done"; readonly value: unknown }
  /** `because`: a sentence of the hub, or `null` when it gave none. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly because: string | null;
      /** Everything that is wrong, where the hub tells it one by one. */
      readonly errors?: readonly unknown[];
    }
  | { readonly kind: "unreachable" };

/** The header by which the hub knows its own page: no page of another site can send it. */
const OWN_PAGE = { "x-uns-hub": "page" } as const;

export async function askHub(
  send: SendLike,
  method: string,
  url: string,
  body?: object,
): Promise<Answer> {
  const headers = {
    accept: "application/json",
    ...OWN_PAGE,
    ...(body !== undefined && { "content-type": "application/json" }),
  };
  const text = body === undefined ? null : JSON.stringify(body);
  const answer = await send(url, { method, headers, body: text }).catch(() => null);
  if (answer === null) return { kind: "unreachable" };
  const value: unknown = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (answer.ok) return { kind: "done", value };
  if (answer.status >= 502) return { kind: "unreachable" }; // a proxy before a hub that is away
  const errors = isRecord(value) ? value["errors"] : undefined;
  return {
    kind: "refused",
    status: answer.status,
    because: detailOf(value),
    ...(Array.isArray(errors) && { errors }),
  };
}

/** Why it was not done, as a sentence to be shown. */
export function sentenceOf(answer: Exclude<Answer, { kind: "done" }>): string {
  if (answer.kind === "unreachable") return texts.entry.unreachable;
  const { because } = answer;
  if (because === null) return texts.entry.refused(answer.status);
  return asSentence(because);
}

/** Words of ours; names (press-01, bdSeq) are written as they are. */
const PLAIN_WORD = /^\p{Ll}+(?=[\s,;:]|\.?$)/u;

/** The hub's words in the language of the page, with a capital and a full stop. */
export function asSentence(because: string): string {
  const said = inOurLanguage(because);
  if (/\p{Script=Han}/u.test(said)) return /[。！？….]$/.test(said) ? said : `${said}。`;
  const end = /[.!?]$/.test(said) ? "" : ".";
  const first = said.charAt(0);
  return `${PLAIN_WORD.test(said) ? first.toUpperCase() : first}${said.slice(1)}${end}`;
}

/** [RFC 9457] */
function detailOf(value: unknown): string | null {
  if (!isRecord(value)) return null;
  const { detail } = value;
  return typeof detail === "string" ? detail : null;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
