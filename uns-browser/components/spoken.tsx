"use client";
import { useSyncExternalStore, type ReactNode } from "react";

const never = (): (() => void) => () => undefined;

/**
 * Shows a page once it runs in the browser, where its language is known; the file that the hub serves has no words in it,
 * so nobody sees one language turn into another.
 */
export function Spoken({ children }: { readonly children: ReactNode }) {
  const isInBrowser = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  return isInBrowser ? children : <div className="h-11 border-b border-line bg-panel" />;
}
