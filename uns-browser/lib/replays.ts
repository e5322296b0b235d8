/** Replays that assistants have proposed, as the hub tells them, and what a second person says to one. */
import { askHub, isRecord, sentenceOf, type SendLike } from "./hub-request.ts";
import { listOf, numberOf, textOf, type Json } from "./json-parts.ts";
import { asking } from "./poll.ts";

const URL = "/api/v1/replays/proposals";

/** Times in milliseconds since 1970 UTC. */
export interface ReplayProposal {
  readonly id: number;
  /** In the tree. */
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly speed: number;
  /** Below which topics; `null`: to hosts, as historical values. */
  readonly prefix: string | null;
  readonly by: string;
  readonly reason: string;
  readonly expiresAt: number;
}

export type ReplayAnswer = "approve" | "reject";

export const askReplayProposals = asking(URL, parseReplayProposals);

/** `null` when it is something else. */
function parseReplayProposals(value: unknown): readonly ReplayProposal[] | null {
  if (!isRecord(value) || !Array.isArray(value["proposals"])) return null;
  return listOf(value["proposals"]).flatMap((each) => parseProposal(each) ?? []);
}

/** Why it was not taken, as a sentence; `null`: it was. */
export async function answerReplay(
  send: SendLike,
  id: number,
  said: ReplayAnswer,
): Promise<string | null> {
  const answer = await askHub(send, "POST", `${URL}/${id}/${said}`);
  return answer.kind === "done" ? null : sentenceOf(answer);
}

function parseProposal(each: Json): ReplayProposal | null {
  const [id, from, to] = [numberOf(each["id"]), numberOf(each["from"]), numberOf(each["to"])];
  const [path, by] = [textOf(each["path"]), textOf(each["by"])];
  if (id === null || from === null || to === null || path === null || by === null) return null;
  return {
    id,
    path,
    from,
    to,
    by,
    speed: numberOf(each["speed"]) ?? 1,
    prefix: textOf(each["prefix"]),
    reason: textOf(each["reason"]) ?? "",
    expiresAt: numberOf(each["expiresAt"]) ?? 0,
  };
}
