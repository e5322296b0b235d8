import { useCallback, useState } from "react";

/** What a list showed when it was first there; `learn` takes in what came since. */
export function useKnown<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): { readonly known: ReadonlySet<string>; readonly learn: () => void } {
  const [known, setKnown] = useState<ReadonlySet<string>>(() => new Set(items.map(keyOf)));
  const learn = useCallback(() => setKnown(new Set(items.map(keyOf))), [items, keyOf]);
  return { known, learn };
}
