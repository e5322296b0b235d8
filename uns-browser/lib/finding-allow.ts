/** Which line of the configuration would let in what was refused, as the hub says it. */
import type { Finding } from "./findings.ts";
import { isRecord } from "./hub-request.ts";
import { listOf, numberOf, oneOf, textOf } from "./json-parts.ts";
import { parseConsequences, type Consequences } from "./tag-review.ts";

export interface Allowing {
  readonly key: string;
  readonly before: string;
  readonly after: string;
  /** Whether it holds without a restart of the hub. */
  readonly isAtOnce: boolean;
  readonly lines: readonly {
    readonly kind: "gone" | "new";
    readonly number: number;
    readonly text: string;
  }[];
  /** The whole file, as it would be; `null`: the hub has none. */
  readonly text: string | null;
  readonly basis: string | null;
  readonly plan: Consequences | null;
}

/** `null` when it is something else. */
export function parseAllowing(value: unknown): Allowing | null {
  if (!isRecord(value)) return null;
  const [key, before] = [textOf(value["key"]), textOf(value["before"])];
  const after = textOf(value["after"]);
  if (key === null || before === null || after === null) return null;
  return {
    key,
    before,
    after,
    isAtOnce: value["isAtOnce"] === true,
    lines: listOf(value["lines"]).flatMap((line) => {
      const kind = oneOf(["gone", "new"], line["kind"]);
      const text = textOf(line["text"]) ?? "";
      return kind === null ? [] : [{ kind, number: numberOf(line["number"]) ?? 0, text }];
    }),
    text: textOf(value["text"]),
    basis: textOf(value["basis"]),
    plan: parseConsequences(value["plan"]),
  };
}

/** What the hub is asked to do it. */
export function allowRequest(
  { code }: Pick<Finding, "code">,
  { isAtOnce, after, text, basis }: Allowing,
): { readonly method: string; readonly url: string; readonly body: object } {
  if (isAtOnce)
    return {
      method: "PUT",
      url: `/api/v1/rules/${encodeURIComponent(code)}`,
      body: { level: after },
    };
  return { method: "POST", url: "/api/v1/configuration/apply", body: { text, basis } };
}

/** What was refused outside the rules of the namespace, which a change of them would let in. */
export function isRefused({ code, level }: Pick<Finding, "code" | "level">): boolean {
  if (code === "CLIENT-NAMESPACE") return true;
  return level === "reject" && code !== "T10" && /^[A-Z]\d\d$/.test(code);
}
