/** Which hub a page talks to, and for a while what is new about it: it was restarted, it has a newer page, or this person other rights. */
import type { WelcomeMessage } from "@unshub/hub/feed";
import { createSignal, type Signal } from "./signal.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";

const RESTART_IS_NEWS_MS = 6000;
/** Rows may have gone, and nobody was told who did it: longer. */
const RIGHTS_ARE_NEWS_MS = 30_000;

export class HubNews {
  readonly hub = createSignal<WelcomeMessage | null>(null);
  /** For a while after the hub came back as another epoch. */
  readonly isRestarted = createSignal(false);
  /** For a while after somebody has changed what this person may see. */
  readonly hasOtherRights = createSignal(false);
  /** The hub has another build of the page than it had when this one was opened. */
  readonly isOutdated = createSignal(false);
  readonly #timer: StartTimer;
  #cancel = nothingToStop;

  constructor(timer: StartTimer) {
    this.#timer = timer;
  }

  /** @param epoch `new`: ids do not hold any more */
  welcomed(welcome: WelcomeMessage, epoch: "first" | "same" | "new"): void {
    const before = this.hub.get();
    this.hub.set(welcome);
    if (before === null) return;
    if (before.build !== welcome.build) this.isOutdated.set(true);
    if (epoch !== "new") return;
    const isSameRun = runOf(before) === runOf(welcome);
    this.#sayForAWhile(isSameRun ? this.hasOtherRights : this.isRestarted);
  }

  stop(): void {
    this.#cancel();
  }

  #sayForAWhile(news: Signal<boolean>): void {
    this.#cancel();
    for (const one of [this.isRestarted, this.hasOtherRights]) one.set(one === news);
    const forMs = news === this.isRestarted ? RESTART_IS_NEWS_MS : RIGHTS_ARE_NEWS_MS;
    this.#cancel = this.#timer(forMs, () => news.set(false));
  }
}

/** The run of the hub; what follows the dot names what this person may see, and changes with his rights. */
function runOf({ epoch }: WelcomeMessage): string {
  return epoch.split(".")[0] ?? epoch;
}
