import { useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import {
  adaptersSearch,
  readAdaptersAddress,
  type AdaptersAddress,
} from "../lib/adapters-address.ts";

export type GoTo = (next: Partial<AdaptersAddress>, how?: "replace") => void;

/** What the address bar says, and how to have it say something else; the way back leads where one was. */
export function useAdaptersAddress(): readonly [address: AdaptersAddress, go: GoTo] {
  const search = useSearchParams().toString();
  const address = useMemo(() => readAdaptersAddress(search), [search]);
  const go = useCallback<GoTo>((next, how) => {
    const before = location.search;
    const to = adaptersSearch({ ...readAdaptersAddress(before), ...next }, before);
    const url = `${location.pathname}${to}`;
    // Without a state of its own: Next adds what it needs, and tells whoever reads the address.
    if (how === "replace") history.replaceState(null, "", url);
    else history.pushState(null, "", url);
  }, []);
  return [address, go];
}
