/** The person who looks at the page: who it is, when the page has to ask again, and signing out. */
import { askHub, type SendLike } from "./hub-request.ts";
import { loginAt, readSession, wayOut, type Session } from "./session.ts";
import { createSignal, type Signal } from "./signal.ts";
import type { StartTimer } from "./timer.ts";

export interface AccountWorld {
  readonly send: SendLike;
  /** Path and query of the page as they are now. */
  readonly here: () => string;
  /** Leaves this page; going back does not return to it. */
  readonly go: (place: string) => void;
}

export interface Account {
  /** `null` until the hub has said so. */
  readonly session: Signal<Session | null>;
  /** Asks the hub who is signed in now, and leaves the page when nobody is who may see it. */
  check(): Promise<void>;
  signIn(): void;
  signOut(): Promise<void>;
  stop(): void;
}

export function createAccount({ send, here, go }: AccountWorld): Account {
  const session = createSignal<Session | null>(null);
  let isOpen = true;
  let isLeaving = false;
  /** A second departure would abort the first, and the page would blink. */
  const leave = (place: string): void => {
    if (isLeaving) return;
    isLeaving = true;
    go(place);
  };
  return {
    session,
    check: async () => {
      const now = await readSession(send);
      if (!isOpen || now === null) return; // a hub that is away says nothing about anybody
      session.set(now);
      const way = wayOut(now, here());
      if (way !== null) leave(way);
    },
    signIn: () => leave(loginAt(here())),
    signOut: async () => {
      const answer = await askHub(send, "POST", "/api/v1/logout");
      if (answer.kind === "done") leave("/login/");
    },
    stop: () => {
      isOpen = false;
    },
  };
}

/** The hub's shortest `session.idle` is a minute. */
const SAY_EVERY_MS = 45_000;

/**
 * A page that is open is used, so its session lasts; one in a hidden tab asks the hub nothing else by which it would
 * know. What it returns stops that.
 */
export function stayKnown(
  account: Pick<Account, "check">,
  { timer, isHidden }: { readonly timer: StartTimer; readonly isHidden: () => boolean },
): () => void {
  const again = (): (() => void) =>
    timer(SAY_EVERY_MS, () => {
      if (isHidden()) void account.check();
      cancel = again();
    });
  let cancel = again();
  return () => cancel();
}
