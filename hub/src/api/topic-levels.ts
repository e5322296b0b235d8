/**
 * MQTT topics as a tree, level by level: those of Sparkplug that were heard, and those with a retained message. There may
 * be very many in the process that carries all messages, so they are gathered and sorted in slices, and a long level is
 * kept for as long as somebody asks for its pages.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { Broker } from "../broker/index.ts";
import type { LastMessages } from "../heard/index.ts";
import { TopicChain, type ChainLevel } from "./topic-chain.ts";

export interface TopicRooms {
  readonly heard: Pick<LastMessages, "topics">;
  readonly broker: Pick<Broker, "retained">;
  readonly now: () => number;
}

export interface TopicLevel extends ChainLevel {
  /** Levels below it that are each the only one below the level before. */
  readonly only: readonly ChainLevel[];
}

/** Who asks. */
export interface TopicReader {
  /** Two with the same key see the same. */
  readonly key: string;
  sees(topic: string): boolean;
}

/** Topics, or comparisons, of one turn of the event loop: about a millisecond. */
const SLICE = 2000;
const KEPT_MS = 15_000;
const MOST_KEPT = 8;
/** Shorter ones are quickly made again. */
const LONG = 1000;

const NATURAL = new Intl.Collator("en", { numeric: true });

type Kept = { readonly rows: readonly TopicLevel[]; readonly until: number };
type Flags = { branch: boolean; messages: boolean; retained: boolean };
type Found = Flags & { readonly chain: TopicChain };

export class TopicLevels {
  readonly #rooms: TopicRooms;
  readonly #kept = new Map<string, Kept>();

  constructor(rooms: TopicRooms) {
    this.#rooms = rooms;
  }

  /**
   * The levels just below one, sorted by name; `undefined`: the topmost, among which may be one without a name. `isNext`:
   * the page after one that was asked for just now.
   */
  async below(
    above: string | undefined,
    reader: TopicReader,
    isNext: boolean,
  ): Promise<readonly TopicLevel[]> {
    const key = `${reader.key} ${prefixOf(above)}`;
    const kept = this.#kept.get(key);
    if (isNext && kept !== undefined && kept.until > this.#rooms.now()) return kept.rows;
    const rows = await sortedInSlices(await this.#gather(above, reader));
    this.#keep(key, rows);
    return rows;
  }

  /** The levels from the top down to a topic; `undefined`: there is none. */
  async line(topic: string, reader: TopicReader): Promise<readonly TopicLevel[] | undefined> {
    const levels = topic.split("/");
    const found = levels.map(() => newFlags());
    await this.#each(undefined, (other, isRetained) => {
      if (!reader.sees(other)) return;
      for (const [at, flags] of found.entries()) {
        const prefix = levels.slice(0, at + 1).join("/");
        if (other === prefix) noteMessage(flags, isRetained);
        else if (other.startsWith(`${prefix}/`)) flags.branch = true;
        else return;
      }
    });
    if (found.some(({ branch, messages }) => !branch && !messages)) return undefined;
    return found.map((flags, at) => ({
      name: levels[at] ?? "",
      topic: levels.slice(0, at + 1).join("/"),
      ...flags,
      only: [],
    }));
  }

  async #gather(above: string | undefined, reader: TopicReader): Promise<TopicLevel[]> {
    const found = new Map<string, Found>();
    const prefix = prefixOf(above);
    const start = prefix.length;
    await this.#each(above, (topic, isRetained) => {
      if (!reader.sees(topic)) return;
      const end = topic.indexOf("/", start);
      const name = topic.slice(start, end < 0 ? undefined : end);
      const level = found.get(name) ?? { ...newFlags(), chain: new TopicChain() };
      found.set(name, level);
      if (end < 0) return noteMessage(level, isRetained);
      level.branch = true;
      level.chain.add(topic, isRetained);
    });
    return Array.from(found, ([name, { chain, ...flags }]) => {
      const topic = `${prefix}${name}`;
      return { name, topic, ...flags, only: flags.messages ? [] : chain.below(topic) };
    });
  }

  /** Every topic below a level; one may come twice. */
  async #each(
    above: string | undefined,
    visit: (topic: string, isRetained: boolean) => void,
  ): Promise<void> {
    const { heard, broker } = this.#rooms;
    const prefix = prefixOf(above);
    // A filter that begins with a wildcard does not see them. [MQTT5-4.7.2-1]
    const own = above === undefined ? ["$SYS/#", "$sparkplug/#", "$UNS/#"] : [];
    let steps = 0;
    for (const topic of heard.topics()) {
      steps += 1;
      if (steps % SLICE === 0) await turn();
      if (topic.startsWith(prefix)) visit(topic, false);
    }
    for (const filter of [`${prefix}#`, ...own]) {
      for (const message of broker.retained(filter)) {
        steps += 1;
        if (steps % SLICE === 0) await turn();
        if (message?.topic.startsWith(prefix) === true) visit(message.topic, true);
      }
    }
  }

  #keep(key: string, rows: readonly TopicLevel[]): void {
    this.#kept.delete(key);
    if (rows.length < LONG) return;
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    const kept = { rows, until: this.#rooms.now() + KEPT_MS };
    this.#kept.set(key, kept);
    setTimeout(() => {
      if (this.#kept.get(key) === kept) this.#kept.delete(key);
    }, KEPT_MS).unref();
  }
}

/** With what all topics below a level begin; an empty level is a level too. */
function prefixOf(above: string | undefined): string {
  return above === undefined ? "" : `${above}/`;
}

function newFlags(): Flags {
  return { branch: false, messages: false, retained: false };
}

function noteMessage(flags: Flags, isRetained: boolean): void {
  flags.messages = true;
  flags.retained ||= isRetained;
}

/** By name, as a person sorts; others have their turn in between. */
async function sortedInSlices(levels: readonly TopicLevel[]): Promise<readonly TopicLevel[]> {
  let runs: TopicLevel[][] = [];
  for (let from = 0; from < levels.length; from += SLICE) {
    if (from > 0) await turn();
    runs.push(levels.slice(from, from + SLICE).toSorted(byName));
  }
  while (runs.length > 1) {
    const merged: TopicLevel[][] = [];
    for (let at = 0; at < runs.length; at += 2)
      merged.push(await mergedInSlices(runs[at] ?? [], runs[at + 1] ?? []));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergedInSlices(
  a: readonly TopicLevel[],
  b: readonly TopicLevel[],
): Promise<TopicLevel[]> {
  const merged: TopicLevel[] = [];
  for (let [left, right] = [0, 0]; merged.length < a.length + b.length;) {
    const [one, other] = [a[left], b[right]];
    const isLeft = other === undefined || (one !== undefined && byName(one, other) <= 0);
    const next = isLeft ? one : other;
    if (next !== undefined) merged.push(next);
    if (isLeft) left += 1;
    else right += 1;
    if (merged.length % SLICE === 0) await turn();
  }
  return merged;
}

/** No two of one level stand at the same place, though `1` and `01` are the same number. */
function byName(a: Pick<TopicLevel, "name">, b: Pick<TopicLevel, "name">): number {
  const natural = NATURAL.compare(a.name, b.name);
  if (natural !== 0 || a.name === b.name) return natural;
  return a.name < b.name ? -1 : 1;
}

/** Where the rows after a topic begin, also when it has gone meanwhile. */
export function placeAfter(rows: readonly TopicLevel[], topic: string): number {
  const name = topic.slice(topic.lastIndexOf("/") + 1);
  const place = rows.findIndex((row) => byName(row, { name }) > 0);
  return place < 0 ? rows.length : place;
}
