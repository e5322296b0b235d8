import { useState } from "react";
import { fitting, isAbout, isInState, type FindingFilter } from "../lib/finding-list.ts";
import type { Finding, Findings } from "../lib/findings.ts";

export interface ShownFindings {
  /** Whatever they are about, and whatever became of them. */
  readonly fits: readonly Finding[];
  readonly shown: readonly Finding[];
  /** How many came since the person looked. */
  readonly news: number;
  /** Takes in what came. */
  readonly learn: () => void;
  /** Somebody put it away. */
  readonly forget: (key: string) => void;
}

interface Kept {
  readonly filter: FindingFilter;
  readonly keys: ReadonlySet<string>;
}

/**
 * The lines of the list: those that fitted when the filter was chosen or somebody looked last. What comes waits, and what
 * is over meanwhile stays: no line moves under the pointer.
 */
export function useShownFindings(found: Findings, filter: FindingFilter): ShownFindings {
  const fits = fitting(found, filter);
  const about = fits.filter((finding) => isAbout(finding, filter.area));
  const wanted = about.filter((finding) => isInState(finding, filter.state));
  const keys = (): ReadonlySet<string> => new Set(wanted.map(({ key }) => key));
  const [kept, setKept] = useState<Kept>(() => ({ filter, keys: keys() }));
  const isKept = kept.filter === filter;
  if (!isKept) setKept({ filter, keys: keys() });
  const known = isKept ? kept.keys : keys();
  return {
    fits,
    shown: about.filter(({ key }) => known.has(key)),
    news: wanted.filter(({ key }) => !known.has(key)).length,
    learn: () => setKept({ filter, keys: keys() }),
    forget: (gone) =>
      setKept((before) => ({
        ...before,
        keys: new Set([...before.keys].filter((key) => key !== gone)),
      })),
  };
}
