/** A server that has no room for more: what it says then, and what is said of it. */

/** Of what it takes no more. */
export type Lack = "too_many_subscriptions" | "too_many_items" | "no_subscriptions";

const LACKS: readonly (readonly [RegExp, Lack])[] = [
  [/BadTooManySubscriptions/, "too_many_subscriptions"],
  [/BadServiceUnsupported|BadNotImplemented|BadNotSupported/, "no_subscriptions"],
  [/BadTooManyMonitoredItems|BadOutOfMemory|BadResourceUnavailable/, "too_many_items"],
];

/** What the server lacks by what it said; `undefined`: something else went wrong. */
export function lackIn(said: string): Lack | undefined {
  return LACKS.find(([sign]) => sign.test(said))?.[1];
}

const TEXTS: Readonly<Record<Lack, string>> = {
  too_many_subscriptions:
    "the server takes no more subscriptions; what has none shares another one or is polled, and is tried again from time to time",
  too_many_items:
    "the server watches no more items; the rest is polled, and is tried again from time to time",
  no_subscriptions: "the server has no subscriptions; everything is polled",
};

export function lackText(lack: Lack | undefined): string | undefined {
  return lack && TEXTS[lack];
}
