import { useEffect } from "react";
import { createAccount, stayKnown, type Account } from "../lib/account.ts";
import { mayIn, type Session } from "../lib/session.ts";
import { createSignal } from "../lib/signal.ts";
import { sendToHub, startTimer } from "./browser-world.ts";
import { useSignal } from "./use-signal.ts";

/** The one of this page. */
export const runningAccount = createSignal<Account | null>(null);

/** Who looks at this page; `null` while it is built, or left. */
export function useAccount(): Account | null {
  useEffect(() => {
    const mine = createAccount({
      send: sendToHub,
      here: () => `${location.pathname}${location.search}`,
      go: (place) => location.replace(place),
    });
    runningAccount.set(mine);
    void mine.check();
    const end = stayKnown(mine, { timer: startTimer, isHidden: () => document.hidden });
    return () => {
      end();
      runningAccount.set(null);
      mine.stop();
    };
  }, []);
  return useSignal(runningAccount);
}

/** Whether he may see more than values. */
export function useMayDiagnose(account: Account | null): boolean {
  const session = useSession(account);
  return session !== null && mayIn(session, "read diagnostics");
}

const NOBODY = createSignal<Session | null>(null);

/** Who is signed in, and what he may; `null` until the hub has said so. */
export function useSession(account: Account | null): Session | null {
  return useSignal<Session | null>(account?.session ?? NOBODY);
}
