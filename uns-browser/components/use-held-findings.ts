import { useState } from "react";
import { foundBy } from "../lib/finding-list.ts";
import type { Findings } from "../lib/findings.ts";

export interface HeldFindings {
  /** What was found by the time that the picture is held at, or what is found now. */
  readonly found: Findings;
  /** Changes the picture that is held, if one is. */
  readonly change: (next: (held: Findings) => Findings) => void;
}

interface Held {
  readonly at: number;
  readonly value: Findings;
}

/** Holds a picture while the hub is asked on. `at`: the hub's time, as the address says it; `null`: none is held. */
export function useHeldFindings(now: Findings, at: number | null): HeldFindings {
  const [kept, setKept] = useState<Held | null>(null);
  const held = heldAt(now, at, kept);
  if (held !== kept) setKept(held);
  return {
    found: held?.value ?? now,
    change: (next) =>
      setKept((before) => (before === null ? null : { ...before, value: next(before.value) })),
  };
}

function heldAt(now: Findings, at: number | null, kept: Held | null): Held | null {
  if (at === null) return null;
  return kept?.at === at ? kept : { at, value: foundBy(now, at) };
}
