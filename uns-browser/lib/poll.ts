/** Something that the hub is asked again and again as long as a page shows it; the last answer stays, and says so. */
import { askHub, sentenceOf, type Answer, type SendLike } from "./hub-request.ts";
import { createSignal, type Signal } from "./signal.ts";
import { texts } from "./texts.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";

export type Polled<T> =
  | { readonly kind: "asking" }
  | { readonly kind: "failed"; readonly because: string }
  /**
   * `isOld`: the hub did not answer the last time, or not for five seconds, or with something else, which `because` then
   * says. `at`: of the answer, milliseconds since 1970 UTC by the hub's clock, to the second; that of this machine may be
   * wrong.
   */
  | {
      readonly kind: "ready";
      readonly value: T;
      readonly isOld: boolean;
      readonly at: number;
      readonly because?: string;
    };

export interface Poll<T> {
  readonly state: Signal<Polled<T>>;
  refresh(): Promise<void>;
  stop(): void;
}

export interface PollWorld {
  readonly send: SendLike;
  readonly timer: StartTimer;
  readonly localNow: () => number;
}

/** An answer that was understood; `null`: it was something else. */
export type Understood<T> =
  | { readonly kind: "done"; readonly value: T | null }
  | Exclude<Answer, { kind: "done" }>;

interface Question<T> {
  readonly everyMs: number;
  readonly ask: (send: SendLike) => Promise<Understood<T>>;
  /** Whether nothing new can come after this answer: it is asked no more, unless somebody refreshes. */
  readonly isLast?: (value: T) => boolean;
}

/** One route, asked and understood. `parse`: `null` when it is something else. */
export function asking<T>(
  url: string,
  parse: (value: unknown) => T | null,
): (send: SendLike) => Promise<Understood<T>> {
  return async (send) => {
    const answer = await askHub(send, "GET", url);
    return answer.kind === "done" ? { kind: "done", value: parse(answer.value) } : answer;
  };
}

/** Nothing that waits for its answer longer than this is called fresh. */
const LATE_AFTER_MS = 5000;

/** Whoever may not see it (any more) does not see the last of it; what is gone is not shown as old. */
const NOT_SHOWN = new Set([401, 403, 404]);

export function createPoll<T>(world: PollWorld, { everyMs, ask, isLast }: Question<T>): Poll<T> {
  const state = createSignal<Polled<T>>({ kind: "asking" });
  let cancel = nothingToStop;
  let cancelLate = nothingToStop;
  let isOpen = true;
  let asked = 0;
  let answered = 0;
  const after = (answer: Understood<T>, hubTime: number): Polled<T> => {
    const before = state.get();
    if (answer.kind === "done") {
      const { value } = answer;
      const at = Number.isNaN(hubTime) ? world.localNow() : hubTime;
      if (value !== null) return { kind: "ready", value, isOld: false, at };
      return oldOf(before, texts.notUnderstood);
    }
    if (answer.kind === "refused" && NOT_SHOWN.has(answer.status))
      return { kind: "failed", because: sentenceOf(answer) };
    if (answer.kind === "refused") return oldOf(before, sentenceOf(answer));
    if (before.kind !== "ready") return { kind: "failed", because: sentenceOf(answer) };
    return lateOf(before);
  };
  const late = (): void => {
    const before = state.get();
    if (before.kind === "ready" && !before.isOld) state.set(lateOf(before));
  };
  const refresh = async (): Promise<void> => {
    cancel();
    cancelLate();
    cancelLate = world.timer(LATE_AFTER_MS, late);
    const question = (asked += 1);
    let hubTime = Number.NaN;
    const answer = await ask(async (url, options) => {
      const got = await world.send(url, options);
      hubTime = Date.parse(got.headers?.get("date") ?? "");
      return got;
    });
    if (!isOpen || question < answered) return; // a later question was answered first
    answered = question;
    cancelLate();
    state.set(after(answer, hubTime));
    cancel();
    if (answer.kind === "done" && answer.value !== null && isLast?.(answer.value) === true) return;
    cancel = world.timer(everyMs, () => void refresh());
  };
  void refresh();
  return {
    state,
    refresh,
    stop: () => {
      isOpen = false;
      cancel();
      cancelLate();
    },
  };
}

type Ready<T> = Extract<Polled<T>, { readonly kind: "ready" }>;

/** What nobody answered any more. */
function lateOf<T>({ because: _because, ...last }: Ready<T>): Ready<T> {
  return { ...last, isOld: true };
}

/** What was said before, if anything was: what is open over it stays. */
function oldOf<T>(before: Polled<T>, because: string): Polled<T> {
  return before.kind === "ready"
    ? { ...before, isOld: true, because }
    : { kind: "failed", because };
}

/** What was there when somebody last looked, and how many came since: a list does not move under the pointer. */
export function heldBack<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  known: ReadonlySet<string> | null,
): { readonly shown: readonly T[]; readonly news: number } {
  if (known === null) return { shown: items, news: 0 };
  const shown = items.filter((item) => known.has(keyOf(item)));
  return { shown, news: items.length - shown.length };
}
