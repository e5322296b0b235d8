import { useSearchParams } from "next/navigation";
import { useCallback, useEffect, useLayoutEffect, useMemo, useState } from "react";
import { createLastTold, type LastTold } from "../lib/last-told.ts";

/** How a page's part of the address is read and written. Stands still, beside the page. */
export interface AddressForm<Address> {
  readonly read: (search: string) => Address;
  /** `before`: the whole query; what is not the page's own stays. */
  readonly write: (address: Address, before: string) => string;
}

export type GoTo<Address> = (next: Partial<Address>, how?: "replace") => void;

/** What the address bar says, and how to have it say something else; the way back leads where one was. */
export function usePageAddress<Address>({
  read,
  write,
}: AddressForm<Address>): readonly [address: Address, go: GoTo<Address>] {
  const search = useSearchParams().toString();
  const address = useMemo(() => read(search), [read, search]);
  const last = useLastTold(search);
  const go = useCallback<GoTo<Address>>(
    (next, how) => {
      const before = last.query(location.search);
      const query = write({ ...read(before), ...next }, before);
      last.tell(query);
      const url = `${location.pathname}${query}`;
      // Without a state of its own: Next adds what it needs, and tells whoever reads the address.
      if (how === "replace") history.replaceState(null, "", url);
      else history.pushState(null, "", url);
    },
    [read, write, last],
  );
  return [address, go];
}

/** What the address was told last; whoever goes back or forth has it told so, too. */
function useLastTold(search: string): LastTold {
  const [last] = useState(() => createLastTold(search));
  useLayoutEffect(() => last.drawn(search), [last, search]);
  useEffect(() => {
    const onWayBack = (): void => last.tell(location.search);
    addEventListener("popstate", onWayBack);
    return () => removeEventListener("popstate", onWayBack);
  }, [last]);
  return last;
}
