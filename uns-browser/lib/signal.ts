/** A value that tells its readers when it changed. Fits React's `useSyncExternalStore`. */
export interface Signal<T> {
  readonly get: () => T;
  readonly set: (next: T) => void;
  /** @returns the function that ends the subscription. */
  readonly subscribe: (listener: () => void) => () => void;
}

export function createSignal<T>(initial: T): Signal<T> {
  const listeners = new Set<() => void>();
  let current = initial;
  return {
    get: () => current,
    set(next) {
      if (Object.is(current, next)) return;
      current = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Versions per row id: who shows a row hears of that row only. */
export interface RowVersions {
  readonly version: (id: number) => number;
  readonly subscribe: (id: number, listener: () => void) => () => void;
  readonly bump: (id: number) => void;
  /** Every row somebody listens to. */
  readonly bumpAll: () => void;
}

/** Only rows that somebody listens to are counted: of the others a plant may have a million. */
export function createRowVersions(): RowVersions {
  const versions = new Map<number, number>();
  const listeners = new Map<number, Set<() => void>>();
  let changes = 0;
  const tell = (id: number): void => {
    for (const listener of listeners.get(id) ?? []) listener();
  };
  return {
    version: (id) => versions.get(id) ?? changes,
    subscribe(id, listener) {
      const mine = listeners.get(id) ?? new Set();
      listeners.set(id, mine.add(listener));
      if (!versions.has(id)) versions.set(id, changes);
      return () => {
        mine.delete(listener);
        if (mine.size > 0 || listeners.get(id) !== mine) return;
        listeners.delete(id);
        versions.delete(id);
      };
    },
    bump(id) {
      changes += 1;
      if (!listeners.has(id)) return;
      versions.set(id, changes);
      tell(id);
    },
    bumpAll() {
      changes += 1;
      for (const id of listeners.keys()) {
        versions.set(id, changes);
        tell(id);
      }
    },
  };
}
