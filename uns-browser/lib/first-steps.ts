/** The first steps with a hub, and which of them are done: asked of the hub itself, nothing is ticked by hand. */
import { askHub, isRecord, type Answer, type SendLike } from "./hub-request.ts";
import { listOf, numberOr0, type Json } from "./json-parts.ts";
import type { Understood } from "./poll.ts";

export const FIRST_STEPS = ["broker", "client", "birth", "value"] as const;
export type FirstStep = (typeof FIRST_STEPS)[number];

export type StepsDone = Readonly<Record<FirstStep, boolean>>;

/** Whether there is nothing left to wait for. */
export function areAllDone(done: StepsDone): boolean {
  return FIRST_STEPS.every((step) => done[step]);
}

/** The address of the hub's own edge nodes. */
const IN_PROCESS = "in-process";

/** Whoever asks may not look at clients when it says so; the first refusal counts. */
export async function askFirstSteps(send: SendLike): Promise<Understood<StepsDone>> {
  const [clients, nodes, adapters] = await Promise.all([
    askHub(send, "GET", "/api/v1/clients?limit=1000"),
    askHub(send, "GET", "/api/v1/nodes?limit=1000"),
    askHub(send, "GET", "/api/v1/adapters"),
  ]);
  const refused = [clients, nodes, adapters].find(
    (answer): answer is Exclude<Answer, { kind: "done" }> => answer.kind !== "done",
  );
  if (refused !== undefined) return refused;
  const value: StepsDone = {
    broker: true, // it has answered, and is not ready before its ports are open
    client: listIn(clients, "clients").some(({ address }) => address !== IN_PROCESS),
    birth: listIn(nodes, "nodes").some(wasBorn),
    value: listIn(adapters, "adapters")
      .flatMap(({ devices }) => listOf(devices))
      .some(hasValue),
  };
  return { kind: "done", value };
}

function listIn(answer: Answer, key: string): readonly Json[] {
  return answer.kind === "done" && isRecord(answer.value) ? listOf(answer.value[key]) : [];
}

/** Its counters may have been reset since. */
function wasBorn({ state, own }: Json): boolean {
  return state === "online" || (isRecord(own) && numberOr0(own["births"]) > 0);
}

function hasValue({ state, tags, badTags }: Json): boolean {
  return state === "online" && numberOr0(tags) > numberOr0(badTags);
}
