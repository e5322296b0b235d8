/** The page of trust without its screen: what waits for a decision, and deciding. Looks again now and then. */
import { parseTrust, type Trust } from "./certificates.ts";
import { askHub, sentenceOf, type Answer, type SendLike } from "./hub-request.ts";
import { createSignal, type Signal } from "./signal.ts";
import { texts } from "./texts.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";

type TrustState =
  | { readonly kind: "asking" }
  | { readonly kind: "failed"; readonly because: string }
  /** `isOld`: the hub did not answer the last time. */
  | { readonly kind: "ready"; readonly trust: Trust; readonly isOld: boolean };

export type Decision = "trust" | "trust issuer" | "reject";

export interface TrustPage {
  readonly state: Signal<TrustState>;
  /** The certificate that is being decided about; one at a time. */
  readonly busy: Signal<string | null>;
  /** Why the last decision was not carried out. */
  readonly problem: Signal<string | null>;
  decide(place: string, sha256: string, decision: Decision): Promise<void>;
  refresh(): Promise<void>;
  stop(): void;
}

export interface TrustWorld {
  readonly send: SendLike;
  readonly timer: StartTimer;
}

const TRUST_URL = "/api/v1/opcua/trust";
/** A client that is refused comes again after seconds; nobody waits for it longer than that. */
const LOOK_EVERY_MS = 5000;

export function createTrustPage({ send, timer }: TrustWorld): TrustPage {
  const state = createSignal<TrustState>({ kind: "asking" });
  const busy = createSignal<string | null>(null);
  const problem = createSignal<string | null>(null);
  let cancel = nothingToStop;
  let isOpen = true;

  const refresh = async (): Promise<void> => {
    cancel();
    const answer = await askHub(send, "GET", TRUST_URL);
    if (!isOpen) return;
    state.set(stateAfter(state.get(), answer));
    cancel();
    cancel = timer(LOOK_EVERY_MS, () => void refresh());
  };
  void refresh();
  return {
    state,
    busy,
    problem,
    refresh,
    decide: async (place, sha256, decision) => {
      if (busy.get() !== null) return;
      busy.set(sha256);
      problem.set(null);
      const url = `${TRUST_URL}/${encodeURIComponent(place)}/${sha256}`;
      const answer = await askHub(send, "PUT", url, { decision });
      if (answer.kind !== "done") problem.set(sentenceOf(answer));
      await refresh();
      busy.set(null);
    },
    stop: () => {
      isOpen = false;
      cancel();
    },
  };
}

function stateAfter(before: TrustState, answer: Answer): TrustState {
  if (answer.kind === "done") {
    const trust = parseTrust(answer.value);
    return trust === null
      ? { kind: "failed", because: texts.notUnderstood }
      : { kind: "ready", trust, isOld: false };
  }
  if (answer.kind === "unreachable" && before.kind === "ready") return { ...before, isOld: true };
  return { kind: "failed", because: sentenceOf(answer) };
}
