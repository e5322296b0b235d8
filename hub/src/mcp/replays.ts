/** Replays that assistants propose: a part of the plant, told again to hosts or below a prefix, after a person's yes. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { matchesFilter } from "../broker/index.ts";
import {
  PROPOSING,
  RepublishError,
  sandboxPrefix,
  type Proposer,
  type ReplayProposal,
  type RepublishAsked,
} from "../replay/index.ts";
import { timeText } from "../tree/index.ts";
import type { Answer } from "./answer.ts";
import { timeIn } from "./elements.ts";
import { ToolFault, type McpRooms } from "./rooms.ts";
import { quoted } from "./texts.ts";
import type { Call } from "./tool.ts";

export const replayInput = z.object({
  elementId: z
    .string()
    .min(1)
    .max(65_536)
    .describe("A metric, device, edge node or group: everything below it is told again"),
  from: z.string().max(40).describe("RFC 3339"),
  to: z.string().max(40).describe("RFC 3339"),
  speed: z.number().min(1).max(100).default(1).describe("How many times faster than it was"),
  as: z
    .enum(["historical", "sandbox"])
    .default("historical")
    .describe("To hosts as is_historical, or on plain topics below prefix"),
  prefix: sandboxPrefix.default("replay"),
  reason: z.string().trim().min(1).max(500).describe("Why, for the person and the audit trail"),
});
type ReplayInput = z.output<typeof replayInput>;

/** The question to the person, or why it cannot be told. @throws {ToolFault} */
export function replayQuestion(args: ReplayInput, call: Call): string {
  const { since, until, as } = askedOf(args, call);
  const where =
    as.kind === "sandbox"
      ? `on plain topics below ${quoted(as.prefix)}`
      : "to hosts, as historical values";
  return `Tell what ${quoted(args.elementId)} was worth from ${timeText(since)} to ${timeText(until)} again, ${args.speed} times as fast, ${where}? Reason: ${quoted(args.reason)}`;
}

/** After the person's yes. @throws {ToolFault} */
export async function proposeReplay(args: ReplayInput, call: Call): Promise<Answer> {
  const { rooms, caller } = call;
  const asked = { ...askedOf(args, call), reason: args.reason };
  const mayRead = (id: number): boolean => caller.sightNow()?.sees(id) === true;
  const by: Proposer = {
    actor: caller.actor,
    mayRead,
    readerNow: () => (caller.mayNow(PROPOSING) ? mayRead : undefined),
  };
  const note = (proposal: ReplayProposal): void => {
    const reason = `${args.reason}; receipt ${digestOf(proposal)}`;
    rooms.note(caller, { action: "start replay", object: asked.path, reason });
  };
  try {
    if (rooms.config.approval === "hub") {
      const proposal = await rooms.replays.propose(asked, by, note);
      return { result: { result: "waiting", receipt: receiptFor(proposal) } };
    }
    const { proposal, started } = await rooms.replays.begin(asked, by, note);
    const { id: replay, metrics } = started;
    return { result: { result: "started", replay, metrics, receipt: receiptFor(proposal) } };
  } catch (error) {
    if (error instanceof RepublishError) throw new ToolFault(error.message);
    throw error;
  }
}

/** What became of a proposal of the caller. @throws {ToolFault} */
export function replayProposalState(id: number, { rooms, caller }: Call): Answer {
  const found = rooms.replays.stateOf(id, caller.actor);
  if (found === undefined) throw new ToolFault(`there is no proposal ${id} of yours`);
  const receipt = receiptFor(found.proposal);
  const { kind: result, ...more } = found.fate;
  if (found.fate.kind !== "started") return { result: { result, ...more, receipt } };
  const { by, replay } = found.fate;
  return { result: { result, by, ...toldOf(replay, rooms), receipt } };
}

/** How far a replay is. `replay`: left out, it is of an earlier run of the hub. */
function toldOf(replay: number | undefined, rooms: Pick<McpRooms, "replayOf">): object {
  if (replay === undefined)
    return {
      state: "ended",
      because: "the hub was started again: what was not told by then is not told any more",
    };
  const told = rooms.replayOf(replay);
  if (told === undefined) return { replay };
  const { state, because, metrics, published, reached } = told;
  return { replay, state, because, metrics, published, reached: timeText(reached) };
}

/** @throws {ToolFault} what the configuration does not open, or nobody can tell, is refused before anybody is asked. */
function askedOf(args: ReplayInput, { rooms, elements }: Call): RepublishAsked {
  const row = elements.row(args.elementId);
  const [elementId, path] = [elements.idOf(row), elements.treePath(row)];
  const isMetric = rooms.tree.rows.isMetric(row);
  const isOpen = rooms.config.writeAllow.some(
    (filter) =>
      (isMetric || filter.endsWith("#")) && // all that is below
      (matchesFilter(filter, elementId) || matchesFilter(filter, path)),
  );
  if (!isOpen) throw new ToolFault(`mcp.writeAllow does not name all of ${quoted(elementId)}`);
  const [since, until] = [timeIn(args.from, "from"), timeIn(args.to, "to")];
  if (since > until) throw new ToolFault("from: must not be after to");
  const { speed, as: kind, prefix } = args;
  return { path, since, until, speed, as: kind === "sandbox" ? { kind, prefix } : { kind } };
}

/** SHA-256 in hex over a JSON list: all that was asked. */
function digestOf({
  id,
  proposedAt,
  by,
  path,
  since,
  until,
  speed,
  as,
  reason,
}: ReplayProposal): string {
  const prefix = as.kind === "sandbox" ? as.prefix : null;
  const told = [id, proposedAt, by, path, since, until, speed, as.kind, prefix, reason];
  return createHash("sha256").update(JSON.stringify(told)).digest("hex");
}

function receiptFor(proposal: ReplayProposal): object {
  const { id, path, proposedAt, by } = proposal;
  return { id, digest: `sha256:${digestOf(proposal)}`, path, at: timeText(proposedAt), by };
}
