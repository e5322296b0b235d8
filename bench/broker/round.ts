/** One round of one scenario against one server, in a load generator of its own. */
import { fork } from "node:child_process";
import { join } from "node:path";
import type { Answer, Round, RoundResult } from "./scenario.ts";

const GENERATOR = join(import.meta.dirname, "load/main.ts");

/** @throws when the server refuses somebody, breaks a connection, or stops forwarding. */
export function runRound(round: Round): Promise<RoundResult> {
  return new Promise((resolve, reject) => {
    const generator = fork(GENERATOR);
    generator.once("message", (answer: Answer) => {
      if (answer.kind === "done") resolve(answer.result);
      else reject(new Error(answer.because));
    });
    generator.once("exit", (code, signal) =>
      reject(new Error(`the load generator ended with ${signal ?? code}`)),
    );
    generator.send(round);
  });
}
