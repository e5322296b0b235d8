/** What was before and after something that was done, as a person reads it: only what differs, by its name. */
import { formatDateTime } from "./format.ts";
import { isRecord } from "./hub-request.ts";
import { visibleText } from "./visible.ts";

export interface AuditChange {
  /** Of the setting that differs; `null`: it is the whole. */
  readonly name: string | null;
  /** `null`: it was not there, or nothing was said of it. */
  readonly before: string | null;
  readonly after: string | null;
}

export function changesOf(before: unknown, after: unknown): readonly AuditChange[] {
  const [was, is] = [before ?? null, after ?? null];
  if (was === null && is === null) return [];
  if (![was, is].every((one) => one === null || isRecord(one)))
    return [{ name: null, before: shownOf(was), after: shownOf(is) }];
  const [old, young] = [recordOf(was), recordOf(is)];
  return [...new Set([...Object.keys(old), ...Object.keys(young)])]
    .map((name) => ({
      name: visibleText(name).text,
      before: shownOf(old[name], name),
      after: shownOf(young[name], name),
    }))
    .filter((change) => change.before !== change.after);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function shownOf(value: unknown, name = ""): string | null {
  if (value === undefined || value === null) return null;
  return visibleText(textOf(value, name)).text;
}

function textOf(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" && name.endsWith("At")) return formatDateTime(value);
  const isTexts = Array.isArray(value) && value.every((one) => typeof one === "string");
  return isTexts && value.length > 0 ? value.join(" · ") : JSON.stringify(value);
}

export interface AuditReason {
  /** What the person said; `null`: nothing. */
  readonly why: string | null;
  /** What came of it, in the hub's words; `null`: nothing is to be said. */
  readonly because: string | null;
}

/** As the hub writes it: `trial batch; refused: 9999 is outside 0 to 350 bar`. The result has a column of its own. */
const ENDED =
  /^(?:(?<why>.*); )?(?:refused|mismatch|failed|timeout|offline|unknown): (?<because>.*)$/s;

/** Of what was done there is nothing to say but a person's own words, however they begin. */
export function reasonOf({
  reason,
  result,
}: {
  readonly reason: string | null;
  readonly result: string;
}): AuditReason {
  const ended = result === "done" ? undefined : ENDED.exec(reason ?? "")?.groups;
  if (ended === undefined) return { why: reason, because: null };
  return { why: ended["why"] ?? null, because: ended["because"] ?? null };
}
