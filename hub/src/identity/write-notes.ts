/** What a write leaves on the audit trail: that it was asked for, with the value of before, and how it ended. */
import type { Changer } from "./access.ts";
import type { Audit } from "./audit.ts";

/** A metric that is written: its path, what it was, what it shall be. */
interface AskedWrite {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** How a write ended; the shape of the outcomes of the room `command`. */
interface EndedWrite {
  readonly result: "confirmed" | "unconfirmed" | "refused";
  readonly afterMs?: number;
  readonly because?: string;
}

export interface WriteNotes {
  /** Before it is sent; a sentence: it must not be. */
  asked(write: AskedWrite): string | undefined;
  ended(path: string, outcome: EndedWrite): void;
}

const RESULTS = { confirmed: "done", unconfirmed: "unknown", refused: "refused" } as const;
const MOST_LETTERS = 200;

/** For one writer. */
export function writeNotes(
  audit: Pick<Audit, "later" | "refused" | "isBroken">,
  { principal, via, address }: Changer,
): WriteNotes {
  const who = { actor: principal.id, via, address, action: "write" } as const;
  return {
    asked: ({ path, before, after }) => {
      if (audit.isBroken) return "the audit trail cannot be written: no commands until it can";
      const values = { before: shown(before), after: shown(after) };
      audit.later({ ...who, object: path, ...values, result: "asked" });
      return undefined;
    },
    ended: (path, { result, afterMs, because: reason }) => {
      const entry = { ...who, object: path, result: RESULTS[result], reason };
      if (result === "refused") return audit.refused(entry);
      audit.later({ ...entry, ...(afterMs !== undefined && { after: { afterMs } }) });
    },
  };
}

function shown(value: unknown): string {
  if (typeof value === "object" && value !== null) return "a structure";
  const text = String(value);
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
}
