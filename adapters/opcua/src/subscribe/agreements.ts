/**
 * What was asked of a server for each group and what it granted: as figures for people and metrics, and as sentences where
 * the configuration does not hold because of it.
 */
import type { LinkAgreement } from "@unshub/adapter";
import type { CreatedItem } from "./create-items.ts";
import type { Subscription } from "./subscription.ts";

/** In the order in which they are shown. */
const NAMES = [
  "publishing_interval_ms",
  "sampling_interval_ms",
  "queue_size",
  "keep_alive_count",
  "keep_alive_ms",
  "lifetime_count",
  "lifetime_ms",
] as const;

type TermName = (typeof NAMES)[number];

/** Of these more is better; of the others less is. */
const MORE_IS_BETTER: ReadonlySet<TermName> = new Set([
  "queue_size",
  "lifetime_count",
  "lifetime_ms",
]);

interface Figure {
  readonly asked: number;
  readonly granted: number;
}

/** A figure of many values: that of the one that is worst off. */
interface WorstFigure extends Figure {
  /** For how many the server granted less than half of what was asked, or waits more than twice as long. */
  readonly far: number;
}

/** What the server made of some items that were asked for together. */
export interface PartTerms {
  readonly values: number;
  readonly sampling: WorstFigure;
  readonly queue: WorstFigure;
}

/** Items of one group on one subscription. */
export interface WatchedPart {
  /** E.g. `group fast`. */
  readonly name: string;
  readonly subscription: Pick<Subscription, "asked" | "revised">;
  readonly terms: PartTerms;
  /** What comes; `values` if left out. */
  readonly brings?: "events";
}

type SubscriptionTerm = Exclude<TermName, "sampling_interval_ms" | "queue_size">;

/** The figures of a subscription itself. */
export function subscriptionFigures({
  asked,
  revised,
}: WatchedPart["subscription"]): Readonly<Record<SubscriptionTerm, Figure>> {
  const figure = (of: "keepAliveCount" | "lifetimeCount"): Figure => ({
    asked: asked[of],
    granted: revised[of],
  });
  const time = (of: "keepAliveCount" | "lifetimeCount"): Figure => ({
    asked: asked.countedInMs * asked[of],
    granted: revised.countedInMs * revised[of],
  });
  return {
    publishing_interval_ms: { asked: asked.intervalMs, granted: revised.intervalMs },
    keep_alive_count: figure("keepAliveCount"),
    keep_alive_ms: time("keepAliveCount"),
    lifetime_count: figure("lifetimeCount"),
    lifetime_ms: time("lifetimeCount"),
  };
}

const NOTHING: WorstFigure = { asked: 0, granted: 0, far: 0 };

/** What became of items that the server made; the others are told elsewhere. */
export function partOf(created: readonly CreatedItem[]): PartTerms {
  const made = created.filter(({ action }) => action === "none");
  return {
    values: made.length,
    sampling: worst(
      "sampling_interval_ms",
      made.map(({ wanted, revisedSamplingMs }) => ({
        asked: wanted.samplingMs,
        granted: revisedSamplingMs,
      })),
    ),
    queue: worst(
      "queue_size",
      made.map(({ wanted, revisedQueue }) => ({ asked: wanted.queue, granted: revisedQueue })),
    ),
  };
}

/** Whether a server granted so little that people should know. */
export function isFar(name: TermName, figure: Figure): boolean {
  return MORE_IS_BETTER.has(name) ? harm(name, figure) >= 2 : harm(name, figure) > 2;
}

/** One for each group, whatever number of subscriptions it has. */
export function agreementsOf(watched: readonly WatchedPart[]): readonly LinkAgreement[] {
  const groups = Map.groupBy(
    watched.filter(({ terms }) => terms.values > 0),
    ({ name }) => name,
  );
  return Array.from(groups, ([name, parts]) => agreementOf(name, parts));
}

