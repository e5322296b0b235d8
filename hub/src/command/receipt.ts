/**
 * What an assistant gets for a command that it proposed: a digest of all that was asked. The same stands in the journal and
 * on the audit trail, so that nobody can say later that something else was asked.
 */
import { createHash } from "node:crypto";
import { plainValue } from "./plain-outcome.ts";
import type { CommandRecord } from "./outcome.ts";

type Receipted = Pick<CommandRecord, "id" | "path" | "by" | "reason" | "asked" | "steps">;

/** SHA-256 in hex over a JSON list: id, time in milliseconds since 1970 UTC, who, path, value, reason. */
export function receiptOf({ id, path, by, reason, asked, steps }: Receipted): string {
  const told = [id, steps[0]?.at ?? 0, by.actor, path, plainValue(asked), reason ?? null];
  return createHash("sha256").update(JSON.stringify(told)).digest("hex");
}
