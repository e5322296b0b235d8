/** The load generator: a process that is told of one round, runs it, answers and ends. */
import type { Answer, Round, RoundResult } from "../scenario.ts";
import { flow } from "./flow.ts";
import { idle } from "./idle.ts";
import { offline } from "./offline.ts";
import { paced } from "./paced.ts";

process.once("message", (round: Round) => {
  run(round).then(
    (result) => answer({ kind: "done", result }),
    (error: unknown) => {
      answer({ kind: "failed", because: error instanceof Error ? error.message : String(error) });
    },
  );
});

function run(round: Round): Promise<RoundResult> {
  const { load } = round.scenario;
  switch (load.kind) {
    case "flow":
      return flow(round, load.windowMessages);
    case "paced":
      return paced(round, load.perSecondEach);
    case "idle":
      return idle(round, load.connections);
    case "offline":
      return offline(round, load.messages);
  }
}

function answer(message: Answer): void {
  process.send?.(message, () => process.exit());
}