function agreementOf(name: string, parts: readonly WatchedPart[]): LinkAgreement {
  const all = parts.map(({ subscription }) => subscriptionFigures(subscription));
  const of = (term: SubscriptionTerm): WorstFigure =>
    worst(
      term,
      all.map((each) => each[term]),
    );
  const figures: Readonly<Record<TermName, WorstFigure>> = {
    publishing_interval_ms: of("publishing_interval_ms"),
    sampling_interval_ms: joined(
      "sampling_interval_ms",
      parts.map(({ terms }) => terms.sampling),
    ),
    queue_size: joined(
      "queue_size",
      parts.map(({ terms }) => terms.queue),
    ),
    keep_alive_count: of("keep_alive_count"),
    keep_alive_ms: of("keep_alive_ms"),
    lifetime_count: of("lifetime_count"),
    lifetime_ms: of("lifetime_ms"),
  };
  const values = parts.reduce((sum, { terms }) => sum + terms.values, 0);
  const isOfEvents = parts.some(({ brings }) => brings === "events");
  return {
    name,
    values,
    // Events are not sampled.
    terms: NAMES.filter((term) => !isOfEvents || term !== "sampling_interval_ms").map((term) => ({
      name: term,
      asked: figures[term].asked,
      granted: figures[term].granted,
    })),
    faults: isOfEvents ? eventFaultsOf(figures) : faultsOf(figures, values),
  };
}

type Figures = Readonly<Record<TermName, WorstFigure>>;

/** What does not hold of a subscription to events. */
function eventFaultsOf(figures: Figures): readonly string[] {
  const { publishing_interval_ms: publishing, queue_size: queue } = figures;
  const faults: string[] = [];
  if (isFar("publishing_interval_ms", publishing))
    faults.push(
      `events come every ${spanText(publishing.granted)} instead of ${spanText(publishing.asked)}: allow the server a shorter interval`,
    );
  if (queue.far > 0)
    faults.push(
      `the server keeps ${queue.granted} instead of ${queue.asked} events: when more come at once, some are lost`,
    );
  return [...faults, ...lifeFaultsOf(figures)];
}

/** What does not hold, and what can be done about it. */
function faultsOf(figures: Figures, values: number): readonly string[] {
  const { publishing_interval_ms: publishing, sampling_interval_ms: sampling } = figures;
  const { queue_size: queue } = figures;
  const of = ({ far }: WorstFigure): string =>
    far === values ? `all ${values} values` : `${far} of ${values} values`;
  const faults: string[] = [];
  if (isFar("publishing_interval_ms", publishing))
    faults.push(
      `values come every ${spanText(publishing.granted)} instead of ${spanText(publishing.asked)}: give the group that interval, or allow the server a shorter one`,
    );
  else if (2 * publishing.granted < publishing.asked)
    faults.push(
      `values come every ${spanText(publishing.granted)} instead of ${spanText(publishing.asked)}: more often than asked, which costs both sides`,
    );
  if (sampling.far > 0)
    faults.push(
      `the server looks at ${of(sampling)} every ${spanText(sampling.granted)} instead of ${spanText(sampling.asked)}: what changes and changes back meanwhile is not seen`,
    );
  if (queue.far > 0)
    faults.push(
      `the server keeps ${queue.granted} instead of ${queue.asked} changes (${of(queue)}): a shorter outage than asked for costs some`,
    );
  return [...faults, ...lifeFaultsOf(figures)];
}

/** Of any subscription: what does not hold of its signs of life. */
function lifeFaultsOf({ keep_alive_ms: keepAlive, lifetime_ms: lifetime }: Figures): string[] {
  const faults: string[] = [];
  if (isFar("keep_alive_ms", keepAlive))
    faults.push(
      `a silent server gives a sign of life every ${spanText(keepAlive.granted)} instead of ${spanText(keepAlive.asked)}: that it is dead is noticed later`,
    );
  if (isFar("lifetime_ms", lifetime))
    faults.push(
      `the server gives the subscription up after ${spanText(lifetime.granted)} instead of ${spanText(lifetime.asked)} without a sign of ours: a longer outage costs what waits there`,
    );
  return faults;
}

function spanText(ms: number): string {
  return ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toPrecision(3))} s`;
}

/** How many times worse than what was asked; below 1: better. An interval of 0 asks for whatever the server can. */
function harm(name: TermName, { asked, granted }: Figure): number {
  if (asked === 0) return 0;
  const [less, more] = MORE_IS_BETTER.has(name) ? [granted, asked] : [asked, granted];
  return more / Math.max(1, less);
}

function worst(name: TermName, figures: readonly Figure[]): WorstFigure {
  return joined(
    name,
    figures.map((figure) => ({ ...figure, far: isFar(name, figure) ? 1 : 0 })),
  );
}

function joined(name: TermName, figures: readonly WorstFigure[]): WorstFigure {
  let [found = NOTHING] = figures;
  let far = 0;
  for (const figure of figures) {
    if (harm(name, figure) > harm(name, found)) found = figure;
    far += figure.far;
  }
  return { asked: found.asked, granted: found.granted, far };
}
