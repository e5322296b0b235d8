import { useEffect } from "react";
import type { Account } from "../lib/account.ts";
import type { Namespace } from "../lib/namespace.ts";

/** A line that ends may mean that the hub no longer knows who looks at the page. */
export function useCheckWhenLost(page: Namespace | null, account: Account | null): void {
  useEffect(() => {
    if (page === null || account === null) return;
    return page.live.link.subscribe(() => {
      if (page.live.link.get().kind !== "live") void account.check();
    });
  }, [page, account]);
}
