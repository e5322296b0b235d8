/** What all topics below a level have in common: as long as nothing branches off, the page shows these levels in one row. */

/** A level of topics that is seen. */
export interface ChainLevel {
  readonly name: string;
  /** Down to this level. */
  readonly topic: string;
  /** Whether there are topics below it. */
  readonly branch: boolean;
  /** Whether it is a topic itself, with a message that is kept. */
  readonly messages: boolean;
  /** Whether that message is retained. */
  readonly retained: boolean;
}

export class TopicChain {
  /** The levels with which all topics so far begin. */
  #common: string | undefined;
  /** Of that level. */
  #messages = false;
  #retained = false;
  #branch = false;

  /** One topic below the level; it may come twice. */
  add(topic: string, isRetained: boolean): void {
    const before = this.#common;
    const common = before === undefined ? topic : commonLevels(before, topic);
    if (common !== before) {
      this.#common = common;
      this.#messages = false; // no topic so far is as short as this
      this.#retained = false;
      this.#branch = before !== undefined;
    }
    if (topic !== common) this.#branch = true;
    else {
      this.#messages = true;
      this.#retained ||= isRetained;
    }
  }

  /** The levels below one, the last of which has others below it; only that one may be a topic itself. */
  below(level: string): readonly ChainLevel[] {
    const common = this.#common ?? level;
    const last = this.#branch ? common : common.slice(0, common.lastIndexOf("/"));
    if (last.length <= level.length) return [];
    const names = last.slice(level.length + 1).split("/");
    let topic = level;
    return names.map((name, at) => {
      topic = `${topic}/${name}`;
      const isOwn = at === names.length - 1 && this.#branch;
      const [messages, retained] = [isOwn && this.#messages, isOwn && this.#retained];
      return { name, topic, branch: true, messages, retained };
    });
  }
}

/** Both begin with the same level at least. */
function commonLevels(a: string, b: string): string {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at < most && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  if (at === a.length && (at === b.length || b[at] === "/")) return a;
  if (at === b.length && a[at] === "/") return b;
  return a.slice(0, a.lastIndexOf("/", at - 1));
}
