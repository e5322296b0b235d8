import type { Namespace } from "../lib/namespace.ts";

const PAINT_AGES_MS = 500;

/** Tells a live page what happens around it: tab hidden, address changed by hand, time goes by. */
export function watchBrowser(page: Namespace, onAddress: () => void): () => void {
  const ages = setInterval(() => {
    if (!document.hidden) page.clock.tick.set(Date.now());
  }, PAINT_AGES_MS);
  const onVisibility = (): void => (document.hidden ? page.live.hide() : page.live.show());
  document.addEventListener("visibilitychange", onVisibility);
  addEventListener("popstate", onAddress);
  return () => {
    clearInterval(ages);
    document.removeEventListener("visibilitychange", onVisibility);
    removeEventListener("popstate", onAddress);
  };
}
