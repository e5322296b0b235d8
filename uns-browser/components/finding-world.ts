import type { Finding } from "../lib/findings.ts";
import type { FindingActs } from "./use-finding-acts.ts";

/** What rows need besides their findings, one for all. */
export interface RowWorld {
  /** The hub's time. */
  readonly now: number;
  /** The one that is open; `null`: none. */
  readonly openKey: string | null;
  /** The one that is open and asks for its explanation. */
  readonly explainedKey: string | null;
  readonly acts: FindingActs;
  readonly mayAnswer: boolean;
  readonly mayEdit: boolean;
  readonly toggle: (key: string) => void;
  readonly explain: (key: string) => void;
  readonly allow: (finding: Finding) => void;
}
