/**
 * Writes of assistants. Nothing is written because a model says so: it proposes, the person at the assistant says yes, and
 * then, as `mcp.approval` wants, a second person at the hub. What was asked in the first round is sealed, so that the yes
 * is to this and nothing else, and counts once.
 */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import { plainOutcome, type CommandRecord, type Writer } from "../command/index.ts";
import { matchesFilter } from "../broker/index.ts";
import type { Answer } from "./answer.ts";
import { replayProposalState } from "./replays.ts";
import { ToolFault } from "./rooms.ts";
import { quoted } from "./texts.ts";
import type { Call } from "./tool.ts";

export const writeInput = z.object({
  elementId: z.string().min(1).max(65_536),
  value: z.union([z.string().max(65_536), z.number(), z.boolean()]),
  reason: z.string().trim().min(1).max(500).describe("Why, for the person and the audit trail"),
});
export const proposalInput = z.object({
  id: z.number().int().min(1),
  of: z
    .enum(["write", "replay"])
    .default("write")
    .describe("Replays have numbers of their own: say replay for the receipt of one"),
});
export const rebirthInput = z.object({
  node: z.string().min(3).max(1000).describe("group/edge node"),
  reason: z.string().trim().min(1).max(500),
});

/** What the person is asked. */
export const confirmSchema = z.object({
  confirm: z.boolean().describe("Whether this shall be done"),
});

/** What goes to the client and comes back with the person's yes. */
export const sealSchema = z.object({ of: z.string(), nonce: z.string() });
export type Seal = z.output<typeof sealSchema>;

/** Most seals whose use is remembered; older ones have ended by time. */
const MOST_USED = 10_000;

export class Proposals {
  /** Of this run of the hub: a yes does not outlive it. */
  readonly key: Uint8Array = randomBytes(32);
  readonly #used = new Set<string>();

  /** Seals what was asked. */
  seal(asked: object): Seal {
    return { of: digestOf(asked), nonce: randomUUID() };
  }

  /** @throws {ToolFault} when the yes was to something else, or was used already. */
  use(asked: object, seal: Seal | undefined): void {
    if (seal?.of !== digestOf(asked)) {
      throw new ToolFault("the confirmation is not of this request: ask again");
    }
    if (this.#used.has(seal.nonce)) {
      throw new ToolFault("this confirmation was used already: ask again");
    }
    this.#used.add(seal.nonce);
    const [oldest] = this.#used;
    if (this.#used.size > MOST_USED && oldest !== undefined) this.#used.delete(oldest);
  }
}

function digestOf(asked: object): string {
  return createHash("sha256").update(JSON.stringify(asked)).digest("base64url");
}

/** The question to the person, or why nothing can be written. @throws {ToolFault} */
export function writeQuestion(args: z.output<typeof writeInput>, call: Call): string {
  const { path, elementId } = placeOf(args.elementId, call);
  const plan = call.rooms.commands.plan(path, writerFor(call, args.reason));
  if (plan === undefined) throw new ToolFault(`there is no metric ${quoted(elementId)}`);
  if (plan.refusal !== undefined) throw new ToolFault(`refused: ${plan.refusal.because}`);
  const { value, unit } = call.elements.vqt(plan.info.id);
  const now = `${JSON.stringify(value)}${unit === undefined ? "" : ` ${unit}`}`;
  return `Write ${JSON.stringify(args.value)} to ${quoted(elementId)}, which is ${now} now? Reason: ${quoted(args.reason)}`;
}

/** After the person's yes. */
export async function propose(args: z.output<typeof writeInput>, call: Call): Promise<Answer> {
  const { path } = placeOf(args.elementId, call);
  const { commands } = call.rooms;
  let id = 0;
  const stop = commands.journal.observe((record) => (id ||= record.id)); // it is opened at once
  const pending = commands.write(path, args.value, writerFor(call, args.reason));
  stop();
  const outcome = await pending;
  const record = commands.journal.get(id);
  return { result: { ...plainOutcome(outcome), ...(record && { receipt: receiptFor(record) }) } };
}

/** What became of a proposal of the caller. @throws {ToolFault} */
export function proposalState({ id, of }: z.output<typeof proposalInput>, call: Call): Answer {
  if (of === "replay") return replayProposalState(id, call);
  const record = call.rooms.commands.journal.get(id);
  if (record === undefined || record.by.via !== "mcp" || record.by.actor !== call.caller.actor) {
    const isOld = record === undefined && call.rooms.commands.journal.isOfEarlierRun(id);
    throw new ToolFault(`there is no proposal ${id} of yours${isOld ? OF_EARLIER_RUN : ""}`);
  }
  const { outcome, steps } = record;
  return {
    result: {
      ...(outcome === undefined ? { result: "under way" } : plainOutcome(outcome)),
      receipt: receiptFor(record),
      steps: steps.map(({ step, at, note }) => ({ step, at: new Date(at).toISOString(), note })),
    },
  };
}

/** Whose it was is known no more. */
const OF_EARLIER_RUN =
  " since the hub was started: what waited for a second person before was not sent, and is not any more; the audit trail has what came of it";

function receiptFor({ id, receipt, path, steps, by }: CommandRecord): object {
  const at = new Date(steps[0]?.at ?? 0).toISOString();
  return { id, digest: `sha256:${receipt ?? ""}`, path, at, by: by.actor };
}

/** @throws {ToolFault} what the configuration does not open is refused before anybody is asked. */
function placeOf(
  asked: string,
  { rooms, elements }: Call,
): { readonly path: string; readonly elementId: string } {
  const row = elements.row(asked);
  const [elementId, path] = [elements.idOf(row), elements.treePath(row)];
  const isOpen = rooms.config.writeAllow.some(
    (filter) => matchesFilter(filter, elementId) || matchesFilter(filter, path),
  );
  if (!isOpen) throw new ToolFault(`mcp.writeAllow does not name ${quoted(elementId)}`);
  return { path, elementId };
}

function writerFor({ caller, rooms }: Call, reason: string): Writer {
  return {
    actor: caller.actor,
    via: "mcp",
    address: caller.address,
    reason,
    isProposing: rooms.config.approval === "hub",
    fault: (metric) => caller.commandFault(metric),
  };
}

/** The question to the person. @throws {ToolFault} */
export function rebirthQuestion(args: z.output<typeof rebirthInput>, call: Call): string {
  nodeOf(args.node, call);
  return `Ask edge node ${quoted(args.node)} for its births again? Reason: ${quoted(args.reason)}`;
}

/** After the person's yes. */
export async function rebirth(args: z.output<typeof rebirthInput>, call: Call): Promise<Answer> {
  const node = nodeOf(args.node, call);
  const { rooms, caller } = call;
  rooms.note(caller, { action: "request rebirth", object: args.node, reason: args.reason });
  return { result: { outcome: await rooms.askForBirths(node, caller.actor) } };
}

/** @throws {ToolFault} */
function nodeOf(
  name: string,
  { rooms, caller }: Call,
): { readonly groupId: string; readonly edgeNodeId: string } {
  for (const { groupId, edgeNodeId } of rooms.sessions.all()) {
    if (`${groupId}/${edgeNodeId}` !== name || !caller.readsNode(groupId, edgeNodeId)) continue;
    const metric = { groupId, edgeNodeId, deviceId: undefined, name: "Node Control/Rebirth" };
    const fault = caller.commandFault(metric);
    if (fault !== undefined) throw new ToolFault(fault);
    return { groupId, edgeNodeId };
  }
  throw new ToolFault(`there is no edge node ${quoted(name)}`);
}
