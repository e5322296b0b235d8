/** The person who looks at the page: who it is, when the page has to ask again, and signing out. */
import { askHub, type SendLike } from "./hub-request.ts";
import { loginAt, readSession, wayOut, type Session } from "./session.ts";
import { createSignal, type Signal } from "./signal.ts";

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
