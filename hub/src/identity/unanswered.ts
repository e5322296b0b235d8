/** Commands of the run before whose outcome nobody could write down, for the hub ended first. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { z } from "zod";
import { VIAS, type AuditEntry } from "./audit.ts";

/** What commands leave on the trail until they end is at its end. */
const TAIL_BYTES = 1024 * 1024;
const MOST = 1000;

/** One of them. */
export interface Unanswered {
  /** The line that ends its story. */
  readonly end: AuditEntry;
  /** Milliseconds since 1970 UTC. */
  readonly askedAt: number;
}

const line = z.object({
  at: z.string(),
  actor: z.string(),
  via: z.enum(VIAS),
  address: z.string().optional(),
  action: z.string(),
  object: z.string().optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  result: z.enum(["done", "asked", "refused", "failed", "unknown"]),
  reason: z.string().optional(),
});
type Line = z.output<typeof line>;

/** To be noted when the hub starts again, before anything else is asked for. The oldest first. */
export function unanswered(file: string): readonly Unanswered[] {
  const open = new Map<string, Line>();
  for (const text of tailOf(file).split("\n")) {
    const found = lineIn(text);
    if (found?.action === "start") open.clear();
    if (found?.action !== "command" || isByTopic(found)) continue;
    const key = JSON.stringify([found.actor, found.via, found.object, found.after]);
    open.delete(key);
    if (found.result === "asked") open.set(key, found);
  }
  return [...open.values()]
    .slice(-MOST)
    .map(({ at, ...entry }) => ({ end: endOf(entry), askedAt: Date.parse(at) }));
}

/** What nobody can follow stands by its topic and has no outcome. */
function isByTopic({ via, object = "" }: Line): boolean {
  return via === "mqtt" && object.startsWith("spBv1.0/");
}

/** The line of one that waits for a second person says so in its reason; that of one that is sent has none. */
function endOf({ reason, ...entry }: Omit<Line, "at">): AuditEntry {
  if (reason === undefined) {
    const because = "the hub ended before it was known what came of it";
    return { ...entry, result: "unknown", reason: because };
  }
  const because = "the hub ended before a second person said yes: it was not sent";
  return { ...entry, result: "refused", reason: because };
}

function lineIn(text: string): Line | undefined {
  try {
    return line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // half a line; `verifyAudit` tells
  }
}

function tailOf(file: string): string {
  if (!existsSync(file)) return "";
  const handle = openSync(file, "r");
  try {
    const { size } = fstatSync(handle);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(handle, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString("utf8");
  } finally {
    closeSync(handle);
  }
}
