"use client";
import dynamic from "next/dynamic";
import { useState } from "react";
import type { Account } from "../lib/account.ts";
import type { FilledMap } from "../lib/schema-form.ts";
import { mayIn } from "../lib/session.ts";
import { loaded } from "./loaded.tsx";
import { useSession } from "./use-account.ts";
import { useNarrow } from "./use-narrow.ts";

/** What stands over the list of adapters. */
export type EntryOver =
  | { readonly kind: "add" }
  | { readonly kind: "remove" | "edit" | "stop" | "start"; readonly name: string }
  | null;

// Without `ssr: false` they have no boundary of their own: the whole page would be hidden, and lose the focus, until they are here.
const AddAdapterSheet = dynamic(
  () => loaded(async () => (await import("./add-adapter-sheet.tsx")).AddAdapterSheet),
  { ssr: false },
);
const RemoveAdapterSheet = dynamic(
  () => loaded(async () => (await import("./remove-adapter-sheet.tsx")).RemoveAdapterSheet),
  { ssr: false },
);

const EditAdapterSheet = dynamic(
  () => loaded(async () => (await import("./edit-adapter-sheet.tsx")).EditAdapterSheet),
  { ssr: false },
);
const HoldAdapterSheet = dynamic(
  () => loaded(async () => (await import("./hold-adapter-sheet.tsx")).HoldAdapterSheet),
  { ssr: false },
);

/** A new adapter that is not there yet. */
export interface BegunEntry {
  /** The kind that is looked at; `null`: the first. */
  readonly protocol: string | null;
  /** What was filled in, by kind. */
  readonly filled: ReadonlyMap<string, FilledMap>;
}

const NOTHING_BEGUN: BegunEntry = { protocol: null, filled: new Map() };

interface AdaptersOverProps {
  readonly over: EntryOver;
  /** `name`: of an adapter that was edited, as it is called now. */
  readonly onApplied: (name?: string) => void;
  readonly onClose: () => void;
}

/** What was filled in of a new adapter outlives its sheet: Escape is pressed soon. */
export function AdaptersOver({ over, onApplied, onClose }: AdaptersOverProps) {
  const [begun, setBegun] = useState(NOTHING_BEGUN);
  const leave = (): void => {
    setBegun(NOTHING_BEGUN);
    onClose();
  };
  const added = (): void => {
    setBegun(NOTHING_BEGUN);
    onApplied();
  };
  switch (over?.kind) {
    case undefined:
      return null;
    case "add":
      return (
        <AddAdapterSheet
          {...{ begun, onClose }}
          onBegun={setBegun}
          onApplied={added}
          onLeave={leave}
        />
      );
    case "edit":
      return <EditAdapterSheet name={over.name} {...{ onApplied, onClose }} />;
    case "stop":
    case "start":
      return (
        <HoldAdapterSheet
          name={over.name}
          isStop={over.kind === "stop"}
          {...{ onApplied, onClose }}
        />
      );
    case "remove":
      return <RemoveAdapterSheet name={over.name} {...{ onApplied, onClose }} />;
  }
}

/** Whether who looks may add and remove adapters here and now. */
export function useMayChange(account: Account | null, isOld: boolean): boolean {
  const session = useSession(account);
  const isNarrow = useNarrow();
  return session !== null && mayIn(session, "edit configuration") && !isNarrow && !isOld;
}
