/** What the page of diagnostics shows, as its address says it; what the address has besides stays. */
import { FINDING_AREAS } from "./findings.ts";
import { ANYTHING, SHOWN_LEVELS, SHOWN_STATES, type FindingFilter } from "./finding-list.ts";
import { oneOf } from "./json-parts.ts";

export interface FindingView {
  readonly filter: FindingFilter;
  /** A row for each cause, or one for each cause and subject. */
  readonly isByCause: boolean;
  /** The finding that is open; `null`: none. */
  readonly id: string | null;
  /** The picture is held as it was then, by the hub's clock; `null`: it goes on. */
  readonly at: number | null;
}

/** `search`: the query of an address. */
export function readFindingView(search: string): FindingView {
  const query = new URLSearchParams(search);
  return {
    filter: {
      area: oneOf(FINDING_AREAS, query.get("kind")) ?? ANYTHING.area,
      text: query.get("f") ?? ANYTHING.text,
      level: oneOf(SHOWN_LEVELS, query.get("level")) ?? ANYTHING.level,
      state: oneOf(SHOWN_STATES, query.get("state")) ?? ANYTHING.state,
      node: query.get("node"),
      since: query.get("since"),
    },
    isByCause: query.get("by") !== "subject",
    id: query.get("id"),
    at: momentIn(query.get("at")),
  };
}

/** As RFC 3339; what is none is left out. */
function momentIn(text: string | null): number | null {
  const ms = Date.parse(text ?? "");
  return Number.isNaN(ms) ? null : ms;
}

/** The query for a view, with a question mark; empty when there is nothing to say. */
export function writeFindingView(
  search: string,
  { filter, isByCause, id, at }: FindingView,
): string {
  const query = new URLSearchParams(search);
  const { area, text, level, state, node, since } = filter;
  const said = {
    kind: area === ANYTHING.area ? null : area,
    f: text === ANYTHING.text ? null : text,
    level: level === ANYTHING.level ? null : level,
    state: state === ANYTHING.state ? null : state,
    node,
    since,
    by: isByCause ? null : "subject",
    id,
    at: at === null ? null : new Date(at).toISOString(),
  };
  for (const [key, value] of Object.entries(said)) {
    if (value === null) query.delete(key);
    else query.set(key, value);
  }
  const written = query.toString();
  return written === "" ? "" : `?${written}`;
}
