/** The two ways in, without their screens: signing in, and making the first administrator. */
import { askHub, sentenceOf, type SendLike } from "./hub-request.ts";
import { nextPlace, readSession, type Session } from "./session.ts";
import { createSignal, type Signal } from "./signal.ts";
import { texts } from "./texts.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";

export interface EntryWorld {
  readonly send: SendLike;
  readonly timer: StartTimer;
  /** The query of the address bar. */
  readonly search: string;
  /** Leaves this page; going back does not return to it. */
  readonly go: (place: string) => void;
}

/** How the page stands. `closed`: there is an administrator already, or nobody needs one. */
export type EntryState =
  | { readonly kind: "asking" }
  | { readonly kind: "absent"; readonly tries: number }
  | { readonly kind: "form" }
  | { readonly kind: "closed" }
  /** Whoever looks may see the hub: nothing is to be filled in. */
  | { readonly kind: "open" };

/** How the form stands; `problem`: a sentence to be shown. */
export interface FormState {
  readonly isBusy: boolean;
  readonly problem: string | null;
}

interface FirstAdmin {
  readonly code: string;
  readonly name: string;
  readonly password: string;
  readonly again: string;
}

export interface Entry {
  readonly state: Signal<EntryState>;
  readonly form: Signal<FormState>;
  signIn(name: string, password: string): Promise<void>;
  makeFirstAdmin(admin: FirstAdmin): Promise<void>;
  stop(): void;
}

const ASK_AGAIN_MS = 2000;
const WELCOME = "/welcome/";

export function createEntry(world: EntryWorld, place: "login" | "welcome"): Entry {
  return new EntryPage(world, place);
}

class EntryPage implements Entry {
  readonly state = createSignal<EntryState>({ kind: "asking" });
  readonly form = createSignal<FormState>({ isBusy: false, problem: null });
  readonly #world: EntryWorld;
  readonly #place: "login" | "welcome";
  #cancel = nothingToStop;
  #isStopped = false;

  constructor(world: EntryWorld, place: "login" | "welcome") {
    this.#world = world;
    this.#place = place;
    void this.#ask(1);
  }

  async signIn(name: string, password: string): Promise<void> {
    await this.#submit(async () => {
      if (name === "" || password === "") return texts.login.incomplete;
      return await this.#login(name, password);
    });
  }

  async makeFirstAdmin({ code, name, password, again }: FirstAdmin): Promise<void> {
    await this.#submit(async () => {
      if (code.trim() === "" || name === "") return texts.welcome.incomplete;
      if (password !== again) return texts.welcome.different;
      const made = await askHub(this.#world.send, "POST", "/api/v1/first-admin", {
        code: code.trim(),
        name,
        password,
      });
      return made.kind === "done" ? await this.#login(name, password, WELCOME) : sentenceOf(made);
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  async #ask(tries: number): Promise<void> {
    const session = await readSession(this.#world.send);
    if (this.#isStopped) return;
    if (session !== null) return this.#decide(session);
    this.state.set({ kind: "absent", tries });
    this.#cancel = this.#world.timer(ASK_AGAIN_MS, () => void this.#ask(tries + 1));
  }

  #decide(session: Session): void {
    const { go, search } = this.#world;
    if (this.#place === "welcome") return this.state.set({ kind: welcomeOf(session) });
    const { user, anonymous, awaitsFirstAdmin } = session;
    if (user !== null || anonymous === "full") return go(nextPlace(search));
    if (awaitsFirstAdmin) return go(WELCOME);
    this.state.set({ kind: "form" });
  }

  /** `undefined`: all is well, and the page is left. */
  async #login(
    name: string,
    password: string,
    next = nextPlace(this.#world.search),
  ): Promise<string | undefined> {
    const answer = await askHub(this.#world.send, "POST", "/api/v1/login", { name, password });
    if (answer.kind !== "done") return sentenceOf(answer);
    this.#world.go(next);
    return undefined;
  }

  async #submit(act: () => Promise<string | undefined>): Promise<void> {
    if (this.form.get().isBusy) return;
    this.form.set({ isBusy: true, problem: null });
    const problem = await act();
    // Who goes on sees the form at rest until the next page is there; it must not be sent twice.
    this.form.set({ isBusy: problem === undefined, problem: problem ?? null });
  }
}

function welcomeOf({ user, anonymous, awaitsFirstAdmin }: Session): "open" | "form" | "closed" {
  if (user !== null) return "open";
  if (awaitsFirstAdmin) return "form";
  return anonymous === "none" ? "closed" : "open";
}
