/** Commands of the run before whose outcome nobody could write down, for the hub ended first. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { z } from "zod";
import { VIAS, type AuditEntry } from "./audit.ts";
import { proposedIn, type ProposedOnTrail } from "./proposed.ts";

/** What commands leave on the trail until they end is at its end. */
const TAIL_BYTES = 1024 * 1024;
const MOST = 1000;

/** One of them. */
export interface Unanswered {
  /** The line that ends its story. */
  readonly end: AuditEntry;
  /** Milliseconds since 1970 UTC. */
  readonly askedAt: number;
  /** Whether it waited for a second person: then it was not sent. */
  readonly wasWaiting: boolean;
  readonly because: string;
  /** `undefined`: no assistant proposed it. */
  readonly proposed: ProposedOnTrail | undefined;
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
    const key = JSON.stringify([found.actor, found.via, found.object, found.after, idOf(found)]);
    open.delete(key);
    if (found.result === "asked") open.set(key, found);
  }
  return Array.from(open.values(), unansweredBy).slice(-MOST);
}

/** Those of assistants have a number; they may propose the same thing twice. */
function idOf({ via, reason = "" }: Line): number | undefined {
  return via === "mcp" ? proposedIn(reason)?.id : undefined;
}

/** What nobody can follow stands by its topic and has no outcome. */
function isByTopic({ via, object = "" }: Line): boolean {
  return via === "mqtt" && object.startsWith("spBv1.0/");
}

/** The line of one that waits for a second person says so in its reason; that of one that is sent does not. */
const WAITED = /(?:^|; )waiting: [^;]*$/;

function unansweredBy({ at, ...entry }: Line): Unanswered {
  const { reason = "", via } = entry;
  const proposed = via === "mcp" ? proposedIn(reason) : undefined;
  const wasWaiting = WAITED.test(reason);
  const result = wasWaiting ? "refused" : "unknown";
  const because = wasWaiting
    ? "the hub ended before a second person said yes: it was not sent"
    : "the hub ended before it was known what came of it";
  const told = [proposed?.reason, proposed?.proof, `${result}: ${because}`];
  const why = proposed === undefined ? because : told.filter(Boolean).join("; ");
  return {
    end: { ...entry, result, reason: why },
    askedAt: proposed?.askedAt ?? Date.parse(at),
    wasWaiting,
    because,
    proposed,
  };
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
