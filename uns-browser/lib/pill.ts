/** The pill in the top bar: one word for how true the picture is, from the worst thing that holds. */
import { formatAge, formatClock, formatRate } from "./format.ts";
import type { Link, Traffic } from "./live.ts";
import { texts } from "./texts.ts";

export type PillState = "live" | "reconnecting" | "paused" | "lagging" | "restarted" | "past";

export interface Pill {
  readonly state: PillState;
  readonly word: string;
  /** More, in ordinary case: rates, or how old the values are. */
  readonly detail: string | null;
}

export interface PillInput {
  readonly link: Link;
  readonly traffic: Pick<Traffic, "in" | "shown" | "lagMs"> | null;
  readonly pausedAt: number | null;
  /** Whether a restart of the hub is still news. */
  readonly isRestarted: boolean;
  /** The instant that is shown instead of now. */
  readonly pastAt?: number | null;
}

/** Later than this, and a person would act on something that is over. */
const LAGGING_FROM_MS = 1000;

export function pillOf({ link, traffic, pausedAt, isRestarted, pastAt = null }: PillInput): Pill {
  const { live } = texts;
  if (link.kind === "opening")
    return { state: "reconnecting", word: live.connecting, detail: null };
  if (link.kind === "lost") {
    const detail = live.valuesFrom(formatClock(link.valuesFrom));
    return { state: "reconnecting", word: live.reconnecting(link.tries), detail };
  }
  if (pastAt !== null) return { state: "past", word: live.past(formatClock(pastAt)), detail: null };
  if (pausedAt !== null)
    return { state: "paused", word: live.paused(formatClock(pausedAt)), detail: null };
  if (isRestarted) return { state: "restarted", word: live.restarted, detail: null };
  if (traffic === null) return { state: "live", word: live.live, detail: null };
  const detail = live.rates(formatRate(traffic.shown), formatRate(traffic.in));
  if (traffic.lagMs < LAGGING_FROM_MS) return { state: "live", word: live.live, detail };
  return { state: "lagging", word: live.lagging(formatAge(traffic.lagMs)), detail };
}
