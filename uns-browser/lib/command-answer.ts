/** What a second person says to a command that waits. */
import { outcomeSentences } from "./command-words.ts";
import { parseOutcome } from "./commands.ts";
import { askHub, sentenceOf, type SendLike } from "./hub-request.ts";

export type CommandAnswer = "approve" | "reject";

/** Why it was not taken, as a sentence; `null`: it was, and the list tells what came of it. */
export async function answerCommand(
  send: SendLike,
  id: number,
  said: CommandAnswer,
): Promise<string | null> {
  const answer = await askHub(send, "POST", `/api/v1/commands/${id}/${said}`);
  if (answer.kind !== "done") return sentenceOf(answer);
  const outcome = parseOutcome(answer.value);
  if (outcome?.result !== "refused" || said === "reject") return null;
  return outcomeSentences(outcome).join(" ");
}
